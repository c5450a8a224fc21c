"""An archive and the desk's choices: a story and the photo that was picked for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from picdesk.errors import InputError
from picdesk.photos.locate import is_there, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from picdesk.archive.choices import Choice
    from picdesk.objects import Place
    from picdesk.train.pairs.pair import Gathering


def recognises(where: Place) -> bool:
    """Whether it is an archive's folder."""
    from picdesk.archive.store import is_archive

    return where.is_dir() and is_archive(where)


def gather(where: Place, columns: Mapping[str, str], into: Gathering) -> None:  # noqa: ARG001 - formats are called alike
    """Take each story with the photo that was picked for it last; what was rejected or taken back is no pair.

    The day is that of publication, else that of the choice. Earlier picks of a story are counted as standing there
    twice: a text on both sides of a split would be a leak.

    Raises:
        InputError: nothing was picked.
    """
    from picdesk.archive.choices import PICKED
    from picdesk.archive.store import Store

    store = Store.open(where)
    picked = [choice for choice in store.choices.standing() if choice.verdict == PICKED]
    if not picked:
        raise InputError(
            f"{printable(str(where))} is an archive without choices",
            "Pick photos for stories at the desk (picdesk serve), or carry over a list of choices: "
            "picdesk choices import ARCHIVE FILE",
        )
    uris = {photo: row["uri"] for photo, row in store.by_ids(_once(picked), ["id", "uri"]).items()}
    for choice in reversed(picked):
        uri = uris.get(choice.photo)
        into.take(
            choice.article,
            choice.headline or choice.lead,
            choice.photo,
            uri if uri is not None and is_there(uri) else None,
            day=choice.published or choice.when.date(),
        )


def _once(choices: Iterable[Choice]) -> list[str]:
    return list(dict.fromkeys(choice.photo for choice in choices))
