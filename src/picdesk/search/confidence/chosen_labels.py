"""What the desk picked and rejected, as what a calibration learns from."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from picdesk.archive.choices import PICKED
from picdesk.errors import InputError
from picdesk.records import Article

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from picdesk.archive.store import Store
    from picdesk.records import Photo

    Group = tuple[Photo, ...]


class ChoiceLabels:
    """Choices: a photo that was picked fits, one that was rejected does not; of all others nothing is known.

    Where several people decided about one photo for one story, it fits to the share of those who picked it. Photos that
    have left the archive are left out.

    Args:
        store: the archive.
    """

    source = "choices"

    def __init__(self, store: Store) -> None:
        votes: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
        choices = store.choices.standing()
        here = store.by_ids(list(dict.fromkeys(choice.photo for choice in choices)), ["id"])
        for choice in choices:
            if choice.photo in here:
                votes[choice.article][choice.photo].append(choice.verdict == PICKED)
        self._shares = {
            article: {photo: sum(said) / len(said) for photo, said in photos.items()}
            for article, photos in votes.items()
        }

    def of(self, article: str, hits: Sequence[Group]) -> Mapping[str, float]:  # noqa: ARG002 - labels are called alike
        """The shares of the photos that were decided about, whether they are in the answer or not."""
        return self._shares.get(article, {})


def chosen_articles(store: Store) -> list[Article]:
    """The stories for which something was picked or rejected, as they were when that was done last, oldest first.

    Raises:
        InputError: there is none.
    """
    last = {choice.article: choice for choice in store.choices.standing()}
    if not last:
        raise InputError(
            f"nothing was picked or rejected in {store.folder}",
            "Choose photos for stories at the desk (picdesk serve), or give --truth FILE or --ratings FILE.",
        )
    return [
        Article(id=story, headline=said.headline, lead=said.lead, url=said.url or None, published=said.published)
        for story, said in last.items()
    ]
