"""The small public surface: an archive that is filled, searched, checked."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from os import fspath
from pathlib import Path
from typing import TYPE_CHECKING

from picdesk.errors import InputError, MissingError, PhotoError
from picdesk.records import Name, Query

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from os import PathLike

    from picdesk.archive.add import Added
    from picdesk.archive.compact import Compacted
    from picdesk.archive.info import Info
    from picdesk.archive.store import Store
    from picdesk.archive.verify import Problem
    from picdesk.articles.names import Gazetteer
    from picdesk.articles.reading import Reading
    from picdesk.encoders import Encoder
    from picdesk.records import Article, Photo, Ranking, Run, Truth
    from picdesk.search.confidence.calibration import Calibration
    from picdesk.search.dual_softmax import DualSoftmax
    from picdesk.search.memory import Memory
    from picdesk.search.published import Published
    from picdesk.search.tune import Tuned


def open_archive(path: str | PathLike[str], encoder: str | PathLike[str] | Sequence[str] | None = None) -> Archive:
    """Open an archive of photos; ``add`` makes it where there is none yet.

    Args:
        path: the archive's folder.
        encoder: a name, a folder, or several; without it, those that filled the archive.

    Raises:
        EncoderMissing: no such encoder here.
        EncoderMismatch: an encoder of that name with other weights filled the archive.
    """
    names = [] if encoder is None else list(encoder) if isinstance(encoder, list | tuple) else [encoder]
    archive = Archive(Path(path), list(dict.fromkeys(str(name) for name in names)))
    if names and archive.exists:
        archive.refuse_impostors()
    return archive


class Archive:
    """Photos, the words said about them, and their vectors.

    Args:
        path: its folder.
        encoders: names or folders of the encoders to use; empty for those that filled it.
    """

    def __init__(self, path: Path, encoders: Sequence[str] = ()) -> None:
        self.path = path
        self._encoders = list(encoders)
        self._names: tuple[int, Gazetteer] | None = None

    @property
    def exists(self) -> bool:
        """Whether there is an archive in the folder yet."""
        from picdesk.archive.store import is_archive

        return is_archive(self.path)

    def __len__(self) -> int:
        return self._store.count() if self.exists else 0

    def __bool__(self) -> bool:
        return True

    def add(
        self,
        *sources: str | PathLike[str],
        format: str | None = None,
        columns: Mapping[str, str] | None = None,
        language: str | None = None,
        workers: int | None = None,
        again: bool = False,
        progress: Callable[[Added], None] = lambda _: None,
        stop: Callable[[], bool] = lambda: False,
    ) -> Added:
        """Put photos in: folders, lists (CSV, TSV, Parquet, JSONL), tar shards, NewsImages folders, single files.

        Every photo is kept once, by the hash of its bytes; what is there already is not encoded again. A file that
        cannot be taken is recorded with its reason and the rest goes on.

        Args:
            sources: where the photos are.
            format: the kind of source, where it shall not be recognised by itself.
            columns: for a list, which of its columns holds which field (``{"caption": "Beschreibung"}``).
            language: English name of the word index's language, for a new archive ("German").
            workers: threads that read and decode; one a core by default.
            again: take photos back in that were removed.
            progress: called with the counts so far.
            stop: asked between photos; after a yes the run ends cleanly.

        Raises:
            SourceError: a source cannot be read at all; what came before it is kept.
            ArchiveBusy: another process is adding.
            EncoderMismatch: an encoder of the same name with other weights filled the archive.
        """
        from picdesk.archive.add import add_photos
        from picdesk.archive.store import Store
        from picdesk.photos.sources import open_source

        opened = [open_source(fspath(source), format=format, columns=columns) for source in sources]
        encoders = [self._loaded(name) for name in self._encoders]
        for encoder in encoders:
            if not encoder.has_images:
                raise InputError(f"encoder '{encoder.name}' has no image side", "Give one that has: visual/model.onnx.")
        store = Store.create(self.path, language)
        self.__dict__["_store"] = store
        encoders = encoders or [self._loaded(entry.location) for entry in store.encoders()]
        return add_photos(store, opened, encoders, workers=workers, again=again, progress=progress, stop=stop)

    def search(
        self,
        what: Article | Query | str | None = None,
        *,
        image: bytes | PathLike[str] | None = None,
        like: Sequence[str] = (),
        k: int = 10,
        reading: Reading | str | PathLike[str] | None = None,
        rights: str | None = None,
        credit: str | None = None,
        after: dt.date | None = None,
        before: dt.date | None = None,
        orientation: str | None = None,
        filter: str | None = None,
        where: str | None = None,
        fusion: str | None = None,
        weights: Mapping[str, float] | None = None,
        near: dt.date | None = None,
        published: str | PathLike[str] | None = None,
        duplicates: bool = False,
        variety: float = 0.0,
        explain: bool = False,
        risk: float | None = None,
    ) -> Ranking:
        """The photos that fit a story best, each with its raw signals, its credit and its rights.

        Args:
            what: an article, its text, or a query. In a text of one line ``-word`` leaves photos out that say so, and
                ``"two words"`` counts where both stand together.
            image: a picture to look for, as bytes or as a path.
            like: names or ids of photos of the archive; more photos like these are looked for.
            k: how many hits.
            reading: how the article becomes a query: settings, the name of a published reading, or a TOML file.
            rights: words in rights, usage terms or instructions ("editorial").
            credit: words in the credit line.
            after: taken on this day or later.
            before: taken on this day or earlier.
            orientation: ``landscape``, ``portrait`` or ``square``.
            filter: conditions joined by and, or, not: ``credit:AP and not ai and (place:Berlin or people:Merkel)``.
            where: SQL over the archive's columns.
            fusion: how signals are joined: ``evidence``, ``convex``, ``zscore``, ``minmax`` or ``rrf``.
            weights: name or kind of a signal -> its weight in that.
            near: photos taken near this day are put higher.
            published: a table of published articles and their photos, such as ``newsarticles.csv``; photos of similar
                articles are put higher.
            duplicates: show photos of the same picture apart, instead of one with the others as its siblings.
            variety: 0 to 1, how much photos shall be unlike one another.
            explain: say of each hit why it is there.
            risk: the probability of a misfit that is accepted, for an archive with a calibration.

        Raises:
            ArchiveDamaged: the archive's calibration cannot be read.
            ArchiveError: no archive there.
            EncoderMismatch: the encoder given did not fill this archive; both are named.
            EncoderMissing: a search by picture without an encoder that can see.
            FilterError: a filter that makes no sense.
            InputError: no such reading, fusion or photo, several photos of that name, or a variety or risk that makes
                no sense.
            NothingFound: no photo is called so.
            MissingError: a model that the reading needs is not here, or a calibration that a risk needs.
        """
        from picdesk.search.confidence.calibration import reading_id
        from picdesk.search.filters import Filters
        from picdesk.search.search import search
        from picdesk.search.settings import settings_of
        from picdesk.search.shown import Shown

        filters = Filters(
            rights=rights,
            credit=credit,
            after=after,
            before=before,
            orientation=orientation,
            filter=filter,
            where=where,
        )
        query = _with_image(what if isinstance(what, Query) else self._typed_query(what, reading), image)
        if like:
            query = replace(query, like=(*query.like, *(self.photo(name).id for name in like)))
        encoders, notes = self._for_search(query)
        return search(
            self._store,
            query,
            encoders,
            k=k,
            filters=filters,
            notes=notes,
            settings=settings_of(self.path).asked(fusion, weights or {}),
            near=near,
            published=None if published is None else self._published(Path(published)),
            memory=self._memory,
            shown=Shown(
                duplicates=duplicates,
                variety=variety,
                explain=explain,
                risk=risk,
                reading="" if isinstance(what, Query) else reading_id(_reading(reading)),
            ),
        )

    def rank(
        self,
        articles: Iterable[Article],
        *,
        name: str = "picdesk",
        depth: int = 100,
        reading: Reading | str | PathLike[str] | None = None,
        words: bool = True,
        dual_softmax: DualSoftmax | None = None,
        one_to_one: bool = False,
        no_repeats: bool = False,
        duplicates: bool = True,
        rights: str | None = None,
        credit: str | None = None,
        after: dt.date | None = None,
        before: dt.date | None = None,
        orientation: str | None = None,
        filter: str | None = None,
        where: str | None = None,
        progress: Callable[[int], None] = lambda _: None,
    ) -> Run:
        """The photos that fit many articles, each article's in order; every photo is compared.

        Args:
            articles: each with an id of its own.
            name: of the run.
            depth: how many photos an article is given at most.
            reading: how an article becomes a query: settings, the name of a published reading, or a TOML file.
            words: whether the word index is asked beside the encoders.
            dual_softmax: how the encoders' cosines are revised (`picdesk.search.dual_softmax`); not at all by default.
            one_to_one: every article's first photo is its own alone, so that the sum of the scores is the largest; the
                run's scores are minus the rank then.
            no_repeats: no photo is given to two articles.
            duplicates: whether photos of one answer that show the same picture all stay; else the best alone does.
            rights: as for `search`, and so all that follow.
            credit: words in the credit line.
            after: taken on this day or later.
            before: taken on this day or earlier.
            orientation: ``landscape``, ``portrait`` or ``square``.
            filter: conditions joined by and, or, not: ``credit:AP and not ai and (place:Berlin or people:Merkel)``.
            where: SQL over the archive's columns.
            progress: called with the number of articles ranked so far.

        Raises:
            EncoderMismatch: the encoder given did not fill this archive; both are named.
            FilterError: a filter that makes no sense.
            InputError: no such reading, an article without an id, or two with the same.
            MissingError: an encoder of the archive, or a model that the reading needs, is not here.
        """
        from picdesk.search.filters import Filters
        from picdesk.search.rank import rank

        filters = Filters(
            rights=rights,
            credit=credit,
            after=after,
            before=before,
            orientation=orientation,
            filter=filter,
            where=where,
        )
        settings = _reading(reading)
        gazetteer = self._gazetteer(settings)
        return rank(
            self._store,
            [(_id_of(article), _to_query(article, settings, gazetteer)) for article in articles],
            # A run is compared with others: one made without an encoder that is gone would not be the same run.
            [self._loaded(place) for place in self._encoders or [entry.location for entry in self._store.encoders()]],
            name=name,
            depth=depth,
            filters=filters,
            words=words,
            dual_softmax=dual_softmax,
            one_to_one=one_to_one,
            no_repeats=no_repeats,
            duplicates=duplicates,
            progress=progress,
        )

    def calibrate(
        self,
        articles: Iterable[Article],
        *,
        truth: Truth | None = None,
        ratings: Mapping[str, Mapping[str, float]] | None = None,
        reading: Reading | str | PathLike[str] | None = None,
        folds: int = 5,
        seed: int = 0,
        progress: Callable[[int], None] = lambda _: None,
    ) -> Calibration:
        """Learn how probable it is that a hit fits, and keep it in the archive: searches say it from then on.

        Args:
            articles: each with an id of its own.
            truth: which photos fit them, as `picdesk.read_truth` gives it.
            ratings: instead of a truth, article -> photo's name -> share of people to whom it fits, as
                `picdesk.search.confidence.labels.rated_photos` gives it.
            reading: how an article becomes a query: settings, the name of a published reading, or a TOML file.
            folds: parts of the cross-validation.
            seed: deals the articles out to the parts.
            progress: called with the number of articles searched so far.

        Raises:
            EncoderMismatch: the encoder given did not fill this archive; both are named.
            InputError: not one of truth and ratings, an article without an id, or too little to learn from.
            MissingError: an encoder of the archive, or a model that the reading needs, is not here.
        """
        import numpy as np

        from picdesk.search.confidence.calibration import reading_id, write_calibration
        from picdesk.search.confidence.labels import RatingLabels, TruthLabels, ids_of_names
        from picdesk.search.confidence.of_archive import calibrate_archive

        if (truth is None) == (ratings is None):
            raise InputError("nothing says which photos fit", "Give either a truth or ratings.")
        settings = _reading(reading)
        gazetteer = self._gazetteer(settings)
        calibration = calibrate_archive(
            self._store,
            [(_id_of(article), _to_query(article, settings, gazetteer)) for article in articles],
            [self._loaded(place) for place in self._encoders or [entry.location for entry in self._store.encoders()]],
            TruthLabels(truth) if truth else RatingLabels(ratings or {}, ids_of_names(self._store)),
            np.random.default_rng(seed),
            reading=reading_id(settings),
            folds=folds,
            progress=progress,
        )
        write_calibration(self.path, calibration)
        return calibration

    def tune(
        self,
        articles: Iterable[Article],
        truth: Truth,
        *,
        output: str | PathLike[str] | None = None,
        reading: Reading | str | PathLike[str] | None = None,
        folds: int = 5,
        seed: int = 0,
        progress: Callable[[int], None] = lambda _: None,
    ) -> tuple[Tuned, Path]:
        """Fit how the archive's signals are joined, on articles whose photo is known, and keep it for `search`, `rank`.

        Args:
            articles: each with an id of its own.
            truth: which photos fit, by name.
            output: a file for the settings; without it they go into the archive.
            reading: how an article becomes a query: settings, the name of a published reading, or a TOML file.
            folds: parts of the articles; each is measured with weights fitted on the others.
            seed: the same seed, the same numbers.
            progress: called with the number of articles asked so far.

        Returns:
            What was found, and the file it was written to.

        Raises:
            InputError: a single signal, too few articles, a truth that does not fit, or a file that cannot be written.
            MissingError: an encoder of the archive, or a model that the reading needs, is not here.
        """
        from picdesk.search.settings import FILE, write_settings
        from picdesk.search.tune import tune

        settings = _reading(reading)
        gazetteer = self._gazetteer(settings)
        tuned = tune(
            self._store,
            [(_id_of(article), _to_query(article, settings, gazetteer)) for article in articles],
            [self._loaded(place) for place in self._encoders or [entry.location for entry in self._store.encoders()]],
            truth,
            folds=folds,
            seed=seed,
            progress=progress,
        )
        file = self.path / FILE if output is None else Path(output)
        chosen = next(row for row in tuned.rows if row.kind == "fitted" and row.name == tuned.chosen)
        write_settings(
            tuned.settings,
            file,
            [
                "How the signals of this archive are joined, fitted by picdesk tune; without this file: the defaults.",
                f"MRR@100 {chosen.mean:.4f} ({chosen.low:.4f}-{chosen.high:.4f}), {chosen.gain:+.4f} over "
                f"{tuned.best_alone!r} alone, cross-validated.",
            ],
        )
        return tuned, file

    def to_query(self, story: Article | str | None, reading: Reading | str | PathLike[str] | None = None) -> Query:
        """What a search asks for a story, with a record of every step; the names that this archive knows are found.

        Args:
            story: an article, or its text.
            reading: settings, the name of a published reading, or a TOML file.

        Raises:
            InputError: no such reading.
            MissingError: a model that the reading needs is not here.
        """
        if story is None:
            return Query()
        from picdesk.articles import article_from_text

        settings = _reading(reading)
        article = article_from_text(story) if isinstance(story, str) else story
        return _to_query(article, settings, self._gazetteer(settings))

    def names(self) -> Gazetteer:
        """The people, places and keywords of the archive, to be found in stories; read again where it has changed.

        Raises:
            ArchiveError: no archive there.
        """
        from picdesk.search.known_names import known_names

        version = self._store.photos.version
        if self._names is None or self._names[0] != version:
            self._names = version, known_names(self._store)
        return self._names[1]

    def photo(self, name: str) -> Photo:
        """The one photo of that name, id (8 digits or more), URI or path.

        Raises:
            NothingFound: no photo is called so.
            InputError: several are.
        """
        from picdesk.archive.remove import find_one

        return find_one(self._store, name)

    def remove(self, *named: str, where: str | None = None, missing: bool = False) -> tuple[Photo, ...]:
        """Take photos out; they are gone from every later answer. Originals are not touched.

        Args:
            named: names, ids, URIs or paths.
            where: SQL over the archive's columns; every photo it finds goes.
            missing: also photos whose original is gone.

        Raises:
            NothingFound: a name that no photo has; nothing was changed then.
            InputError: a name that several photos have; nothing was changed then.
        """
        from picdesk.archive.remove import remove_photos

        return remove_photos(self._store, named, where=where, missing=missing)

    def verify(self, *, originals: bool = True, progress: Callable[[int], None] = lambda _: None) -> list[Problem]:
        """Check every promise of the archive; an empty list is the proof.

        Args:
            originals: read every original again and compare its hash.
            progress: called with the number of originals read so far.
        """
        from picdesk.archive.verify import verify

        return verify(self._store, originals=originals, progress=progress)

    def compact(self) -> Compacted:
        """Give back the room of removed photos and superseded versions."""
        from picdesk.archive.compact import compact

        return compact(self._store)

    def info(self) -> Info:
        """What is in the archive."""
        from picdesk.archive.info import info

        return info(self._store)

    def refuse_impostors(self) -> None:
        """Check that no encoder given has the name of another one that filled the archive.

        Raises:
            EncoderMismatch: one has; both are named.
        """
        from picdesk.archive.schema import StoredEncoder

        for name in self._encoders:
            self._store.check_name(StoredEncoder.of(self._loaded(name)))

    @cached_property
    def _store(self) -> Store:
        from picdesk.archive.store import Store

        return Store.open(self.path)

    @cached_property
    def _by_location(self) -> dict[str, Encoder]:
        return {}

    def _loaded(self, where: str) -> Encoder:
        from picdesk.encoders import load_encoder

        if where not in self._by_location:
            self._by_location[where] = load_encoder(self._place_of(where))
        return self._by_location[where]

    def _place_of(self, encoder: str) -> str:
        """A folder on disk wins; else the name of an encoder that filled the archive means that one."""
        try:
            if Path(encoder).exists() or not self.exists:
                return encoder
        except OSError:  # too long for a path; loading says what is wrong
            return encoder
        return next((entry.location for entry in self._store.encoders() if entry.name == encoder), encoder)

    @cached_property
    def _memory(self) -> Memory:
        from picdesk.search.memory import Memory

        return Memory(self._store)

    def _published(self, file: Path) -> Published:
        from picdesk.search.published import read_published

        return read_published(self._store, file)

    def _typed_query(self, story: Article | str | None, reading: Reading | str | PathLike[str] | None) -> Query:
        """A query of a story; what is left out of a line, and what belongs together in it, is no part of its words."""
        from picdesk.articles import article_from_text
        from picdesk.search.typed import take_apart

        article = article_from_text(story) if isinstance(story, str) else story
        if article is None or article.read_by != "text" or article.lead or article.text:
            return self.to_query(article, reading)
        typed = take_apart(article.headline)
        if typed.without and not typed.text:
            raise InputError("there is nothing to search for", "Put a word without a minus beside what to leave out.")
        query = self.to_query(replace(article, headline=typed.text), reading)
        together = tuple(Name(text=phrase, source="typed") for phrase in typed.phrases)
        return replace(query, article=article, names=(*query.names, *together), without=typed.without)

    def _gazetteer(self, reading: Reading) -> Gazetteer | None:
        return self.names() if "gazetteer" in reading.names.sources and self.exists else None

    def _for_search(self, query: Query) -> tuple[list[Encoder], list[str]]:
        """The encoders that a query can use; one of the archive's own that is gone is said, not passed over."""
        if self._encoders:
            return [self._loaded(name) for name in self._encoders], []
        encoders, notes = [], []
        for entry in self._store.encoders():
            try:
                encoders.append(self._loaded(entry.location))
            except MissingError as error:
                if query.image is not None:
                    raise
                notes.append(f"searched without encoder '{entry.name}': {error.message}")
        return encoders, notes


def _reading(reading: Reading | str | PathLike[str] | None) -> Reading:
    from picdesk.articles.reading import DEFAULT, Reading, load_reading

    if reading is None:
        return DEFAULT
    return reading if isinstance(reading, Reading) else load_reading(fspath(reading))


def _to_query(article: Article, reading: Reading, gazetteer: Gazetteer | None) -> Query:
    from picdesk.articles import to_query

    return to_query(article, reading, gazetteer=gazetteer)


def _id_of(article: Article) -> str:
    if not article.id:
        raise InputError(
            f"an article has no id: {article.headline[:60]!r}", "A run names articles by their ids: give each one."
        )
    return article.id


def _with_image(query: Query, image: bytes | PathLike[str] | None) -> Query:
    if image is None:
        return query
    from picdesk.photos.locate import read_bytes, to_uri

    if isinstance(image, bytes):
        return replace(query, image=image)
    try:
        return replace(query, image=read_bytes(to_uri(Path(image))))
    except PhotoError as error:
        raise PhotoError(f"the picture {image} cannot be read: {error.message}", error.hint) from None
