"""Which photo an article is given: the best placed one that can be used."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from picdesk.errors import PhotoError
from picdesk.newsimages.submission.look import Looks, look_of
from picdesk.newsimages.submission.png import text_chunks
from picdesk.photos.decode import decode
from picdesk.photos.locate import read_bytes, to_uri

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from PIL.Image import Image


@dataclass(frozen=True, slots=True)
class Chosen:
    """A photo in shape.

    Attributes:
        name: the photo's name.
        image: the picture.
        texts: text chunks of the photo's file.
        enlarged: whether the picture needed more pixels than the photo has.
    """

    name: str
    image: Image
    texts: tuple[bytes, ...]
    enlarged: bool


class Chooser:
    """Gives photos to articles, run by run, and remembers what it gave.

    Args:
        files: name -> file.
        fit: brings an image into a size.
        size: pixels, width and height.
        unique: no picture twice in a run, nor in two runs for one article.
        originals: pictures that must not be used.
    """

    def __init__(
        self,
        files: Mapping[str, Path],
        fit: Callable[[Image, tuple[int, int]], Image],
        size: tuple[int, int],
        *,
        unique: bool,
        originals: Looks | None,
    ) -> None:
        self._files, self._fit, self._size = files, fit, size
        self._unique, self._originals = unique, originals
        self._in_run = Looks()
        self._given: defaultdict[str, Looks] = defaultdict(Looks)
        self._looks: dict[str, tuple[int, int]] = {}
        self._unusable: dict[str, str] = {}
        self.passed_over: Counter[str] = Counter()
        """How often a better placed photo was not taken, by reason."""

    def start_run(self) -> None:
        """Another run begins: what was given in the last one may be given again, to other articles."""
        self._in_run = Looks()

    def choose(self, article: str, ranked: Iterable[str]) -> Chosen | str:
        """The article's photo, or the reason why its best placed one could not be used.

        Args:
            article: its id.
            ranked: names of photos, best first.
        """
        first = "the run has no photo for it"
        reasons: list[str] = []
        for name in ranked:
            reason = self._ruled_out(article, name)
            taken = None if reason else self._in_shape(name)
            if taken:
                # A look is only known once the photo was read; the second question is then about it.
                reason = self._ruled_out(article, name)
            if taken and not reason:
                self._remember(article, name)
                self.passed_over.update(reasons)
                return taken
            reasons.append(reason or self._unusable[name])
        return reasons[0] if reasons else first

    def _ruled_out(self, article: str, name: str) -> str:
        if name not in self._files:
            return "its file is not among the photos"
        if name in self._unusable:
            return self._unusable[name]
        look = self._looks.get(name)
        if look is None:
            return ""
        if self._originals and self._originals.first_like(look) is not None:
            return "it is an original of the organisers"
        if self._unique and self._in_run.first_like(look) is not None:
            return "another article of the run has it"
        if self._unique and self._given[article].first_like(look) is not None:
            return "another run gives it to the same article"
        return ""

    def _in_shape(self, name: str) -> Chosen | None:
        try:
            data = read_bytes(to_uri(self._files[name]))
            photo = decode(data, smallest_side=2 * max(self._size))
        except PhotoError as error:
            self._unusable[name] = f"it cannot be read: {error.message}"
            return None
        image = self._fit(photo.image, self._size)
        self._looks.setdefault(name, look_of(image))
        enlarged = photo.width < self._size[0] and photo.height < self._size[1]
        return Chosen(name, image, text_chunks(data), enlarged)

    def _remember(self, article: str, name: str) -> None:
        self._in_run.add(name, self._looks[name])
        self._given[article].add(name, self._looks[name])
