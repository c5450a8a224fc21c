"""Which formats of runs there are, and which one a file has."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from picdesk.errors import InputError
from picdesk.newsimages.runs.csv_table import read_csv, recognise_csv, write_csv
from picdesk.newsimages.runs.lines import read_lines
from picdesk.newsimages.runs.newsimages2021 import read_2021, recognise_2021, write_2021
from picdesk.newsimages.runs.newsimages2023 import read_2023, recognise_2023, write_2023
from picdesk.newsimages.runs.trec import read_trec, recognise_trec, write_trec
from picdesk.photos.locate import printable
from picdesk.photos.whole_file import whole_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from picdesk.records import Run

_LOOKED_AT = 5


@dataclass(frozen=True, slots=True)
class RunFormat:
    """One format.

    Attributes:
        recognise: whether the first lines of a file are of it.
        read: a run from a file; the mapping is article id -> address.
        write: the lines of a run; the mapping is article id -> address.
    """

    recognise: Callable[[Sequence[str]], bool]
    read: Callable[[Path, Mapping[str, str] | None], Run]
    write: Callable[[Run, Mapping[str, str] | None], Iterator[str]]


RUN_FORMATS: Mapping[str, RunFormat] = {
    "csv": RunFormat(recognise_csv, read_csv, write_csv),
    "trec": RunFormat(recognise_trec, read_trec, write_trec),
    "newsimages2021": RunFormat(recognise_2021, read_2021, write_2021),
    "newsimages2022": RunFormat(recognise_2023, read_2023, write_2023),
    "newsimages2023": RunFormat(recognise_2023, read_2023, write_2023),
}
"""Every format by its name, in the order in which a file is tried."""


def read_run(path: Path, format: str | None = None, *, addresses: Mapping[str, str] | None = None) -> Run:
    """A run from a file; it is called as the file, without its ending.

    Args:
        path: the file.
        format: a name of `RUN_FORMATS`; without one, the first lines tell.
        addresses: article id -> address, for the format of 2022 and 2023; an address that no article has stays the id.

    Returns:
        The run, each article's photos by score, equal scores by name.

    Raises:
        InputError: no such format, unreadable, not of the format; file and line are named.
    """
    return run_format(format or _recognise(path)).read(path, addresses)


def write_run(run: Run, path: Path, format: str = "trec", *, addresses: Mapping[str, str] | None = None) -> None:
    """Write a run.

    Args:
        run: the run.
        path: the file; one that is there is overwritten, at the end and at once.
        format: a name of `RUN_FORMATS`.
        addresses: article id -> address, for the format of 2022 and 2023.

    Raises:
        InputError: no such format, the run has what it cannot hold, or the file cannot be written.
    """
    lines = run_format(format).write(run, addresses)
    try:
        with whole_file(path) as file:
            file.writelines(f"{line}\n".encode() for line in lines)
    except UnicodeEncodeError:
        raise InputError(f"{printable(str(path))} cannot be written: a name is not valid Unicode") from None


def run_format(name: str) -> RunFormat:
    """A format by its name.

    Raises:
        InputError: there is none of that name.
    """
    if name not in RUN_FORMATS:
        raise InputError(f"no format of runs is called {printable(name)!r}", f"There are: {', '.join(RUN_FORMATS)}.")
    return RUN_FORMATS[name]


def _recognise(path: Path) -> str:
    filled = (line for _, line in read_lines(path) if line.strip())
    lines = list(itertools.islice(filled, _LOOKED_AT))
    if not lines:
        raise InputError(f"the run is empty: {printable(str(path))}", "Was it written to its end?")
    found = next((name for name, known in RUN_FORMATS.items() if known.recognise(lines)), None)
    if found is None:
        raise InputError(
            f"the format of {printable(str(path))} is not recognised by its first lines",
            f"If it is a run, name its format; there are: {', '.join(RUN_FORMATS)}.",
        )
    return found
