"""How far a photo and an event lie apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt

    from picdesk.records import Photo, Query

_MONTH, _YEAR = 30.44, 365.25


def event_of(query: Query) -> dt.date | None:
    """The day a story is about: that of the event, else that of its publication."""
    return query.date or (query.article.published if query.article else None)


def days_between(query: Query, photo: Photo) -> int | None:
    """Days from the event to the photo, below 0 where the photo is older; None where one of the two is not dated."""
    event = event_of(query)
    return None if event is None or photo.taken is None else (photo.taken.date() - event).days


def gap_in_words(days: int) -> str:
    """A gap for people.

    >>> gap_in_words(-3), gap_in_words(0), gap_in_words(1), gap_in_words(-800)
    ('3 days before the event', 'on the day of the event', '1 day after the event', '2 years before the event')
    """
    if not days:
        return "on the day of the event"
    return f"{_span(abs(days))} {'before' if days < 0 else 'after'} the event"


def _span(days: int) -> str:
    for unit, length in (("year", _YEAR), ("month", _MONTH)):
        if days >= 2 * length:
            return f"{int(days / length)} {unit}s"
    return "1 day" if days == 1 else f"{days} days"
