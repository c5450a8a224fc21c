"""The meaning of captions: what is said about a photo, as one vector of a text model beside its row.

The promise: the vector belongs to the words that the row has now, or there is none. It is written in one commit with
the words, so that a process killed at any moment leaves no photo with the meaning of other words.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from picdesk.archive.schema import MEANING, StoredEncoder, optional_vectors
from picdesk.encoders.long_text import encode_long
from picdesk.errors import InputError, MissingError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from picdesk.archive.store import Store
    from picdesk.encoders import Encoder

TEXT_FIELDS = ("caption", "headline", "keywords", "people", "place", "file_words")
"""Columns that ``caption_text`` reads."""

SAYS_SOMETHING = (
    "caption IS NOT NULL OR headline IS NOT NULL OR place IS NOT NULL OR array_length(keywords) > 0"
    " OR array_length(people) > 0 OR file_words != ''"
)

ENGLISH = "English"
"""The language of an archive's words that the shipped model can read."""

FILLED_AT_ONCE = 1 << 15
"""Photos in a commit where captions of an older archive are read: 16 MB of vectors."""


def caption_text(row: Mapping[str, Any]) -> str:
    """What is said about a photo, as one text; "" where nothing is.

    The caption, the headline, the keywords, the people and the place, each once. The words of the file's name count
    only where there is neither caption nor headline: agencies' file names repeat these, or say nothing.
    """
    told = [row["caption"], row["headline"]]
    said = [*told, *(row["keywords"] or ()), *(row["people"] or ()), row["place"]]
    if not any(told):
        said.insert(0, row["file_words"])
    return "\n".join(dict.fromkeys(part.strip() for part in said if part and part.strip()))


def caption_vectors(model: Encoder, texts: Sequence[str]) -> NDArray[np.float32]:
    """Unit rows ``(n, d)`` of what is said about photos; NaN where nothing is, or no word that the model knows.

    A text over the model's limit is read in windows, none of it is cut.
    """
    vectors = np.full((len(texts), model.dimension), np.nan, dtype=np.float32)
    there = [number for number, text in enumerate(texts) if text]
    if not there:
        return vectors
    try:
        vectors[there] = encode_long(model, [texts[number] for number in there], "pool").vectors
    except InputError:
        for number in there:  # one text without a word that the model knows must not cost the others theirs
            vectors[number] = _vector(model, texts[number])
    return vectors


def _vector(model: Encoder, text: str) -> NDArray[np.float32]:
    try:
        return np.asarray(encode_long(model, [text], "pool").vectors[0])
    except InputError:
        return np.full(model.dimension, np.nan, dtype=np.float32)


class Captions:
    """Reads the captions of an archive.

    An archive has one text model for them, in a column that comes with the first words. Where an encoder was chosen
    for it and is not here, photos are left without a vector until it is.

    Args:
        store: the archive.
        wanted: the encoder to read captions with; ``None`` for the archive's own, else the one that ships with Picdesk,
            where the archive's words are English.
    """

    def __init__(self, store: Store, wanted: Encoder | None = None) -> None:
        self._store = store
        self._wanted = wanted
        self._found: tuple[str, Encoder | None] | None = None

    def columns(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, pa.Array]:
        """The column of vectors for some rows, by its name; nothing where nothing was ever said in this archive."""
        texts = list(map(caption_text, rows))
        entry = self._store.meaning()
        if entry is None and not any(texts):
            return {}
        model = self.model()
        if model is None:
            return {} if entry is None else {entry.column: self._kept(entry, rows, texts)}
        vectors = caption_vectors(model, texts)
        if entry is None and np.isnan(vectors[:, 0]).all():
            return {}
        return {self._admitted(model).column: optional_vectors(vectors)}

    def fill(self, *, again: bool = False, stop: Callable[[], bool] = lambda: False) -> int:
        """Read the captions that have no vector yet: those of an older archive, or of another model.

        Args:
            again: look through the archive although nothing is known to be missing.
            stop: asked between commits.

        Returns:
            how many photos were given a vector.
        """
        entry = self._store.meaning()
        model = self.model()
        if model is None or (self._is_current(entry, model) and self._store.meanings_complete() and not again):
            return 0
        if entry is None and not self._store.count(SAYS_SOMETHING):
            return 0
        entry = self._admitted(model)
        filled = 0
        lacking = self._store.rows(["id", *TEXT_FIELDS], f"{entry.column} IS NULL AND ({SAYS_SOMETHING})")
        waiting: list[dict[str, Any]] = []
        for batch in lacking:
            waiting += batch.to_pylist()
            if len(waiting) >= FILLED_AT_ONCE:
                filled += self._write(model, entry, waiting)
                waiting = []
                if stop():
                    return filled
        filled += self._write(model, entry, waiting)
        self._store.mark_meanings(complete=True)
        return filled

    def model(self) -> Encoder | None:
        """What reads the captions; ``None`` where the archive's own is not here, or its words are not English.

        The model that ships reads English alone: meanings made of other languages' syllables would order photos at
        random.
        """
        from picdesk.encoders.static import shipped_texts

        if self._wanted is not None:
            return self._wanted
        entry = self._store.meaning()
        if entry is None:
            return shipped_texts() if self._store.language == ENGLISH else None
        if entry.name == shipped_texts().name:
            return shipped_texts()
        if self._found is None or self._found[0] != entry.fingerprint:
            self._found = entry.fingerprint, _loaded(entry)
        return self._found[1]

    def _kept(self, entry: StoredEncoder, rows: Sequence[Mapping[str, Any]], texts: Sequence[str]) -> pa.Array:
        """The vectors that are there already, of photos whose words have not changed; of any other, none."""
        there = self._store.by_ids([row["id"] for row in rows], ["id", *TEXT_FIELDS, entry.column])
        vectors = np.full((len(rows), entry.dimension), np.nan, dtype=np.float32)
        for number, (row, text) in enumerate(zip(rows, texts, strict=True)):
            before = there.get(row["id"])
            if before and before[entry.column] is not None and caption_text(before) == text:
                vectors[number] = before[entry.column]
        if np.isnan(vectors[:, 0]).any() and self._store.meanings_complete():
            self._store.mark_meanings(complete=False)
        return optional_vectors(vectors)

    def _admitted(self, model: Encoder) -> StoredEncoder:
        entry = self._store.meaning()
        if entry is not None and self._is_current(entry, model):
            return entry
        return self._store.admit_meaning(StoredEncoder.of(model, MEANING))

    def _is_current(self, entry: StoredEncoder | None, model: Encoder) -> bool:
        return entry is not None and entry.fingerprint == model.fingerprint

    def _write(self, model: Encoder, entry: StoredEncoder, rows: Sequence[Mapping[str, Any]]) -> int:
        import pyarrow as pa

        vectors = caption_vectors(model, list(map(caption_text, rows)))
        known = ~np.isnan(vectors[:, 0])
        if known.any():
            ids = pa.array([row["id"] for row in rows], pa.string()).filter(pa.array(known))
            self._store.update(pa.table({"id": ids, entry.column: optional_vectors(vectors[known])}))
        return int(known.sum())


def _loaded(entry: StoredEncoder) -> Encoder | None:
    try:
        encoder = _at(entry.location, entry.fingerprint)
    except MissingError:
        return None
    return encoder if encoder.fingerprint == entry.fingerprint and encoder.has_texts else None


@functools.lru_cache(maxsize=2)
def _at(location: str, fingerprint: str) -> Encoder:  # noqa: ARG001 - other weights in the same place are another one
    """An encoder, loaded once for all the searches of a process."""
    from picdesk.encoders import load_encoder

    return load_encoder(location)
