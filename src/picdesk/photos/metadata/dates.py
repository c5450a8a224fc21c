"""When a photo was taken, out of the three spellings that XMP, IPTC-IIM and EXIF use."""

from __future__ import annotations

import datetime as dt
import re

_FIRST_YEAR = 1826  # Niépce's view from the window at Le Gras: no photo is older

_MOMENT = re.compile(
    r"(?P<year>\d{4})"
    r"(?:[-:.]?(?P<month>\d\d)(?:[-:.]?(?P<day>\d\d))?)?"
    r"(?:[T\s]\s*(?P<hour>\d\d):?(?P<minute>\d\d)(?::?(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,9}))?)?)?"
    r"\s*(?P<zone>Z|[+-]\d\d:?\d\d)?",
    re.ASCII,
)


def moment(text: str | None, zone: str | None = None) -> dt.datetime | None:
    """Read a date and time.

    Understands XMP dates (the W3C profile of ISO 8601), EXIF's ``YYYY:MM:DD HH:MM:SS``, and IPTC's ``CCYYMMDD`` and
    ``HHMMSS±HHMM`` with a space between. What is left out counts from its beginning: "2024-05" is the first of May.

    Args:
        text: the date, with or without a time and an offset from UTC.
        zone: the offset where the standard keeps it apart (EXIF OffsetTime); one inside the text wins.

    Returns:
        A timezone-aware time, taken as UTC where no offset is said; ``None`` where the text is no date, or one on
        which no photo can have been taken (before photography, or later than tomorrow).
    """
    match = _MOMENT.fullmatch(text.strip("\x00 \t\r\n")) if text else None
    if match is None:
        return None
    part = match.groupdict()
    try:
        taken = dt.datetime(
            int(part["year"]),
            int(part["month"] or 1),
            int(part["day"] or 1),
            int(part["hour"] or 0),
            int(part["minute"] or 0),
            int(part["second"] or 0),
            int((part["fraction"] or "").ljust(6, "0")[:6]),
            tzinfo=_timezone(part["zone"] or zone),
        )
    except ValueError:
        return None
    tomorrow = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    return taken if taken.year >= _FIRST_YEAR and taken <= tomorrow else None


def _timezone(offset: str | None) -> dt.timezone:
    """Read ``+02:00``, ``+0200`` or ``Z``; an offset that no place on earth has counts as not said."""
    match = re.fullmatch(r"([+-])(\d\d):?(\d\d)", (offset or "").strip("\x00 "), re.ASCII)
    if match is None:
        return dt.UTC
    minutes = int(match[2]) * 60 + int(match[3])
    if minutes > 14 * 60:
        return dt.UTC
    return dt.timezone(dt.timedelta(minutes=-minutes if match[1] == "-" else minutes))
