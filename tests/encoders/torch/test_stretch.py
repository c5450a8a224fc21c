"""Stretching against the formula written out."""

from __future__ import annotations

import pytest

from picdesk.encoders.torch import stretch
from picdesk.errors import InputError

torch = pytest.importorskip("torch")


def written_out(old: list[list[float]]) -> list[list[float]]:
    """Zhang et al. 2024, position by position, number by number."""
    new = [list(old[place]) for place in range(20)]
    for place in range(20, 77):
        here = old[place]
        there = old[place + 1] if place < 76 else [2 * a - b for a, b in zip(old[76], old[75], strict=True)]
        new += [
            [(4 - quarter) / 4 * a + quarter / 4 * b for a, b in zip(here, there, strict=True)] for quarter in range(4)
        ]
    return new


def test_it_is_the_paper_s_formula() -> None:
    old = torch.randn(77, 6, dtype=torch.float64)
    new = stretch(old)
    assert tuple(new.shape) == (248, 6)
    torch.testing.assert_close(new, torch.tensor(written_out(old.tolist()), dtype=torch.float64))


def test_known_positions_stay_known() -> None:
    old = torch.randn(77, 3)
    new = stretch(old)
    assert torch.equal(new[:20], old[:20])
    assert torch.equal(new[20::4], old[20:])
    assert new.dtype == old.dtype


@pytest.mark.parametrize("shape", [(248, 4), (64, 4), (77,)])
def test_other_lengths_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match="cannot be stretched"):
        stretch(torch.zeros(shape))
