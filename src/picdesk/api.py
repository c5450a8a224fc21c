"""The small public surface: an archive that is filled, searched, checked."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from functools import cached_property, partial
from os import fspath
from pathlib import Path
from typing import TYPE_CHECKING

from picdesk.archive.opened_encoders import OpenedEncoders
from picdesk.errors import InputError
from picdesk.objects import place_of
from picdesk.records import Query
from picdesk.search.stories import Stories, reading_named, with_image

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from os import PathLike
    from typing import Any, Unpack

    from picdesk.archive.add import Added
    from picdesk.archive.choices import Choice, ChoiceDetails
    from picdesk.archive.compact import Compacted
    from picdesk.archive.info import Info
    from picdesk.archive.neighbours.built import BuiltIndex
    from picdesk.archive.neighbours.protocol import Progress
    from picdesk.archive.store import Store
    from picdesk.archive.uses import Use, UseDetails
    from picdesk.archive.verify import Problem
    from picdesk.articles.names import Gazetteer
    from picdesk.articles.reading import Reading
    from picdesk.encoders import Encoder
    from picdesk.objects import Place
    from picdesk.records import Article, Photo, Ranking, Run, Truth
    from picdesk.search.confidence.calibration import Calibration
    from picdesk.search.dual_softmax import DualSoftmax
    from picdesk.search.filters.options import FilterOptions
    from picdesk.search.memory import Memory
    from picdesk.search.published import Published
    from picdesk.search.tune import Tuned


def open_archive(path: str | PathLike[str], encoder: str | PathLike[str] | Sequence[str] | None = None) -> Archive:
    """Open an archive of photos; ``add`` makes it where there is none yet.

    Args:
        path: the archive's folder, or its address in an object store: ``s3://bucket/photos``, ``gs://``, ``az://``.
        encoder: a name, a folder, or several; without it, those that filled the archive.

    Raises:
        EncoderMissing: no such encoder here.
        EncoderMismatch: an encoder of that name with other weights filled the archive.
    """
    names = [] if encoder is None else list(encoder) if isinstance(encoder, list | tuple) else [encoder]
    archive = Archive(place_of(path), list(dict.fromkeys(str(name) for name in names)))
    if names and archive.exists:
        archive.refuse_impostors()
    return archive


class Archive:
    """Photos, the words said about them, and their vectors.

    Args:
        path: its folder, or its place in an object store.
        encoders: names or folders of the encoders to use; empty for those that filled it.
        dressed: what is used in an encoder's stead, such as one that remembers texts.
    """

    def __init__(
        self,
        path: Place,
        encoders: Sequence[str] = (),
        *,
        dressed: Callable[[Encoder], Encoder] = lambda encoder: encoder,
    ) -> None:
        self.path = path
        self._encoders = OpenedEncoders(encoders, lambda: self._store if self.exists else None, dressed)
        self._stories = Stories(lambda: self._store if self.exists else None)

    @property
    def exists(self) -> bool:
        """Whether there is an archive in the folder yet."""
        from picdesk.archive.store import is_archive

        return is_archive(self.path)

    @property
    def version(self) -> int:
        """Number of the archive's last change, by whatever process; what was read of another one may be out of date.

        Raises:
            ArchiveError: no archive there.
        """
        return int(self._store.photos.version)

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
        meaning: str | PathLike[str] | None = None,
        workers: int | None = None,
        on: str | None = None,
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
            meaning: an encoder with a text side, a name or a folder, that reads captions instead of the text model
                that ships with Picdesk; all captions of the archive are read with it, and queries from then on.
            workers: threads that read and decode; one a core by default.
            on: a Ray cluster that reads and encodes instead of this process: ``ray`` (the one of ``$RAY_ADDRESS``, else
                one on this machine), ``ray://HOST:10001`` or ``HOST:6379``. This process alone writes to the archive.
            again: take photos back in that were removed.
            progress: called with the counts so far.
            stop: asked between photos; after a yes the run ends cleanly.

        Raises:
            SourceError: a source cannot be read at all; what came before it is kept.
            ArchiveBusy: another process is adding.
            ClusterUnavailable: the cluster does not answer or was lost; what came before is kept.
            EncoderMissing: no such encoder here.
            EncoderMismatch: an encoder of the same name with other weights filled the archive.
        """
        from picdesk.archive.add import add_photos
        from picdesk.archive.store import Store
        from picdesk.photos.sources import open_source

        if on is not None and workers is not None:
            raise InputError("workers are threads of this machine, and a cluster does the work", "Leave one out.")
        opened = [open_source(fspath(source), format=format, columns=columns) for source in sources]
        encoders = self._encoders.asked()
        for encoder in encoders:
            if not encoder.has_images:
                raise InputError(f"encoder '{encoder.name}' has no image side", "Give one that has: visual/model.onnx.")
        reader = None if meaning is None else self._encoders.load(fspath(meaning))
        with ExitStack() as until_done:
            prepare = None
            if on is not None:
                from picdesk.cluster.adding import on_cluster
                from picdesk.cluster.connect import connected

                prepare = partial(on_cluster, until_done.enter_context(connected(on)))
            store = Store.create(self.path, language)
            self.__dict__["_store"] = store
            return add_photos(
                store,
                opened,
                encoders or self._encoders.all(),
                meaning=reader,
                workers=workers,
                prepare=prepare,
                again=again,
                progress=progress,
                stop=stop,
            )

    def search(
        self,
        what: Article | Query | str | None = None,
        *,
        image: bytes | PathLike[str] | None = None,
        like: Sequence[str] = (),
        k: int = 10,
        reading: Reading | str | PathLike[str] | None = None,
        fusion: str | None = None,
        weights: Mapping[str, float] | None = None,
        near: dt.date | None = None,
        published: str | PathLike[str] | None = None,
        bank: bool = False,
        exact: bool = False,
        duplicates: bool = False,
        variety: float = 0.0,
        explain: bool = False,
        risk: float | None = None,
        **filters: Unpack[FilterOptions],
    ) -> Ranking:
        """The photos that fit a story best, each with its raw signals, its credit and its rights.

        Args:
            what: an article, its text, or a query. In a text of one line ``-word`` leaves photos out that say so, and
                ``"two words"`` counts where both stand together.
            image: a picture to look for, as bytes or as a path.
            like: names or ids of photos of the archive; more photos like these are looked for.
            k: how many hits.
            reading: how the article becomes a query: settings, the name of a published reading, or a TOML file.
            fusion: how signals are joined: ``evidence``, ``convex``, ``zscore``, ``minmax`` or ``rrf``.
            weights: name or kind of a signal -> its weight in that.
            near: photos taken near this day are put higher.
            published: a table of published articles and their photos, such as ``newsarticles.csv``; photos of similar
                articles are put higher.
            bank: weigh encoders' cosines beside the past queries that `rank` has kept: a photo that suits many of them
                counts less.
            exact: compare every photo, whatever neighbour index there is.
            duplicates: show photos of the same picture apart, instead of one with the others as its siblings.
            variety: 0 to 1, how much photos shall be unlike one another.
            explain: say of each hit why it is there.
            risk: the probability of a misfit that is accepted, for an archive with a calibration.
            filters: which photos may be in an answer, every one given must hold: ``rights``, ``credit``, ``place``,
                ``people`` (words in them), ``after``, ``before`` (days), ``orientation``, ``width``, ``height`` (pixels
                at least), ``ai``, ``filter`` (``credit:AP and not ai and (place:Berlin or people:Merkel)``) and
                ``where`` (SQL over the archive's columns); see `picdesk.search.filters.Filters`.

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

        query = with_image(what if isinstance(what, Query) else self._stories.typed(what, reading), image)
        if like:
            query = replace(query, like=(*query.like, *(self.photo(name).id for name in like)))
        encoders, notes = self._encoders.there(needed=query.image is not None)
        return search(
            self._store,
            query,
            encoders,
            k=k,
            filters=Filters(**filters),
            notes=notes,
            settings=settings_of(self.path).asked(fusion, weights or {}),
            near=near,
            published=None if published is None else self._published(Path(published)),
            bank=bank,
            exact=exact,
            memory=self._memory,
            shown=Shown(
                duplicates=duplicates,
                variety=variety,
                explain=explain,
                risk=risk,
                reading="" if isinstance(what, Query) else reading_id(reading_named(reading)),
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
        keep_bank: bool = False,
        near: bool = False,
        published: str | PathLike[str] | None = None,
        device: str | None = None,
        on: str | None = None,
        progress: Callable[[int], None] = lambda _: None,
        compared: Callable[[int, int], None] = lambda _, __: None,
        **filters: Unpack[FilterOptions],
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
            keep_bank: the queries' vectors are kept in the archive, so that later searches can be weighed beside them.
            near: photos taken near the day of an article are put higher.
            published: a table of published articles and their photos, such as ``newsarticles.csv``; photos of similar
                articles are put higher. No article profits from its own row.
            device: where photos are compared: ``cpu``, ``cuda``, ``cuda:N``; ``None`` for a card where there is one.
            on: a Ray cluster that compares the photos in parts instead of this process, as for `add`; this process
                reads the archive and the texts, and asks the word index.
            progress: called with the number of articles ranked so far.
            compared: called with the number of photos compared so far and of how many, before the first article.
            filters: which photos may be in an answer, as for `search`.

        Raises:
            EncoderMismatch: the encoder given did not fill this archive; both are named.
            FilterError: a filter that makes no sense.
            InputError: no such reading or device, an article without an id, or two with the same.
            MissingError: an encoder of the archive, or a model that the reading needs, is not here; or no such card.
        """
        from picdesk.search.filters import Filters
        from picdesk.search.rank import rank

        settings = reading_named(reading)
        if on is not None and device is not None:
            raise InputError("a device is of this machine, and a cluster does the work", "Leave one out.")
        with ExitStack() as until_done:
            shards = None
            if on is not None:
                from picdesk.cluster.comparing import share_among
                from picdesk.cluster.connect import connected

                shards = partial(share_among, until_done.enter_context(connected(on)))
            return rank(
                self._store,
                self._stories.queries(articles, settings),
                self._encoders.all(),
                name=name,
                depth=depth,
                filters=Filters(**filters),
                words=words,
                dual_softmax=dual_softmax,
                one_to_one=one_to_one,
                no_repeats=no_repeats,
                duplicates=duplicates,
                keep_bank=keep_bank,
                near=near,
                published=None if published is None else self._published(Path(published)),
                device=device,
                shards=shards,
                progress=progress,
                compared=compared,
            )

    def calibrate(
        self,
        articles: Iterable[Article] = (),
        *,
        truth: Truth | None = None,
        ratings: Mapping[str, Mapping[str, float]] | None = None,
        choices: bool = False,
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
            choices: instead of both, what was picked and rejected in this archive; its stories are the articles.
            reading: how an article becomes a query: settings, the name of a published reading, or a TOML file.
            folds: parts of the cross-validation.
            seed: deals the articles out to the parts.
            progress: called with the number of articles searched so far.

        Raises:
            EncoderMismatch: the encoder given did not fill this archive; both are named.
            InputError: not one of truth, ratings and choices, an article without an id, or too little to learn from.
            MissingError: an encoder of the archive, or a model that the reading needs, is not here.
        """
        import numpy as np

        from picdesk.search.confidence.calibration import reading_id, write_calibration
        from picdesk.search.confidence.chosen_labels import ChoiceLabels, chosen_articles
        from picdesk.search.confidence.labels import RatingLabels, TruthLabels, ids_of_names
        from picdesk.search.confidence.of_archive import calibrate_archive

        if (truth is not None) + (ratings is not None) + choices != 1:
            raise InputError("nothing says which photos fit", "Give one of a truth, ratings or choices.")
        labels = (
            ChoiceLabels(self._store)
            if choices
            else TruthLabels(truth)
            if truth
            else RatingLabels(ratings or {}, ids_of_names(self._store))
        )
        settings = reading_named(reading)
        calibration = calibrate_archive(
            self._store,
            self._stories.queries(chosen_articles(self._store) if choices else articles, settings),
            self._encoders.all(),
            labels,
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
        near: bool = False,
        published: str | PathLike[str] | None = None,
        folds: int = 5,
        seed: int = 0,
        progress: Callable[[int], None] = lambda _: None,
        compared: Callable[[int, int], None] = lambda _, __: None,
    ) -> tuple[Tuned, Place]:
        """Fit how the archive's signals are joined, on articles whose photo is known, and keep it for `search`, `rank`.

        Args:
            articles: each with an id of its own.
            truth: which photos fit, by name.
            output: a file for the settings; without it they go into the archive.
            reading: how an article becomes a query: settings, the name of a published reading, or a TOML file.
            near: whether the nearness of the photo's day to the article's is a signal too.
            published: a table of published articles and their photos, for one more signal; no article profits from its
                own row, but the weight holds for searches that are given such a table alone.
            folds: parts of the articles; each is measured with weights fitted on the others.
            seed: the same seed, the same numbers.
            progress: called with the number of articles asked so far.
            compared: called with the number of photos compared so far and of how many, before the first article.

        Returns:
            What was found, and the file it was written to.

        Raises:
            InputError: a single signal, too few articles, a truth that does not fit, or a file that cannot be written.
            MissingError: an encoder of the archive, or a model that the reading needs, is not here.
        """
        from picdesk.search.settings import FILE
        from picdesk.search.tune import tune
        from picdesk.search.tune.write import write_tuned

        settings = reading_named(reading)
        tuned = tune(
            self._store,
            self._stories.queries(articles, settings),
            self._encoders.all(),
            truth,
            near=near,
            published=None if published is None else self._published(Path(published)),
            folds=folds,
            seed=seed,
            progress=progress,
            compared=compared,
        )
        file = self.path / FILE if output is None else Path(output)
        write_tuned(tuned, file)
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
        return self._stories.query(story, reading)

    def names(self) -> Gazetteer:
        """The people, places and keywords of the archive, to be found in stories; read again where it has changed.

        Raises:
            ArchiveError: no archive there.
        """
        return self._stories.names(self._store)

    def photo(self, name: str) -> Photo:
        """The one photo of that name, id (8 digits or more), URI or path.

        Raises:
            NothingFound: no photo is called so.
            InputError: several are.
        """
        from picdesk.archive.remove import find_one

        return find_one(self._store, name)

    def choose(
        self, photo: Photo | str, article: Article, verdict: str = "picked", **said: Unpack[ChoiceDetails]
    ) -> Choice:
        """Write down that a photo was picked or rejected for a story; what was chosen trains and calibrates.

        Args:
            photo: of this archive, or its name or id.
            article: the story; a headline is enough.
            verdict: ``picked`` or ``rejected``.
            said: who chose it (``who``), and how it was found: ``rank``, ``signals``, ``confidence``, ``query``,
                ``reading``, ``desk``; see `picdesk.archive.choices.Choice`.

        Raises:
            InputError: another verdict, a story without words, or several photos of that name.
            NothingFound: no photo is called so.
        """
        found = self.photo(photo if isinstance(photo, str) else photo.id)
        return self._store.choices.choose(article, found, verdict, **said)

    def choices(self, *, article: str | None = None, who: str | None = None, history: bool = False) -> list[Choice]:
        """What was picked and rejected and not taken back, oldest first; photos that have left the archive too.

        Args:
            article: only for the story of this id.
            who: only by this person.
            history: everything that ever was, with what was taken back and what replaced it.
        """
        log = self._store.choices
        if not history:
            return log.standing(article=article, who=who)
        return [one for one in log.every() if article in (None, one.article) and who in (None, one.who)]

    def import_choices(self, file: str | PathLike[str]) -> tuple[int, int, int]:
        """Put in the choices that ``picdesk choices export`` wrote of another archive, CSV or JSON Lines.

        Returns:
            How many were read, how many of them are new, and how many are of photos that are not here.

        Raises:
            InputError: the file is none, or a row of it is no choice.
        """
        from picdesk.archive.choices_file import read_choices

        read = read_choices(Path(file))
        here = self._store.by_ids(sorted({choice.photo for choice in read}), ["id"])
        return len(read), self._store.choices.take(read), sum(choice.photo not in here for choice in read)

    def use(self, photo: Photo | str, article: Article | None = None, **said: Unpack[UseDetails]) -> Use:
        """Write down that a photo was used; every later search warns of it, and filters can leave it out.

        Args:
            photo: of this archive, or its name or id.
            article: the story that it was used for.
            said: ``when`` (now by default), ``outlet``, ``who``, ``slot``, ``box`` and ``size``; see
                `picdesk.archive.uses.Use`.

        Raises:
            InputError: a box that is no part of a photo, or several photos of that name.
            NothingFound: no photo is called so.
        """
        return self._store.uses.use(self.photo(photo if isinstance(photo, str) else photo.id), article, **said)

    def uses(self, photo: Photo | str | None = None) -> list[Use]:
        """The uses that were not taken back, oldest first; those of one photo where it is given by name, id or itself.

        Raises:
            InputError: several photos have that name.
            NothingFound: no photo is called so.
        """
        if photo is None:
            return self._store.uses.standing()
        photo_id = self.photo(photo).id if isinstance(photo, str) else photo.id
        return self._store.uses.of([photo_id]).get(photo_id, [])

    def undo(self, entry: str, *, who: str = "") -> Choice | Use:
        """Take a choice or a use back, by its id.

        Returns:
            What was taken back; nothing of the log is lost.

        Raises:
            NothingFound: there is none of that id, or it was taken back already.
        """
        used = any(use.id == entry for use in self._store.uses.standing())
        return self._store.uses.undo(entry, who=who) if used else self._store.choices.undo(entry, who=who)

    def photos_of(self, ids: Sequence[str]) -> dict[str, Photo]:
        """Photos by their whole ids; an id that is not there is left out. Much quicker than `photo`, again and again.

        Args:
            ids: 64 digits each.
        """
        from picdesk.archive.schema import PHOTO_COLUMNS, photo_of

        rows = self._memory.now().by_ids(ids, PHOTO_COLUMNS)
        return {photo: photo_of(rows[photo]) for photo in ids if photo in rows}

    def has(self, photo_id: str) -> bool:
        """Whether a photo of that whole id is in the archive now; quick enough to ask for every picture of a page."""
        memory = self._memory.now()
        if memory.kept is not None:
            return photo_id in memory.kept.rows
        return photo_id in memory.by_ids([photo_id], ["id"])

    def ids_where(self, **filters: Unpack[FilterOptions]) -> Iterator[list[str]]:
        """Ids of the photos that filters leave, in parts and in no promised order.

        Args:
            filters: as for `search`.

        Raises:
            FilterError: a filter that makes no sense.
        """
        from picdesk.search.filters import Filters

        for batch in self._store.rows(["id"], Filters(**filters).sql(self._store.uses.photos_used)):
            yield batch.column("id").to_pylist()

    def said(self, columns: Sequence[str]) -> Iterator[dict[str, list[Any]]]:
        """What is said about all photos, in parts: by column, and ``id`` beside them.

        Args:
            columns: fields of `picdesk.records.Photo`.
        """
        for batch in self._store.rows(["id", *columns]):
            yield batch.to_pydict()

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

    def index(
        self,
        articles: Iterable[Article] = (),
        *,
        reading: Reading | str | PathLike[str] | None = None,
        memory: int | None = None,
        kind: str | None = None,
        seed: int = 0,
        device: str | None = None,
        progress: Callable[[str, Progress], None] = lambda _, __: None,
    ) -> tuple[BuiltIndex, ...]:
        """Build the neighbour index of every encoder that filled the archive, and measure its recall against exact.

        An archive of more than some 500,000 photos is searched quickly with it; a smaller one needs none. It can be
        built again at any time, from nothing but the archive.

        Args:
            articles: recall is measured on their texts, best where no photo of the archive was used for them; without
                them, on vectors of photos with noise.
            reading: how an article becomes a query: settings, the name of a published reading, or a TOML file.
            memory: bytes that all indexes together may take, while they are built and when they are open; 4 GiB where
                none is given.
            kind: ``flat`` (exact), ``pq`` or ``rabitq``; without it the best for the size. An archive in object storage
                takes neither this nor a memory or a device: LanceDB's own index is built there, of one kind.
            seed: draws the samples.
            device: where lists are made: ``cpu``, ``cuda``, ``cuda:N``; ``None`` for a card where there is one.
            progress: called with an encoder's name and how far its index is.

        Raises:
            ArchiveBusy: another process is building.
            ArchiveError: no archive there, or no room; an old index is as it was.
            EncoderMismatch: the encoder given did not fill this archive; both are named.
            InputError: no vectors, no such kind or device, too little memory, or fewer than 20 articles.
            MissingError: articles are given, and an encoder is not here that shall read them; or no such card.
        """
        from picdesk.search.index import index_archive

        asked = self._encoders.asked()
        stories = [query for _, query in self._stories.queries(articles, reading_named(reading))]
        return index_archive(
            self._store,
            stories,
            asked or (self._encoders.all() if stories else []),
            only=bool(asked),
            memory=memory,
            kind=kind,
            seed=seed,
            device=device,
            progress=progress,
        )

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

        for encoder in self._encoders.asked():
            self._store.check_name(StoredEncoder.of(encoder))

    @cached_property
    def _store(self) -> Store:
        from picdesk.archive.store import Store

        return Store.open(self.path)

    @cached_property
    def _memory(self) -> Memory:
        from picdesk.search.memory import Memory

        return Memory(self._store)

    def _published(self, file: Path) -> Published:
        from picdesk.search.published import read_published

        return read_published(self._store, file)
