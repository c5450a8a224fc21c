"""Slots and boxes: values that add up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from picdesk.errors import InputError
from picdesk.photos.crops import SLOTS, CropBox, Slot, around, slot_of, slots_of
from picdesk.photos.crops.box import largest
from picdesk.photos.crops.render import enlarged_by, file_name

SIZES = st.tuples(st.integers(2, 9000), st.integers(2, 9000))
SHAPES = st.sampled_from([(16, 9), (3, 2), (1, 1), (460, 260), (9, 16), (20, 1)])


@given(size=SIZES, shape=SHAPES, x=st.floats(0, 1), y=st.floats(0, 1), zoom=st.floats(1, 8))
def test_a_box_is_inside_of_the_shape_and_as_near_as_can_be(
    size: tuple[int, int], shape: tuple[int, int], x: float, y: float, zoom: float
) -> None:
    box = around((x, y), size, shape, zoom)
    left, top, right, bottom = box.edges(size)
    assert (right - left) / (bottom - top) == pytest.approx(shape[0] / shape[1], rel=1e-6)
    assert max(box.width, box.height) * zoom == pytest.approx(1)
    for low, high, wanted in ((box.left, box.right, x), (box.top, box.bottom, y)):
        middle, half = (low + high) / 2, (high - low) / 2
        assert middle == pytest.approx(min(max(wanted, half), 1 - half), abs=1e-9)


@given(size=SIZES, shape=SHAPES, x=st.floats(0, 1), y=st.floats(0, 1), zoom=st.floats(1, 8))
def test_whole_pixels_are_inside_the_photo(
    size: tuple[int, int], shape: tuple[int, int], x: float, y: float, zoom: float
) -> None:
    left, top, right, bottom = around((x, y), size, shape, zoom).pixels(size, shape)
    assert 0 <= left < right <= size[0]
    assert 0 <= top < bottom <= size[1]
    if min(right - left, bottom - top) > 50:
        assert (right - left) / (bottom - top) == pytest.approx(shape[0] / shape[1], rel=0.03)


@pytest.mark.parametrize(
    "sides", [(0, 0, 0, 1), (0.5, 0, 0.2, 1), (-0.1, 0, 1, 1), (0, 0, 1.1, 1), (0, 0, float("nan"), 1)]
)
def test_what_is_no_box(sides: tuple[float, float, float, float]) -> None:
    with pytest.raises(InputError, match="no part of a photo"):
        CropBox(*sides)
    with pytest.raises(InputError, match="more than the photo"):
        around((0.5, 0.5), (100, 100), (1, 1), 0.5)


def test_what_a_box_holds() -> None:
    box = CropBox(0.25, 0, 0.75, 1)
    assert box.holds((0.3, 0.1, 0.4, 0.2)) == pytest.approx(1)
    assert box.holds((0.0, 0.0, 0.5, 0.5)) == pytest.approx(0.5)
    assert box.holds((0.8, 0.0, 0.9, 0.5)) == 0
    assert largest((200, 100), (1, 1)) == (0.5, 1.0)


def test_slots_as_people_write_them() -> None:
    assert slot_of("teaser = 4:3".replace(" ", "")) == Slot("teaser", (4, 3))
    assert slot_of("1200X630") == Slot("1200x630", (1200, 630), (1200, 630))
    assert slots_of([]) == SLOTS
    assert [slot.name for slot in SLOTS] == ["16:9", "3:2", "1:1", "460x260"]
    for wrong in ("", "wide", "16", "0:1", "1:0", "21:1", "99999x1", "=3:2", "16:9:1", "a\nb=1:1", "x" * 50 + "=1:1"):
        with pytest.raises(InputError, match="slot"):
            slot_of(wrong)
    with pytest.raises(InputError, match="two slots are called 'a'"):
        slots_of(["a=1:1", "a=3:2"])


def test_how_much_a_slot_enlarges() -> None:
    slot = slot_of("460x260")
    assert enlarged_by(around((0.5, 0.5), (920, 520), slot.shape), slot, (920, 520)) == pytest.approx(0.5)
    assert enlarged_by(around((0.5, 0.5), (920, 520), slot.shape, 4), slot, (920, 520)) == pytest.approx(2)
    assert enlarged_by(around((0.5, 0.5), (10, 10), (16, 9)), SLOTS[0], (10, 10)) == 1


@given(name=st.text(max_size=100))
def test_a_file_name_leads_nowhere(name: str) -> None:
    made = file_name(name)
    assert 0 < len(made) <= 60
    assert all(letter.isascii() and (letter.isalnum() or letter in "-_") for letter in made)
