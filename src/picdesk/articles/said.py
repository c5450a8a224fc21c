"""What pages, tables and feeds say beside a story: its day, its tags."""

from __future__ import annotations

import datetime as dt
import re
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from picdesk.articles.text import repair
from picdesk.photos.sources.columns import text

if TYPE_CHECKING:
    from collections.abc import Iterable


def day_of(value: object) -> dt.date | None:
    """The day of a date as tables (ISO 8601) and feeds (RFC 822) write it; ``None`` for anything else."""
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    said = text(value)
    try:
        return dt.date.fromisoformat(said[:10])
    except ValueError:
        pass
    try:
        return parsedate_to_datetime(said).date()
    except (ValueError, IndexError):
        return None


def tags_of(value: object) -> tuple[str, ...]:
    """Names and topics: a list, or text with ``;`` and ``|`` between them, else commas."""
    if isinstance(value, list | tuple):
        items = [text(item) for item in value]
    else:
        joined = text(value)
        items = re.split("[;|]" if re.search("[;|]", joined) else ",", joined)
    return _once(items)


def split_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Single tags, each once: pages join them with commas, semicolons or bars."""
    return _once(piece for tag in tags for piece in re.split("[;,|]", tag))


def _once(tags: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, (" ".join(repair(tag).split()) for tag in tags))))
