"""Runs of NewsImages 2022 and 2023: the address of an article, then a hundred image ids, separated by tabs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from picdesk.errors import InputError
from picdesk.newsimages.runs.lines import shorten
from picdesk.newsimages.runs.ranked_lines import read_ranked_lines, split, write_ranked_lines
from picdesk.photos.locate import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from picdesk.records import Run


def recognise_2023(lines: Sequence[str]) -> bool:
    """Whether a line is an address and image ids."""
    return any(len(fields) > 1 and "://" in fields[0] for fields in map(split, lines))


def read_2023(path: Path, addresses: Mapping[str, str] | None = None) -> Run:
    """A run of 2022 or 2023.

    Args:
        path: the file.
        addresses: article id -> address, spelled as in the run. An address that no article has stays the id.

    Raises:
        InputError: two articles at one address, and all that `read_ranked_lines` raises.
    """
    at = _by_address(addresses or {})
    return read_ranked_lines(path, lambda _, field: at.get(field, field))


def write_2023(run: Run, addresses: Mapping[str, str] | None = None) -> Iterator[str]:
    """The lines of a run of 2022 or 2023.

    Args:
        run: the run.
        addresses: article id -> address. Without it, ids must be addresses.

    Raises:
        InputError: an article without an address, or with fewer than a hundred photos.
    """
    if addresses is not None:
        _by_address(addresses)

    def to_field(article: str) -> str:
        address = article if addresses is None else addresses.get(article, "")
        if "://" not in address:
            hint = "The format names articles by address: give the list of articles that has them."
            raise InputError(f"no address is known of article {printable(article)}", hint)
        return address

    return write_ranked_lines(run, to_field)


def _by_address(addresses: Mapping[str, str]) -> dict[str, str]:
    at: dict[str, str] = {}
    for article, address in addresses.items():
        if at.setdefault(address, article) != article:
            two = f"articles {printable(at[address])} and {printable(article)}"
            raise InputError(f"{two} have one address, {shorten(address)}", "The format cannot tell them apart.")
    return at
