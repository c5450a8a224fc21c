"""Photos are taken out: gone from every later answer at once, and kept out until they are asked back in."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from picdesk.archive.places import prune
from picdesk.archive.schema import photo_of, sql_text
from picdesk.errors import InputError, NothingFound, PhotoError
from picdesk.objects.address import is_address
from picdesk.photos.locate import to_place, to_uri, valid_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from picdesk.archive.store import Store
    from picdesk.records import Photo

ID_PREFIX = 8
"""A photo's id may be shortened to this many digits."""


def remove_photos(
    store: Store, named: Sequence[str] = (), *, where: str | None = None, missing: bool = False
) -> tuple[Photo, ...]:
    """Take photos out of an archive; their originals are not touched.

    Args:
        store: the archive.
        named: names, ids (shortened to 8 digits or more), URIs or paths.
        where: SQL over the archive's columns; every photo it finds goes.
        missing: also those whose original is gone; places where nothing lies any more are forgotten. These photos may
            come back with their files; all others are kept out of later runs of ``add``.

    Returns:
        the photos taken out, by id.

    Raises:
        NothingFound: a name that no photo has; nothing is removed then.
        InputError: a name that several photos have; nothing is removed then.
    """
    if not named and not where and not missing:
        raise InputError("no photo was named", "Give names, ids, URIs or paths, or use --where or --missing.")
    with store.removing():
        chosen = {photo.id: photo for name in named for photo in [find_one(store, name)]}
        if where:
            chosen |= {photo.id: photo for photo in store.photos_where(where)}
        gone = _without_original(store) if missing else []
        if not chosen and not gone and not missing:
            raise NothingFound("no photo to remove", "Nothing in the archive matches; nothing was changed.")
        # The record comes first: a kill in between leaves a photo that is still there, never one that comes back.
        if chosen:
            store.refuse(
                [{"uri": photo.uri, "reason": "removed on request", "id": photo.id} for photo in chosen.values()]
            )
        photos = chosen | {photo.id: photo for photo in gone}
        store.delete(sorted(photos))
    return tuple(photos[photo_id] for photo_id in sorted(photos))


def find_one(store: Store, name: str) -> Photo:
    """The one photo that a name, an id, a URI or a path means.

    Raises:
        NothingFound: no photo is called so.
        InputError: several are.
    """
    found = find_photos(store, name)
    if not found:
        raise NothingFound(f"no photo is called {name!r}", "Give a name, an id, a URI or a path; nothing was changed.")
    if len(found) > 1:
        some = ", ".join(photo.id[:12] for photo in found[:5])
        raise InputError(f"{len(found)} photos are called {name!r}: {some}", "Give an id; nothing was changed.")
    return found[0]


def find_photos(store: Store, name: str) -> list[Photo]:
    """The photos that a name, an id (8 digits or more), a URI or a path means."""
    places = _places(name)
    name = valid_text(name)
    conditions = [f"name = {sql_text(name)}", f"array_has(copy_names, {sql_text(name)})"]
    for place in sorted(places):
        conditions += [f"uri = {sql_text(place)}", f"array_has(copy_uris, {sql_text(place)})"]
    if len(name) >= ID_PREFIX and all(digit in "0123456789abcdef" for digit in name):
        conditions.append(f"starts_with(id, {sql_text(name)})")
    return store.photos_where(" OR ".join(conditions))


def _places(name: str) -> set[str]:
    """The URIs that a name may mean: itself, and as a path, with links to folders followed as sources do."""
    try:
        if is_address(name):
            return {valid_text(name), *_addresses(name)}
        path = Path(name)
        return {valid_text(name), to_uri(path.absolute()), to_uri(path.parent.resolve() / path.name)}
    except (OSError, ValueError, RuntimeError):  # too long for a path, a zero byte, a loop of links
        return {valid_text(name)}


def _addresses(name: str) -> set[str]:
    """Both ways in which an address is written: percent-encoded, and as its key is."""
    found = set()
    for text in (name, quote(name, safe=":/#")):
        with suppress(PhotoError):
            found.add(to_uri(*to_place(text)))
    return found


def _without_original(store: Store) -> list[Photo]:
    """Photos that lie nowhere any more, once dead places of the others are forgotten.

    Raises:
        InputError: whole folders are gone, as where a disk is not mounted.
    """
    nowhere = [photo_of(row) for row in store.by_ids(prune(store)).values()]
    folders = {to_place(photo.uri)[0].parent for photo in nowhere}
    unmounted = sorted((folder for folder in folders if not folder.exists()), key=str)
    if unmounted:
        raise InputError(
            f"{unmounted[0]} is gone as a whole; is its disk mounted?",
            "Nothing was removed. To take out what lay there: "
            f"picdesk remove ARCHIVE --where \"starts_with(uri, '{to_uri(unmounted[0])}/')\"",
        )
    return nowhere
