"""A made-up part of YFCC100M in its public layout: tables as Flickr's were exported, pictures drawn."""

from __future__ import annotations

import random
import tarfile
from dataclasses import dataclass
from hashlib import md5
from typing import TYPE_CHECKING
from urllib.parse import quote_plus

from tests.drawn.scenes import draw_scene, jpeg_bytes

if TYPE_CHECKING:
    from pathlib import Path

WORDS = ("harbour", "bridge", "market", "parade", "river", "snow", "football", "concert", "café", "mountain", "école")
DEEDS = {
    "Attribution License": "http://creativecommons.org/licenses/by/2.0/",
    "Attribution-ShareAlike License": "http://creativecommons.org/licenses/by-sa/2.0/",
    "Attribution-NonCommercial-NoDerivs License": "http://creativecommons.org/licenses/by-nc-nd/2.0/",
}


@dataclass(frozen=True)
class MadePhoto:
    """What is known of a photo that was made up."""

    photo_id: str
    url: str
    hash: str
    title: str
    tags: tuple[str, ...]
    licence: tuple[str, str]
    seed: int

    @property
    def values(self) -> list[str]:
        """The 25 columns."""
        name, deed = self.licence
        owner = f"{10_000_000 + self.seed}@N00"
        return [
            str(self.seed),
            self.photo_id,
            self.hash,
            owner,
            quote_plus(f"Zoë {self.seed}"),
            f"2012-02-{1 + self.seed % 28:02d} 09:56:37.0",
            "1331840483",
            "Canon+PowerShot+ELPH+310+HS",
            quote_plus(self.title),
            quote_plus(f'A view of the {self.tags[0]}, <a href="http://x.org/">seen</a> &amp; drawn'),
            ",".join(quote_plus(tag) for tag in self.tags),
            "camera%3Amake%3Dcanon",
            "-81.804885",
            "24.550558",
            "12",
            f"http://www.flickr.com/photos/{owner}/{self.photo_id}/",
            self.url,
            name,
            deed,
            "7205",
            "8",
            "dfa7a1f21b",
            "3a1fcdd2c2",
            "jpg",
            "0",
        ]

    @property
    def line(self) -> str:
        return "\t".join(self.values) + "\n"


def plain_hash(url: str) -> str:
    """As the public code has it: two digits a byte, then leading zeros taken away."""
    digits = md5(url.encode(), usedforsecurity=False).hexdigest()
    return "".join(digits[at : at + 2].lstrip("0") or "0" for at in range(0, 32, 2))


def make_shard(count: int, shard: str = "a1f", seed: int = 0) -> list[MadePhoto]:
    """Photos whose hashes all begin with the shard's letters, as in a shard of the public bucket.

    An address is tried until its MD5 falls into the shard, one in 4,096 does.
    """
    chance, number = random.Random(seed), 0
    made: list[MadePhoto] = []
    while len(made) < count:
        number += 1
        photo_id = str(6_000_000_000 + number)
        url = f"http://farm8.staticflickr.com/7205/{photo_id}_dfa7a1f21b.jpg"
        # The quick half of the test first: the whole hash is made for one in 4,096.
        if not md5(url.encode(), usedforsecurity=False).hexdigest().startswith(shard):
            continue
        hashed = plain_hash(url)
        if not hashed.startswith(shard):
            continue
        tags = tuple(chance.sample(WORDS, 3))
        title = f"{tags[0].title()} & {tags[1]} in {2004 + chance.randrange(10)}"
        licence = list(DEEDS.items())[len(made) % len(DEEDS)]
        made.append(MadePhoto(photo_id, url, hashed, title, tags, licence, len(made)))
    return made


def picture(photo: MadePhoto) -> bytes:
    """Drawn, and small, so that a thousand cost seconds."""
    return jpeg_bytes(draw_scene(photo.seed, size=(64, 48)))


def write_folders(root: Path, photos: list[MadePhoto]) -> None:
    """``data/images/a1f/0b2/a1f0b2....jpg``."""
    for photo in photos:
        folder = root / "data/images" / photo.hash[:3] / photo.hash[3:6]
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{photo.hash}.jpg").write_bytes(picture(photo))


def write_tar(path: Path, photos: list[MadePhoto]) -> None:
    """One tar a shard, its members in the public folders."""
    import io

    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w") as tar:
        for photo in photos:
            data = picture(photo)
            member = tarfile.TarInfo(f"{photo.hash[:3]}/{photo.hash[3:6]}/{photo.hash}.jpg")
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
