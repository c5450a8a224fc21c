"""A contact sheet: small pictures with name, credit, rights and why they were picked, as PDF (fpdf2)."""

from __future__ import annotations

import io
import logging
from contextlib import suppress
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from picdesk.archive.schema import now
from picdesk.errors import ExtraMissing
from picdesk.records import Query
from picdesk.search.explain.warnings import warnings_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from picdesk.archive.choices import Choice
    from picdesk.records import Photo

COLUMNS, ROWS = 2, 4
"""Photos of a page."""

_WIDTH, _HEIGHT, _MARGIN, _GAP = 210.0, 297.0, 12.0, 6.0
_HEAD, _FOOT = 16.0, 10.0
_PICTURE = 0.62
"""Part of a cell's height that the picture takes."""
_LINE = 3.4
_JOINERS = "\u200c\u200d"
"""They are not seen, and say which letters are joined (Persian, Indian scripts)."""
_LONGEST = 400
"""Characters of one field that are looked at; a cell has room for no more."""

_FONTS = (
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path("/System/Library/Fonts"),
    Path("C:/Windows/Fonts"),
)
_FURTHER = (
    "NotoSansCJK-Regular.ttc",
    "NotoSansCJKsc-Regular.otf",
    "NotoSansDevanagari-Regular.ttf",
    "NotoSansBengali-Regular.ttf",
    "NotoSansTamil-Regular.ttf",
    "NotoSansThai-Regular.ttf",
    "Arial Unicode.ttf",
    "PingFang.ttc",
    "msyh.ttc",
    "Nirmala.ttf",
)
"""Fonts of the machine for what the one in the package has no letters for (Chinese, Japanese, Korean, Indian, Thai)."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A photo of a sheet.

    Attributes:
        photo: the photo.
        choice: why it is there.
        picture: small JPEG; None where the original is gone.
        uses: earlier uses, in words.
    """

    photo: Photo
    choice: Choice
    picture: bytes | None
    uses: tuple[str, ...] = ()


def contact_sheet(entries: Sequence[Entry], *, made_by: str = "") -> bytes:
    """A PDF of A4 pages, eight photos each, in the order given.

    Text is set in DejaVu Sans, which is in the package: Latin, Greek, Cyrillic, Arabic, Hebrew, Armenian, Georgian. For
    other scripts the machine's own fonts are looked for; a letter that no font has is drawn as an empty box, and the
    foot of the page counts them. HarfBuzz joins letters that are joined in writing, and sets right-to-left text.

    Raises:
        ExtraMissing: fpdf2 or uharfbuzz is not installed.
    """
    letters = {letter for entry in entries for text, _, _ in _said(entry) for letter in text}
    sheet = _Sheet(made_by, len(entries), letters)
    for number, entry in enumerate(entries):
        sheet.put(number, entry)
    return sheet.finish()


class _Sheet:
    """A sheet while it is drawn."""

    def __init__(self, made_by: str, photos: int, letters: set[str]) -> None:
        try:
            import uharfbuzz  # noqa: F401 - for fpdf2, which sets text without it as well, but not as it is read
            from fpdf import FPDF
        except ImportError as error:
            raise ExtraMissing(
                f"contact sheets are drawn by fpdf2 and uharfbuzz, and {error.name} is not installed",
                "Install it: pip install 'picdesk[desk]'",
            ) from None
        logging.getLogger("fontTools").setLevel(logging.ERROR)  # it tells of every table of a font that it leaves out
        self._head = f"Contact sheet, {now():%d %B %Y}, {photos} photo{'s' if photos != 1 else ''}"
        self._made_by = f"by {made_by}" if made_by else ""
        self._unknown: set[str] = set()
        self._pdf: Any = FPDF(unit="mm", format="A4")
        self._pdf.set_auto_page_break(False)
        self._pdf.set_title("Contact sheet")
        self._pdf.set_creator("Picdesk")
        self._pdf.set_text_shaping(True)
        self._fonts = self._load({letter for letter in letters if letter.isprintable()})

    def _load(self, letters: set[str]) -> list[Any]:
        """The package's font, and those of the machine that have letters which it lacks."""
        with as_file(files("picdesk.desk.choices").joinpath("fonts/DejaVuSans.ttf")) as path:
            self._pdf.add_font("dejavu", fname=path)
        fonts = [self._pdf.fonts["dejavu"]]
        lacking = {letter for letter in letters if ord(letter) not in fonts[0].cmap}
        for name, path in _machine_fonts() if lacking else ():
            with suppress(Exception):  # a font of the machine may be anything; one that cannot be read is none
                self._pdf.add_font(name, fname=path)
            font = self._pdf.fonts.get(name)
            if font is not None and any(ord(letter) in font.cmap for letter in lacking):
                fonts.append(font)
                lacking -= {letter for letter in lacking if ord(letter) in font.cmap}
        self._pdf.set_fallback_fonts([font.fontkey for font in fonts[1:]])
        return fonts

    def put(self, number: int, entry: Entry) -> None:
        """Draw a photo into its cell."""
        place = number % (COLUMNS * ROWS)
        if place == 0:
            self._page()
        width = (_WIDTH - 2 * _MARGIN - (COLUMNS - 1) * _GAP) / COLUMNS
        height = (_HEIGHT - 2 * _MARGIN - _HEAD - _FOOT - (ROWS - 1) * _GAP) / ROWS
        left = _MARGIN + place % COLUMNS * (width + _GAP)
        top = _MARGIN + _HEAD + place // COLUMNS * (height + _GAP)
        self._picture(entry, left, top, width, _PICTURE * height)
        self._lines(entry, left, top + _PICTURE * height + 1, width, top + height)

    def finish(self) -> bytes:
        """The file."""
        if self._unknown:
            some = " ".join(f"U+{ord(letter):04X}" for letter in sorted(self._unknown)[:12])
            said = f"□ stands for {len(self._unknown)} letters that no font of this machine has: {some}"
            self._say(said, _MARGIN, _HEIGHT - _MARGIN - 4, _WIDTH - 2 * _MARGIN, 7, grey=90)
        return bytes(self._pdf.output())

    def _page(self) -> None:
        self._pdf.add_page()
        self._say(self._head, _MARGIN, _MARGIN, _WIDTH - 2 * _MARGIN, 11)
        self._say(f"{self._made_by}", _MARGIN, _MARGIN + 6, _WIDTH - 2 * _MARGIN, 8, grey=90)

    def _picture(self, entry: Entry, left: float, top: float, width: float, height: float) -> None:
        pdf = self._pdf
        pdf.set_fill_color(235, 235, 235)
        pdf.rect(left, top, width, height, style="F")
        if entry.picture is None:
            self._say("The original is gone.", left + 2, top + height / 2 - 2, width - 4, 8)
            return
        scale = min(width / entry.photo.width, height / entry.photo.height)
        drawn = entry.photo.width * scale, entry.photo.height * scale
        alt = (entry.photo.caption or entry.photo.name)[:_LONGEST]
        pdf.image(
            io.BytesIO(entry.picture),
            left + (width - drawn[0]) / 2,
            top + (height - drawn[1]) / 2,
            *drawn,
            alt_text=self._drawable(alt),
        )

    def _lines(self, entry: Entry, left: float, top: float, width: float, bottom: float) -> None:
        for text, size, grey in _said(entry):
            if top + _LINE > bottom:
                return
            self._say(text, left, top, width, size, grey=grey)
            top += _LINE

    def _say(self, text: str, left: float, top: float, width: float, size: float, *, grey: int = 0) -> None:
        """One line; what is too long ends in an ellipsis."""
        pdf = self._pdf
        pdf.set_font("dejavu", size=size)
        pdf.set_text_color(grey, grey, grey)
        text = self._drawable(" ".join(text.split())[:_LONGEST])
        if pdf.get_string_width(text) > width:
            low, high = 0, len(text)
            while low < high:
                middle = (low + high + 1) // 2
                fits = pdf.get_string_width(f"{text[:middle].rstrip()}…") <= width
                low, high = (middle, high) if fits else (low, middle - 1)
            text = f"{text[:low].rstrip()}…"
        pdf.set_xy(left, top)
        pdf.cell(width, _LINE, text)

    def _drawable(self, text: str) -> str:
        """The text with an empty box for each letter that no font has."""
        said = []
        for letter in text:
            if letter in _JOINERS:
                said.append(letter)
                continue
            if not letter.isprintable():
                continue
            known = any(ord(letter) in font.cmap for font in self._fonts)
            said.append(letter if known else "□")
            if not known:
                self._unknown.add(letter)
        return "".join(said)


def _said(entry: Entry) -> Iterator[tuple[str, float, int]]:
    """Lines of a cell, the most needed first: text, size, grey."""
    photo, choice = entry.photo, entry.choice
    yield photo.name, 8, 0
    yield f"Credit: {photo.credit or photo.creator or 'not said'}", 7, 0
    rights = photo.usage_terms or photo.rights or photo.instructions
    yield f"Rights: {rights or 'not said'}", 7, 0
    for warning in (*warnings_of(Query(), photo), *entry.uses[-1:]):
        yield f"! {warning}", 7, 0
    yield f"For: {choice.headline or choice.article}", 7, 60
    reasons = [f"place {choice.rank}" if choice.rank else "", *_signals(choice)]
    if any(reasons):
        yield f"Found: {', '.join(filter(None, reasons))}", 7, 90
    if photo.caption:
        yield photo.caption, 7, 90


def _signals(choice: Choice) -> list[str]:
    sure = [f"fits with {choice.confidence:.0%}"] if choice.confidence is not None else []
    return sure + [f"{name} {value:.2f}" for name, value in choice.signals.items() if value is not None]


def _machine_fonts() -> Iterator[tuple[str, Path]]:
    for folder in _FONTS:
        if folder.is_dir():
            for name in _FURTHER:
                for path in sorted(folder.rglob(name))[:1]:
                    yield f"further-{path.stem}", path
