"""A data set of the benchmark as it was read, whatever its edition."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from picdesk.records import Article


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetPhoto:
    """A photo that a data set names.

    Attributes:
        name: what run files call it: the image id; the hash or the file's stem where there is none.
        path: its file; ``None`` where it is not here.
        url: where it was published; empty where not said.
        hash: what the organisers' column ``hashvalue`` says of it; empty where it says nothing.
    """

    name: str
    path: Path | None = None
    url: str = ""
    hash: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """Something missing or doubtful, how often, and where first.

    Attributes:
        what: such as ``rows that are blank``.
        count: how often.
        examples: the first few: file and line, or an id.
    """

    what: str
    count: int
    examples: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.count:,} {self.what}" + (f" ({', '.join(self.examples)})" if self.examples else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """Articles, photos, and which belong together.

    Attributes:
        name: the folder's name.
        edition: ``2021`` to ``2026``.
        articles: each once, in the order of the files. Ids are those that ground truth and runs carry: the number in
            2021 (never the obfuscated one), 2025 and 2026, the address in 2022 and 2023.
        photos: each once: those that rows name in their order, then files that no row names.
        pairs: article id -> photo name, where the data set says it.
        parts: ``train``, ``test``, ``subset``, ``gdelt-p1``, ... -> article ids.
        aliases: other id -> article id: obfuscated ids of 2021, numbers of 2022 and 2023.
        english: article id -> the organisers' machine translation, where there is one.
        notes: what is missing or doubtful.
    """

    name: str
    edition: str
    articles: tuple[Article, ...]
    photos: tuple[DatasetPhoto, ...]
    pairs: Mapping[str, str]
    parts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)
    english: Mapping[str, Article] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
