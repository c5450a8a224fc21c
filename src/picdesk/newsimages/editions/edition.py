"""What sets an edition apart from the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """The layout of an edition's folder.

    Attributes:
        name: the year.
        is_this: whether a folder is of this edition: table's path below the folder, in lower case -> its fields.
        parts: the parts that a table's articles belong to, by its path below the folder in lower case.
        belongs: whether a table is the edition's at all (run files lie in the same folder); by the same path.
        id_field: the column that names an article in runs: ``article`` or ``url``.
        headerless: fields of a table without header, in their order; by the same path, empty where there is none.
        reveal: the true id behind the one in a table of that path.
        tags_in_text: whether a table's column ``text`` holds tags; by the same path.
        language: ISO 639-1, where the edition says it; by the same path.
    """

    name: str
    is_this: Callable[[Mapping[str, frozenset[str]]], bool]
    parts: Callable[[str], tuple[str, ...]] = lambda _: ()
    belongs: Callable[[str], bool] = lambda _: True
    id_field: str = "article"
    headerless: Callable[[str], Sequence[str]] = lambda _: ()
    reveal: Callable[[str, str], str] = lambda _, written: written
    tags_in_text: Callable[[str], bool] = lambda _: False
    language: Callable[[str], str | None] = lambda _: None
