"""What an archive is calculated to take."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from picdesk.archive.size import measured, size_of_archive
from picdesk.cli.show import size_of
from picdesk.errors import InputError
from tests.archive.neighbours.archives import clustered, make
from tests.command_line import ROOT, picdesk


def test_yfcc100m_fits_what_was_calculated_by_hand() -> None:
    found = size_of_archive(51_500_000, 512, machines=4, photos_per_second=1000)
    assert found.table_bytes == 51_500_000 * (201 + 1024 + 512)
    assert found.index_bytes == 51_500_000 * (1024 + 32 + 8 + 64)
    assert found.encode_seconds == pytest.approx(12_875)
    assert 4e9 < found.memory_bytes < 5e9
    assert found.index == "IVF16384,PQ64"


@given(
    photos=st.integers(1, 10**8),
    dimension=st.sampled_from([256, 512, 768, 1024]),
    encoders=st.integers(1, 3),
)
def test_more_takes_more(photos: int, dimension: int, encoders: int) -> None:
    less = size_of_archive(photos, dimension, encoders=encoders, memory=10**12)
    more = size_of_archive(2 * photos, dimension, encoders=encoders, memory=10**12)
    for name in ("table_bytes", "index_bytes", "encode_seconds", "index_seconds"):
        assert getattr(more, name) > getattr(less, name), name
    assert all(value >= 0 for value in asdict(more).values() if not isinstance(value, str))


def test_the_vectors_of_a_real_archive_take_what_is_calculated(tmp_path: Path) -> None:
    make(tmp_path / "archive", clustered(0, 20_000, 256))
    there = sum(path.stat().st_size for path in (tmp_path / "archive/photos.lance/data").iterdir())
    # Without captions and their meaning; ids and numbers take what they take.
    known = measured()
    calculated = size_of_archive(20_000, 256).table_bytes - 20_000 * 2 * known.meaning_numbers
    assert 0.75 * calculated < there < 1.25 * calculated


def test_on_the_command_line() -> None:
    said = picdesk("size", "--photos", "51500000", "--memory", "8GB", "--machines", "8", "--rate", "2000")
    assert said.code == 0
    assert "IVF32768_HNSW32,PQ64" in said.out
    assert "54 min at 2,000 photos/s on each of 8" in said.out
    assert "Calculated from figures" in said.err
    document = picdesk("size", "--photos", "100000", "--json").document
    assert document["index"] == ""
    assert picdesk("size", "--photos", "100000000", "--memory", "1GB").code == 2


def test_the_page_says_what_is_calculated() -> None:
    page = (ROOT / "docs/scale.md").read_text(encoding="utf-8")
    sizes = [(1_000_000, 4e9), (51_500_000, 8e9), (100_000_000, 16e9)]
    found = [size_of_archive(photos, 512, memory=int(memory)) for photos, memory in sizes]
    for name, row in (("rows and vectors", "table_bytes"), ("index, with its copy", "index_bytes")):
        (line,) = [line for line in page.splitlines() if line.startswith(f"| {name}")]
        for each in found:
            assert size_of(getattr(each, row)) in line
    (line,) = [line for line in page.splitlines() if line.startswith("| index |")]
    assert [part.strip() for part in line.split("|")[2:5]] == [each.index for each in found]


def test_what_makes_no_sense() -> None:
    with pytest.raises(InputError):
        size_of_archive(0, 512)
    with pytest.raises(InputError):
        size_of_archive(10, 512, photos_per_second=0.0)
