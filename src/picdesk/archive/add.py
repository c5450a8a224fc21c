"""Photos come in: read, hash, decode, encode, commit; each photo once, whatever happens in between.

Reading, decoding and encoding are done by whoever prepares photos: threads of this process, or a cluster. What is kept
is decided here, in the order in which the photos were found, and committed here. A commit is one batch; a process
killed at any moment loses no more than that, and the next run goes on behind it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from picdesk.archive.batch import Batch
from picdesk.archive.captions import Captions
from picdesk.archive.known import Known
from picdesk.archive.neighbours.kept import kept_indexes
from picdesk.archive.places import settle
from picdesk.archive.prepare import Prepared, in_threads, vectors_of
from picdesk.archive.schema import StoredEncoder
from picdesk.archive.take import KeptOut, Refused, Result, Taken
from picdesk.errors import ClusterUnavailable, InputError, SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from picdesk.archive.prepare import Preparer, Vectors
    from picdesk.archive.store import Store
    from picdesk.encoders import Encoder
    from picdesk.photos.sources import Source

ENCODE_BATCH = 32
COMMIT_PHOTOS = 256
COMMIT_PHOTOS_ELSEWHERE = 4096
"""Where others prepare photos they may come quickly, and commits cost the same whatever is in them."""
COMMIT_SECONDS = 10.0
TIDY_COMMITS = 100
"""Small files are joined after so many commits, then after twice as many and so on: readers of a long run stay
fast, and each photo is rewritten a few times only."""
SHOWN_PROBLEMS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """What came of adding photos; while it runs, the counts so far.

    Attributes:
        seen: files met.
        kept: photos that are new in the archive.
        already: files whose photo the archive had.
        refused: files that were not taken; table ``refused`` holds the reasons.
        removed: files whose photo was taken out on request and stays out.
        replaced: photos that left because their file now holds another picture.
        encoded: photos that were given vectors.
        seconds: time since the start.
        stopped: whether it was stopped before the end.
        problems: the first refusals, as (uri, reason).
    """

    seen: int = 0
    kept: int = 0
    already: int = 0
    refused: int = 0
    removed: int = 0
    replaced: int = 0
    encoded: int = 0
    seconds: float = 0.0
    stopped: bool = False
    problems: tuple[tuple[str, str], ...] = ()


def add_photos(
    store: Store,
    sources: Sequence[Source],
    encoders: Sequence[Encoder] = (),
    *,
    meaning: Encoder | None = None,
    workers: int | None = None,
    prepare: Preparer | None = None,
    again: bool = False,
    progress: Callable[[Added], None] = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
) -> Added:
    """Put the photos of ``sources`` into an archive.

    Args:
        store: the archive.
        sources: where photos come from.
        encoders: every photo gets a vector of each; photos that are there already are given the missing ones.
        meaning: reads the captions; ``None`` for what read them before, else the text model that ships with Picdesk.
        workers: threads that read and decode; one a core where it is None.
        prepare: what reads, decodes and encodes instead of threads of this process.
        again: take photos back in that were taken out on request.
        progress: called with the counts so far, about once an encoder batch.
        stop: asked between photos; after a yes, what is decoded is committed and the rest is left.

    Raises:
        ArchiveBusy: another process is adding.
        ClusterUnavailable: the cluster that prepares photos was lost; what came before is kept.
        EncoderMismatch: an encoder of the same name but with other weights filled the archive.
        InputError: the encoder for captions has no text side.
    """
    if meaning is not None and not meaning.has_texts:
        raise InputError(f"encoder '{meaning.name}' has no text side", "Give one that has: textual/model.onnx.")
    commit_photos = COMMIT_PHOTOS_ELSEWHERE if prepare else COMMIT_PHOTOS
    prepare = prepare or partial(in_threads, workers=workers, batch=ENCODE_BATCH)
    with store.adding():
        run = _Run(store, encoders, Captions(store, meaning), commit_photos, again=again, progress=progress)
        try:
            for prepared in prepare(sources, run.known, run.encoders, stop):
                run.keep(prepared)
        except (SourceError, ClusterUnavailable):
            run.finish(stop)  # what came before is kept
            raise
        return run.finish(stop)


class _Run:
    """One run of ``add_photos``: what is known, what waits for the next commit, and the counts."""

    def __init__(
        self,
        store: Store,
        encoders: Sequence[Encoder],
        captions: Captions,
        commit_photos: int,
        *,
        again: bool,
        progress: Callable[[Added], None],
    ) -> None:
        self._started = self._committed = time.monotonic()
        self._store = store
        entries = [store.admit(StoredEncoder.of(encoder)) for encoder in encoders]
        self.encoders = {entry.column: encoder for entry, encoder in zip(entries, encoders, strict=True)}
        self.known = Known.load(store, entries, forgive=again)
        self._captions = captions
        self._batch = Batch(store, self.known, captions)
        self._commit_photos = commit_photos
        self._progress = progress
        self._commits = 0
        self._tidy_at = TIDY_COMMITS
        self._counts = Added()

    def keep(self, prepared: Prepared) -> None:
        """Take in what is new, and commit when enough has come together."""
        self._count(seen=prepared.seen, already=prepared.already)
        self._counts = replace(self._counts, stopped=prepared.stopped)
        results = prepared.results
        vectors = self._vectors(prepared)
        for result in results:
            match self._fit(result, vectors):
                case Taken() as taken:
                    new = self._batch.add(taken, vectors.get(taken.id, {}))
                    self._count(kept=int(new), already=int(not new))
                case Refused(found=found, reason=reason) as refused:
                    self._batch.refuse(refused)
                    shown = (*self._counts.problems, (found.uri, reason))[:SHOWN_PROBLEMS]
                    self._counts = replace(self._counts, refused=self._counts.refused + 1, problems=shown)
                case KeptOut():
                    self._count(removed=1)
        if len(self._batch) >= self._commit_photos or time.monotonic() - self._committed > COMMIT_SECONDS:
            self._commit()
        self._report()

    def finish(self, stop: Callable[[], bool]) -> Added:
        """Commit the rest, settle who owns which place, bring meanings and the word index up to date."""
        self._commit()
        replaced = settle(self._store, self.known.disputed)
        self._count(replaced=replaced)
        filled = 0 if self._counts.stopped else self._captions.fill(stop=stop)
        if self._commits or replaced or filled or not self._store.has_word_index():
            self._store.index_words()
            kept_indexes(self._store).settle()
        return self._report()

    def _fit(self, result: Result, vectors: Mapping[str, object]) -> Result:
        """A photo that should have vectors now and has none is refused."""
        if isinstance(result, Taken) and self._is_waited_for(result) and result.id not in vectors:
            return Refused(found=result.found, reason="an encoder has no vector for this picture")
        return result

    def _is_waited_for(self, taken: Taken) -> bool:
        """Whether a photo still lacks vectors; the same bytes may have come by since it was decoded."""
        waits = self._batch.has_vectors(taken.id)
        return bool(taken.lacks) and not waits and bool(self.known.lacks(taken.id))

    def _vectors(self, prepared: Prepared) -> Vectors:
        """Vectors of the photos that lack some, by photo and column; made here where nobody has encoded them yet."""
        results = [result for result in prepared.results if isinstance(result, Taken)]
        fresh = {result.id: result for result in results if self._is_waited_for(result)}
        if prepared.vectors is None:
            vectors = vectors_of(list(fresh.values()), self.encoders)
        else:
            vectors = {photo: of_photo for photo, of_photo in prepared.vectors.items() if photo in fresh}
        self._count(encoded=len(vectors))
        return vectors

    def _commit(self) -> None:
        if len(self._batch):
            self._batch.commit()
            self._commits += 1
            if self._commits == self._tidy_at:
                self._store.tidy()
                self._tidy_at *= 2
        self._committed = time.monotonic()

    def _count(self, **more: int) -> None:
        self._counts = replace(self._counts, **{name: getattr(self._counts, name) + n for name, n in more.items()})

    def _report(self) -> Added:
        counts = replace(self._counts, seconds=time.monotonic() - self._started)
        self._progress(counts)
        return counts
