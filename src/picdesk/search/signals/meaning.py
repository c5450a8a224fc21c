"""The meaning signal: the cosine between a query's text and what is said about every photo."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from picdesk.archive.captions import Captions
from picdesk.encoders.static.model import LANGUAGE as SHIPPED_LANGUAGE
from picdesk.encoders.static.model import NAME as SHIPPED_NAME
from picdesk.errors import InputError
from picdesk.search.signals.vectors import VectorSignal
from picdesk.search.vectors import query_vector, text_vectors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from picdesk.archive.schema import StoredEncoder
    from picdesk.archive.store import Store
    from picdesk.encoders import Encoder
    from picdesk.records import Query
    from picdesk.search.memory import Memory

NAME = "meaning"


class MeaningSignal(VectorSignal):
    """Cosines between a query's text and the captions of photos, by the archive's text model; all are compared.

    Args:
        store: the archive.
        entry: the text model's column.
        vector: ``(d,)`` unit vector of the query's text.
        memory: what is kept of the archive.
        exact: compare all, whatever index there is.
    """

    def __init__(
        self, store: Store, entry: StoredEncoder, vector: NDArray[np.float32], memory: Memory, *, exact: bool = False
    ) -> None:
        super().__init__(store, entry, vector, memory, kind=NAME, exact=exact)

    @property
    def name(self) -> str:
        """``meaning``, whichever model reads the captions: an answer's reader need not know its name."""
        return NAME


def meaning_signal(
    store: Store, query: Query, memory: Memory, *, exact: bool = False
) -> tuple[MeaningSignal | None, tuple[str, ...]]:
    """The signal of a query, and what the reader of the answer should know of it.

    There is none, and nothing to say, where nothing is said of any photo, or the query has neither text nor words.
    """
    asked = _asked(query)
    entry, model, notes = reader_of(store)
    if entry is None or model is None or asked is None:
        return None, notes if asked else ()
    if not _is_read(query, model):
        said = (
            f"captions were not searched by meaning: '{model.name}' reads English, the story is in '{query.language}'"
        )
        return None, (said,)
    try:
        vector = query_vector(model, asked)
    except InputError:
        return None, (f"the text model '{model.name}' knows no word of this story: captions were not read by meaning",)
    return MeaningSignal(store, entry, vector, memory, exact=exact), (*notes, *memory.about_index(entry))


def meaning_vectors(store: Store, queries: Sequence[Query]) -> tuple[StoredEncoder | None, NDArray[np.float32]]:
    """The column of captions and unit rows ``(n, d)`` of many queries; NaN for one that the model cannot read."""
    entry, model, _ = reader_of(store)
    if entry is None or model is None:
        return None, np.empty((len(queries), 0), dtype=np.float32)
    rows = np.full((len(queries), model.dimension), np.nan, dtype=np.float32)
    asked = [
        (number, query)
        for number, one in enumerate(queries)
        if (query := _asked(one)) is not None and _is_read(query, model)
    ]
    try:
        vectors = text_vectors(model, [query for _, query in asked]) if asked else rows[:0]
        rows[[number for number, _ in asked]] = vectors
    except InputError:
        for number, query in asked:  # one story without a word that the model knows must not cost the others theirs
            rows[number] = _one(model, query)
    return entry, rows


def reader_of(store: Store) -> tuple[StoredEncoder | None, Encoder | None, tuple[str, ...]]:
    """The column of captions, the model that reads queries for it where both are here, and what is to be said."""
    entry = store.meaning()
    if entry is None:
        return None, None, _unread(store)
    model = Captions(store).model()
    if model is None:
        return entry, None, (f"captions were read by {entry}, which is not in {entry.location}: searched without them",)
    if model.fingerprint != entry.fingerprint:
        return entry, None, (f"captions were read by {entry} of another Picdesk; read them again: picdesk compact",)
    if not store.meanings_complete():
        return entry, model, ("not all captions have been read for their meaning yet; finish with: picdesk compact",)
    return entry, model, ()


def _unread(store: Store) -> tuple[str, ...]:
    from picdesk.archive.captions import SAYS_SOMETHING

    if Captions(store).model() is not None and store.count(SAYS_SOMETHING):
        return ("captions have not been read for their meaning yet; read them with: picdesk compact",)
    return ()


def _is_read(query: Query, model: Encoder) -> bool:
    """Whether a model can read a query's language; an encoder that somebody chose is taken at their word."""
    return model.name != SHIPPED_NAME or query.language in (None, "", SHIPPED_LANGUAGE)


def _asked(query: Query) -> Query | None:
    """The query's texts, else its words as a text; its picture is another signal's."""
    if any(text.strip() for text in query.texts):
        return replace(query, image=None)
    return replace(query, image=None, texts=(query.words,), weights=()) if query.words.strip() else None


def _one(model: Encoder, query: Query) -> NDArray[np.float32]:
    try:
        return np.asarray(text_vectors(model, [query])[0])
    except InputError:
        return np.full(model.dimension, np.nan, dtype=np.float32)
