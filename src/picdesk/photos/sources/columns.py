"""What the columns of a list mean, and how their values become what a photo's source says of it."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any

from picdesk.errors import SourceError
from picdesk.photos.locate import printable, valid_text
from picdesk.records import PhotoMetadata

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ALIASES: Mapping[str, tuple[str, ...]] = {
    "path": ("path", "file", "filename", "filepath", "image_path", "image", "uri"),
    "name": ("id", "image_id", "photo_id", "name"),
    "caption": ("caption", "description"),
    "headline": ("headline", "title"),
    "keywords": ("keywords", "tags"),
    "people": ("people", "persons", "person"),
    "place": ("place", "location", "city"),
    "creator": ("creator", "photographer", "byline", "author"),
    "credit": ("credit",),
    "rights": ("rights", "copyright", "license", "licence"),
    "usage_terms": ("usage_terms",),
    "instructions": ("instructions",),
    "digital_source_type": ("digital_source_type",),
    "taken": ("taken", "date_taken", "date", "created"),
}
"""Field -> column names that mean it, best first; case, spaces, ``_`` and ``-`` do not count."""

_EXIF_DATE = re.compile(r"(\d{4}):(\d\d):(\d\d)(?=$|[ T])")


def match_columns(present: Iterable[str], chosen: Mapping[str, str]) -> dict[str, str]:
    """Which column gives which field.

    Args:
        present: the list's columns.
        chosen: field -> column, over the aliases.

    Returns:
        Field -> column as the list spells it, for the fields that the list has.

    Raises:
        SourceError: ``chosen`` names a field that does not exist or a column that the list does not have.
    """
    spelled = spellings(present)
    check_fields(chosen)
    matched = {}
    for field, aliases in ALIASES.items():
        if field in chosen:
            wanted = chosen[field]
            if plain(wanted) not in spelled:
                raise SourceError(f"the list has no column {printable(wanted)!r}", have(spelled.values()))
            matched[field] = spelled[plain(wanted)]
        else:
            known = next((spelled[plain(alias)] for alias in aliases if plain(alias) in spelled), None)
            if known is not None:
                matched[field] = known
    return matched


def spellings(present: Iterable[str]) -> dict[str, str]:
    """The columns of a table as it spells them, by their plain names; of two alike the first."""
    spelled: dict[str, str] = {}
    for column in present:
        spelled.setdefault(plain(column), column)
    return spelled


def check_fields(chosen: Mapping[str, str]) -> None:
    """Refuse a choice of columns for a field that does not exist.

    Raises:
        SourceError: naming the fields that there are.
    """
    for field in chosen:
        if field not in ALIASES:
            raise SourceError(f"a photo has no field {printable(field)!r}", f"The fields are: {', '.join(ALIASES)}.")


def have(columns: Iterable[str]) -> str:
    """A hint that lists the columns found."""
    found = ", ".join(printable(column) for column in columns)
    return f"The columns found: {found or 'none'}. Name one with --column, for example --column path=COLUMN."


def given(row: Mapping[str, Any], matched: Mapping[str, str]) -> PhotoMetadata:
    """What a row says of its photo; what it leaves empty, or says in a form that cannot be read, is not said.

    Args:
        row: column -> value: text, numbers, dates, lists of text.
        matched: field -> column, from `match_columns`.
    """

    def value(field: str) -> Any:
        return row.get(matched[field]) if field in matched else None

    return PhotoMetadata(
        caption=text(value("caption")) or None,
        headline=text(value("headline")) or None,
        keywords=_several(value("keywords")),
        people=_several(value("people")),
        place=text(value("place")) or None,
        creator=text(value("creator")) or None,
        credit=text(value("credit")) or None,
        rights=text(value("rights")) or None,
        usage_terms=text(value("usage_terms")) or None,
        instructions=text(value("instructions")) or None,
        digital_source_type=text(value("digital_source_type")).rstrip("/").rpartition("/")[2] or None,
        taken=_moment(value("taken")),
    )


def text(value: object) -> str:
    """A value as stripped, valid text; empty for what is no text."""
    if isinstance(value, str):
        return valid_text(value).replace("\0", "").strip()
    if isinstance(value, bool) or value is None or value != value:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # ids that a table program turned into 17.0
    if isinstance(value, int | float | dt.date):
        return str(value)
    return ", ".join(filter(None, map(text, value))) if isinstance(value, list | tuple) else ""


def _several(value: object) -> tuple[str, ...]:
    if isinstance(value, list | tuple):
        items = [text(item) for item in value]
    else:
        joined = text(value)
        items = [item.strip() for item in re.split("[;|]" if re.search("[;|]", joined) else ",", joined)]
    return tuple(dict.fromkeys(filter(None, items)))


def _moment(value: object) -> dt.datetime | None:
    """A date of ISO 8601 or of EXIF ("2023:07:19 20:15:00"), in UTC; one without a zone is taken as UTC."""
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        value = dt.datetime.combine(value, dt.time())
    try:
        if not isinstance(value, dt.datetime):
            value = dt.datetime.fromisoformat(_EXIF_DATE.sub(r"\1-\2-\3", text(value)))
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None


def plain(column: str) -> str:
    """A column's name as names are compared: without case, spaces, ``_`` and ``-``."""
    return re.sub(r"[\s_-]", "", column.casefold())
