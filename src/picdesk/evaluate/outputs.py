"""A comparison as a file; the ending says which kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from picdesk.errors import InputError
from picdesk.evaluate.plots import draw, require_matplotlib
from picdesk.evaluate.report import report
from picdesk.evaluate.tables import FORMATS
from picdesk.photos.locate import printable
from picdesk.photos.sources.recognise import open_source

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from picdesk.evaluate.compare import Comparison

REPORTS = (".html", ".htm")
PLOTS = (".png", ".svg", ".pdf")


def check_outputs(paths: Sequence[Path], *, photos: str | Path | None = None) -> None:
    """Find out before the work is done whether its results can be written.

    Raises:
        InputError: an ending that no format has, a folder that is not there, two outputs in one file, photos that no
            output shows.
        SourceError: photos that are not there.
        ExtraMissing: a plot is wanted and matplotlib is not installed.
    """
    endings = (*FORMATS, *REPORTS, *PLOTS)
    for path in paths:
        if path.suffix.lower() not in endings:
            raise InputError(
                f"no format has the ending of {printable(str(path))}", f"The endings are: {', '.join(endings)}."
            )
        if not path.parent.is_dir():
            raise InputError(f"no such folder: {printable(str(path.parent))}", "Make it first.")
        if path.suffix.lower() in PLOTS:
            require_matplotlib()
    if photos is not None:
        if not any(path.suffix.lower() in REPORTS for path in paths):
            raise InputError("only a report shows photos, and none is to be written", "Add -o FILE.html.")
        open_source(photos)
    if len({path.absolute() for path in paths}) < len(paths):
        raise InputError("two outputs would be the same file", "Give each output a name of its own.")


def write_output(comparison: Comparison, path: Path, *, photos: str | Path | None = None) -> None:
    """Write a comparison: tables as Markdown, LaTeX or CSV, plots as PNG, SVG or PDF, or the report as HTML.

    Args:
        comparison: what is written.
        path: its ending says how; a file that is there is replaced.
        photos: where a report takes its pictures from.

    Raises:
        InputError: the file cannot be written, or no format has its ending.
        SourceError: ``photos`` cannot be read.
        ExtraMissing: a plot is wanted and matplotlib is not installed.
    """
    check_outputs([path])
    ending = path.suffix.lower()
    if ending in PLOTS:
        data = draw(comparison, ending[1:])
    elif ending in REPORTS:
        data = report(comparison, photos=photos).encode()
    else:
        data = FORMATS[ending](comparison).encode()
    try:
        path.write_bytes(data)
    except OSError as error:
        raise InputError(f"{printable(str(path))} cannot be written: {error.strerror or error}") from None
