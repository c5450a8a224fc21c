"""A search of a desk: the archive is asked once, and its answer is turned page by page."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from picdesk.desk.cursors import DEEPEST, Cursor, read_cursor, write_cursor
from picdesk.desk.querying import search_options

if TYPE_CHECKING:
    from picdesk.api import Archive
    from picdesk.desk.asked import Asked
    from picdesk.desk.state import Desk
    from picdesk.records import Hit, Ranking

AHEAD = 2
"""Pages that are found at once: the second costs next to nothing, and most readers turn to it."""
ANSWERS = 64
"""Answers that are kept, for readers who turn a page; a hit is some 3 kB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One page of an answer.

    Attributes:
        ranking: the answer as the archive gave it, with more hits than are on the page.
        hits: of this page; their ranks go on from the page before.
        next: cursor of the page after; ``None`` where there is none.
        kept_place: whether the page begins behind the last one's end for sure; where the archive was changed in between
            and that photo has left the answer, it begins at the same rank.
    """

    ranking: Ranking
    hits: tuple[Hit, ...]
    next: str | None
    kept_place: bool = True


class Answers:
    """The latest answers, by what was asked and the archive's version."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, int, bool], tuple[int, Ranking]] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, question: str, version: int, *, explain: bool, count: int) -> Ranking | None:
        """The answer, where one of so many hits is kept."""
        with self._lock:
            found = self._kept.get((question, version, explain))
            if found is None or (found[0] < count and len(found[1]) == found[0]):
                return None
            self._kept.move_to_end((question, version, explain))
            return found[1]

    def keep(self, question: str, version: int, *, explain: bool, count: int, ranking: Ranking) -> None:
        """Keep an answer for which so many hits were asked."""
        with self._lock:
            self._kept[question, version, explain] = count, ranking
            while len(self._kept) > ANSWERS:
                self._kept.popitem(last=False)


async def answer(
    desk: Desk, asked: Asked, *, count: int = 30, cursor: str | None = None, explain: bool = False
) -> Answer:
    """Search, or turn a page.

    Args:
        desk: that is asked.
        asked: what.
        count: hits of the page.
        cursor: ``next`` of the page before.
        explain: say of each hit why it is there.

    Raises:
        InputError: nothing is asked, or the filters make no sense.
        Problem: a cursor of another question, a picture that is no longer here, or too much to do.
    """
    place = read_cursor(cursor, asked) if cursor else None
    return await desk.search(lambda archive: _page(desk, archive, asked, place, count=count, explain=explain))


async def explained(desk: Desk, asked: Asked, photo_id: str) -> Hit | None:
    """One hit of an answer with all that speaks for it; ``None`` where the photo is not in it.

    Args:
        desk: that was asked.
        asked: what.
        photo_id: of the photo.

    Raises:
        As `answer`.
    """

    def find(archive: Archive) -> Hit | None:
        version = archive.version
        picture = desk.pictures.of(asked)
        known = desk.answers.find(asked.digest, version, explain=False, count=1)
        if known is None:
            known = archive.search(k=DEEPEST, **search_options(archive, asked, picture))
        rank = next((hit.rank for hit in known.hits if hit.photo.id == photo_id), None)
        if rank is None:
            return None
        answered = archive.search(k=rank, explain=True, **search_options(archive, asked, picture))
        return next((hit for hit in answered.hits if hit.photo.id == photo_id), None)

    return await desk.search(find)


def _page(
    desk: Desk,
    archive: Archive,
    asked: Asked,
    place: Cursor | None,
    *,
    count: int,
    explain: bool,
) -> Answer:
    version, picture = archive.version, desk.pictures.of(asked)
    begin = place.seen if place else 0
    moved = place is not None and place.version != version
    wanted = min(DEEPEST, begin + AHEAD * count + (count if moved else 0))
    ranking = desk.answers.find(asked.digest, version, explain=explain, count=min(DEEPEST, begin + count + 1))
    if ranking is None:
        options = search_options(archive, asked, picture)
        ranking = archive.search(k=wanted, explain=explain, **options)
        desk.answers.keep(asked.digest, version, explain=explain, count=wanted, ranking=ranking)
    kept = True
    if place is not None and moved:
        # Photos came or went: the page begins behind the photo that was seen last, wherever that is now.
        at = next((at for at, hit in enumerate(ranking.hits, 1) if hit.photo.id == place.last), None)
        begin, kept = (at, True) if at is not None else (begin, False)
    hits = ranking.hits[begin : begin + count]
    end = begin + len(hits)
    more = end < len(ranking.hits) and end < DEEPEST
    following = Cursor(question=asked.digest, version=version, seen=end, last=hits[-1].photo.id) if more else None
    return Answer(
        ranking=ranking,
        hits=hits,
        next=write_cursor(following) if following else None,
        kept_place=kept,
    )
