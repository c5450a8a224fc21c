"""Photos that show the same picture are one hit, the best of them in front."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from picdesk.photos.alike import Hashed, Likeness, groups_alike
from picdesk.search.fusion import in_order

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from picdesk.archive.store import Store

MARGIN = 20
"""Photos looked at beyond twice those asked for: one in twenty of a real archive shows another's picture again."""


class Picture(Hashed, Protocol):
    """A photo, or as much of it as tells what it looks like."""

    @property
    def id(self) -> str:
        """SHA-256 of the file's bytes."""


P = TypeVar("P", bound=Picture)


def fold_duplicates(order: Sequence[P]) -> list[tuple[P, ...]]:
    """Photos that look the same (`picdesk.photos.alike`) as one group, also through others between them.

    Args:
        order: the photos of one answer, best first.

    Returns:
        Groups by their best photo, each best first: the one in front stands for the group, the others are its siblings.
    """
    return [tuple(order[place] for place in group) for group in groups_alike(order)]


def first_groups(
    order: Sequence[str], count: int, photos_of: Callable[[Sequence[str]], Mapping[str, P]], *, fold: bool = True
) -> list[tuple[P, ...]]:
    """The first so many pictures of a long answer, without loading all of it.

    Twice as many photos as are asked for are looked at, and a few more; where too few pictures are left of them, twice
    as many again, until the answer's end. Photos further down are no siblings of those above.

    Args:
        order: ids of photos, best first, each once.
        count: how many pictures.
        photos_of: loads photos by id; one that is not there any more is left out.
        fold: whether photos of one picture are joined; without it every photo is a group of its own.

    Returns:
        At most ``count`` groups, see `fold_duplicates`.
    """
    known: dict[str, P] = {}
    asked, size = 0, 2 * count + MARGIN if fold else count
    while True:
        known |= photos_of(order[asked:size])
        there = [known[photo] for photo in order[:size] if photo in known]
        groups: list[tuple[P, ...]] = fold_duplicates(there) if fold else [(photo,) for photo in there]
        if len(groups) >= count or size >= len(order):
            return groups[:count]
        asked, size = size, 2 * size


def fold_answers(
    answers: Iterable[Mapping[str, float]], looks: Mapping[str, Likeness], count: int
) -> Iterator[dict[str, float]]:
    """Many answers, each with the first so many pictures of it: of photos that look the same the best alone is kept.

    Args:
        answers: photo id -> score, an answer a query.
        looks: of the photos; one that is not in it was taken out meanwhile.
        count: how many pictures.
    """

    def looks_of(ids: Sequence[str]) -> dict[str, Likeness]:
        return {photo: looks[photo] for photo in ids if photo in looks}

    for scores in answers:
        groups = first_groups(in_order(scores), count, looks_of)
        yield {group[0].id: scores[group[0].id] for group in groups}


def looks_of_archive(store: Store) -> dict[str, Likeness]:
    """Photo id -> what it looks like, of a whole archive."""
    found: dict[str, Likeness] = {}
    for batch in store.rows(["id", "phash", "dhash"]):
        rows = zip(*(batch.column(name).to_pylist() for name in ("id", "phash", "dhash")), strict=True)
        found |= {photo: Likeness(photo, phash, dhash) for photo, phash, dhash in rows}
    return found
