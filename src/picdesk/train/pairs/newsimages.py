"""Any edition of NewsImages: headline and photo of each article."""

from __future__ import annotations

from typing import TYPE_CHECKING

from picdesk.errors import InputError
from picdesk.newsimages.editions import read_dataset
from picdesk.photos.locate import to_uri

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from picdesk.train.pairs.pair import Gathering


def recognises(where: Path) -> bool:
    """Whether it is a folder that holds a data set of the benchmark."""
    if not where.is_dir():
        return False
    try:
        return bool(read_dataset(where).pairs)
    except InputError:
        return False


def gather(where: Path, columns: Mapping[str, str], into: Gathering) -> None:  # noqa: ARG001 - columns are fixed
    """Take every article that has a photo; the organisers' translation counts where there is one."""
    dataset = read_dataset(where)
    paths = {photo.name: photo.path for photo in dataset.photos}
    for article in dataset.articles:
        photo = dataset.pairs.get(article.id, "")
        path = paths.get(photo)
        text = dataset.english.get(article.id, article).headline or article.headline
        into.take(article.id, text, photo, to_uri(path.resolve()) if path else None, day=article.published)
