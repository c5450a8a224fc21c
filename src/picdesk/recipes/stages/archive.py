"""Encode the photos of a side into an archive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from picdesk.recipes.stories import photos_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from picdesk.photos.sources.found import Found, Source
    from picdesk.recipes.stages.stage import Job
    from picdesk.recipes.stories import Shown

VERSION = 1


@dataclass(frozen=True, slots=True)
class SidePhotos:
    """The photos of a side as a source of an archive; their words are those of the addresses they were published at.

    Attributes:
        label: what messages call the source.
        photos: in order.
    """

    label: str
    photos: Sequence[Shown]

    def __iter__(self) -> Iterator[Found]:
        from picdesk.photos.locate import to_path
        from picdesk.photos.sources.found import found_file
        from picdesk.photos.words import file_words

        for photo in self.photos:
            yield found_file(to_path(photo.uri)[0], name=photo.name, file_words=file_words(photo.url))

    def count(self) -> int:
        """How many."""
        return len(self.photos)


def run(job: Job) -> None:
    """Fill ``archive``; what a killed run has encoded is not encoded again.

    Raises:
        Interrupted: it was stopped.
        NothingFound: not one photo could be taken.
    """
    from picdesk.archive.add import add_photos
    from picdesk.archive.store import Store
    from picdesk.encoders import load_encoder
    from picdesk.errors import NothingFound

    encoders = [load_encoder(place) for place in job.models()]
    store = Store.create(job.folder / "archive")
    source = _source(job)
    total = source.count()
    added = add_photos(
        store,
        [source],
        encoders,
        progress=lambda so_far: job.tell(so_far.seen, total, "photos"),
        stop=job.watch.stop,
    )
    job.check()
    if not store.count():
        why = added.problems[0][1] if added.problems else "there is none"
        raise NothingFound(f"no photo of {source.label} could be taken: {why}", "Check the folder of the data.")


def _source(job: Job) -> Source:
    if "photos" in job.settings:
        from picdesk.photos.sources import open_source

        where = job.root(str(job.settings["photos"]))
        return open_source(str(where), format=str(job.settings["format"]) or None)
    photos = photos_of(job.done["read"], str(job.settings["side"]), job.root(str(job.settings["data"])))
    return SidePhotos(label=job.stage.name, photos=photos)
