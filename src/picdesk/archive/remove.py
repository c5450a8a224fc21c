"""Photos are taken out: gone from every later answer at once, and kept out until they are asked back in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from picdesk.archive.locks import removing
from picdesk.archive.schema import sql_text
from picdesk.errors import InputError, NothingFound
from picdesk.photos.locate import to_path, to_uri

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
        missing: also those whose original is gone. They may come back with their file; all others are kept out of
            later runs of ``add``.

    Returns:
        the photos taken out, by id.

    Raises:
        NothingFound: a name that no photo has; nothing is removed then.
        InputError: a name that several photos have; nothing is removed then.
    """
    if not named and not where and not missing:
        raise InputError("no photo was named", "Give names, ids, URIs or paths, or use --where or --missing.")
    with removing(store.folder):
        chosen = {photo.id: photo for name in named for photo in [find_one(store, name)]}
        if where:
            chosen |= {photo.id: photo for photo in store.photos_where(where)}
        gone = {photo.id: photo for photo in _without_original(store)} if missing else {}
        if not chosen and not gone:
            raise NothingFound("no photo to remove", "Nothing in the archive matches; nothing was changed.")
        # The record comes first: a kill in between leaves a photo that is still there, never one that comes back.
        if chosen:
            store.refuse(
                [{"uri": photo.uri, "reason": "removed on request", "id": photo.id} for photo in chosen.values()]
            )
        photos = chosen | gone
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
    places = {name, to_uri(Path(name).absolute())} if "\x00" not in name else {name}
    conditions = [f"name = {sql_text(name)}", f"array_has(copy_names, {sql_text(name)})"]
    for place in sorted(places):
        conditions += [f"uri = {sql_text(place)}", f"array_has(copy_uris, {sql_text(place)})"]
    if len(name) >= ID_PREFIX and all(digit in "0123456789abcdef" for digit in name):
        conditions.append(f"starts_with(id, {sql_text(name)})")
    return store.photos_where(" OR ".join(conditions))


def _without_original(store: Store) -> list[Photo]:
    return [photo for photo in store.photos_where("true") if not to_path(photo.uri)[0].exists()]
