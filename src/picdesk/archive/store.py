"""The two tables of an archive: open, read, append, fill, delete. Everything else is built on this.

LanceDB (pinned: it calls itself alpha) keeps rows, words and vectors in one folder, or below one prefix of an object
store. Each write is one commit: seen whole or not at all, by this process and by others, also after ``kill -9``.
"""

from __future__ import annotations

import datetime as dt
from contextlib import contextmanager
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, TypeVar

from picdesk.archive.durable import DurableFolder, durable
from picdesk.archive.lancedb_import import import_lancedb
from picdesk.archive.language import DEFAULT, language_named, word_index
from picdesk.archive.locks import adding, removing
from picdesk.archive.schema import (
    FORMAT,
    MEANING,
    PHOTO_COLUMNS,
    VECTOR,
    WORD_FIELDS,
    StoredEncoder,
    now,
    photo_of,
    photos_schema,
    refused_schema,
    sql_list,
)
from picdesk.archive.tables import AnsweringTable, failure_of
from picdesk.errors import ArchiveDamaged, ArchiveError, EncoderMismatch, FilterError, PicdeskError, StorageUnavailable
from picdesk.objects import ObjectPath, place_of
from picdesk.objects.bucket import table_options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from os import PathLike

    import pyarrow as pa

    from picdesk.archive.choices import Choices
    from picdesk.archive.uses import Uses
    from picdesk.objects import Place
    from picdesk.records import Photo

T = TypeVar("T")

COMMIT_TRIES = 5
KEEP_VERSIONS = dt.timedelta(minutes=10)
"""Superseded versions are kept this long for readers that are still in them."""

LOOK_AGAIN = dt.timedelta(seconds=1)
"""In an object store, commits of other processes are seen after this long: a look for them is a request of its own, and
an answer makes thirty reads. Own commits are seen at once."""


class Store:
    """An open archive's tables. Reads see the last commit of any process.

    Args:
        folder: where the archive is: a folder, or a prefix of an object store.
        photos: LanceDB table ``photos``.
        refused: LanceDB table ``refused``.
    """

    def __init__(self, folder: Place, photos: Any, refused: Any) -> None:
        self.folder = folder
        self._still: list[Callable[[], None]] = []
        self.photos = photos
        self.refused = refused

    # -- opening ------------------------------------------------------------------------------------------------

    @classmethod
    def open(cls, folder: str | PathLike[str]) -> Store:
        """Open an archive that exists.

        Raises:
            StorageUnavailable: its object store does not answer, or does not let us in.
            ArchiveError: there is none, or a newer Picdesk made it.
            ArchiveDamaged: its tables cannot be opened.
        """
        folder = place_of(folder)
        if not is_archive(folder):
            raise ArchiveError(f"there is no archive in {folder}", "Make one with: picdesk add ARCHIVE SOURCE")
        try:
            database = connect(folder)
            photos, refused = database.open_table("photos"), database.open_table("refused")
        except StorageUnavailable:
            raise
        except Exception as error:
            if failure := failure_of(folder, error):
                raise failure from None
            raise ArchiveDamaged(
                f"the archive in {folder} cannot be opened: {_first_line(error)}",
                "Its originals are untouched; restore the folder from a copy, or delete it and add the photos again.",
            ) from error
        store = cls(folder, photos, refused)
        if store.format > FORMAT:
            raise ArchiveError(
                f"the archive in {folder} has format {store.format}; this Picdesk knows formats up to {FORMAT}",
                "Install a newer Picdesk.",
            )
        return store

    @classmethod
    def create(cls, folder: str | PathLike[str], language: str | None = None) -> Store:
        """Open the archive in ``folder``, making it first where there is none.

        Args:
            folder: an archive, an empty folder, or one yet to be made.
            language: English name of the word index's language; English where a new archive is not told.

        Raises:
            ArchiveError: the folder holds something else, or an archive of another language; nothing is written.
            InputError: there is no stemmer for the language.
        """
        folder = place_of(folder)
        wanted = language_named(language) if language else None
        if is_archive(folder):
            store = cls.open(folder)
            if wanted and wanted != store.language:
                raise ArchiveError(
                    f"the words of {folder} are indexed as {store.language}, not {wanted}",
                    "An archive has one language; make another archive for another one.",
                )
            return store
        if folder.exists() and not folder.is_dir():
            raise ArchiveError(f"{folder} is a file, not an archive")
        if folder.is_dir() and any(not _is_ours(entry) for entry in folder.iterdir()):
            raise ArchiveError(
                f"{folder} holds other files and no archive; nothing was written", "Name a new or an empty folder."
            )
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ArchiveError(f"cannot make {folder}: {error.strerror or error}") from None
        connect(folder)  # loads LanceDB, which takes longer than all the rest, before the lock is held
        with adding(folder):
            if not is_archive(folder):
                # Photos last: they make it an archive. A process killed in here leaves nothing that counts as one.
                create_table(folder, "refused", refused_schema())
                create_table(folder, "photos", photos_schema(wanted or DEFAULT))
                cls.open(folder).index_words()  # while it is empty, so that readers of the first run find words
        return cls.open(folder)

    @property
    def format(self) -> int:
        """Version of the tables' layout."""
        return int((self.photos.schema.metadata or {}).get(b"picdesk.format", b"0"))

    @property
    def language(self) -> str:
        """Language of the word index, in English ("German")."""
        return str((self.photos.schema.metadata or {}).get(b"picdesk.language", b"English").decode())

    # -- what the desk did ----------------------------------------------------------------------------------------

    @cached_property
    def choices(self) -> Choices:
        """Which photos were picked and rejected for which stories."""
        from picdesk.archive.choices import Choices

        return Choices(self.folder)

    @cached_property
    def uses(self) -> Uses:
        """Which photos were used, when and for which stories."""
        from picdesk.archive.uses import Uses

        return Uses(self.folder)

    # -- encoders -----------------------------------------------------------------------------------------------

    def encoders(self) -> tuple[StoredEncoder, ...]:
        """The encoders that have a vector column, in the order they came."""
        fields = [field for field in self.photos.schema if field.name.startswith(f"{VECTOR}_")]
        return tuple(StoredEncoder.of_field(field) for field in fields)

    def vector_columns(self) -> dict[str, StoredEncoder]:
        """Every column of vectors: those of encoders, and of the meaning of captions."""
        return {entry.column: entry for entry in (*self.encoders(), self.meaning()) if entry is not None}

    def stored(self, encoder: StoredEncoder) -> StoredEncoder:
        """The archive's own entry of ``encoder``.

        Raises:
            EncoderMismatch: the archive has no vectors of it; both sides are named.
        """
        entries = self.encoders()
        for entry in entries:
            if entry.fingerprint == encoder.fingerprint:
                return entry
        has = ", ".join(map(str, entries)) or "no encoder"
        raise EncoderMismatch(
            f"encoder {encoder} has no vectors in {self.folder}, which was filled with {has}",
            "Search with one of the archive's own, or add this one beside them: "
            "picdesk add ARCHIVE SOURCE --encoder ENCODER",
        )

    def check_name(self, encoder: StoredEncoder) -> None:
        """Make sure that nobody else filled the archive under this encoder's name.

        Raises:
            EncoderMismatch: an encoder of that name with another fingerprint did; both are named.
        """
        for entry in self.encoders():
            if entry.name == encoder.name and entry.fingerprint != encoder.fingerprint:
                raise EncoderMismatch(
                    f"{self.folder} was filled with encoder {entry}; the one given is {encoder}: "
                    "same name, other weights or preprocessing",
                    f"Give the first one again (it was in {entry.location}), or rename the folder of the new one "
                    "to keep both side by side.",
                )

    def admit(self, encoder: StoredEncoder) -> StoredEncoder:
        """Give ``encoder`` a vector column, unless it has one.

        Raises:
            EncoderMismatch: an encoder of that name with another fingerprint filled the archive.
        """
        for entry in self.encoders():
            if entry.fingerprint == encoder.fingerprint:
                if entry.location != encoder.location:
                    moved = {"path": entry.column, "metadata": {"picdesk.location": encoder.location}}
                    self._commit(partial(self.photos.update_field_metadata, moved))
                return entry
        self.check_name(encoder)
        self._commit(lambda: self.photos.add_columns(encoder.field()))
        return encoder

    # -- meaning of captions --------------------------------------------------------------------------------------

    def meaning(self) -> StoredEncoder | None:
        """The text model that has a column of vectors of captions."""
        fields = [field for field in self.photos.schema if field.name.startswith(f"{MEANING}_")]
        return StoredEncoder.of_field(fields[-1]) if fields else None

    def meanings_complete(self) -> bool:
        """Whether every photo has been looked at for the meaning of its caption."""
        entry = self.meaning()
        if entry is None:
            return False
        return (self.photos.schema.field(entry.column).metadata or {}).get(b"picdesk.complete") == b"yes"

    def mark_meanings(self, *, complete: bool) -> None:
        """Remember whether every photo has been looked at."""
        entry = self.meaning()
        if entry is not None:
            said = {"path": entry.column, "metadata": {"picdesk.complete": "yes" if complete else "no"}}
            self._commit(partial(self.photos.update_field_metadata, said), repeatable=True)

    def admit_meaning(self, model: StoredEncoder) -> StoredEncoder:
        """Give a text model a column; that of any other leaves, for nobody would keep it up to date."""
        others = [field.name for field in self.photos.schema if field.name.startswith(f"{MEANING}_")]
        if model.column not in others:
            self._commit(lambda: self.photos.add_columns(model.field()))
        if left := [name for name in others if name != model.column]:
            self._commit(lambda: self.photos.drop_columns(left))
        return model

    # -- reading ------------------------------------------------------------------------------------------------

    def count(self, where: str | None = None) -> int:
        """How many photos a filter leaves.

        Raises:
            FilterError: the filter makes no sense.
        """
        return int(self._filtered(lambda: self.photos.count_rows(where)))

    def rows(self, columns: Sequence[str], where: str | None = None, batch: int = 8192) -> Iterator[pa.RecordBatch]:
        """Stream columns of the photos that a filter leaves, in no promised order.

        Raises:
            FilterError: the filter makes no sense.
        """
        search = self.photos.search().select(list(columns))
        if where:
            search = search.where(where)
        yield from self._streamed(search, batch)

    def asked(self, read: Callable[[], T]) -> T:
        """What any other reading of the tables gives.

        Raises:
            FilterError: its filter makes no sense.
        """
        return self._filtered(read)

    def by_ids(self, ids: Sequence[str], columns: Sequence[str] = PHOTO_COLUMNS) -> dict[str, dict[str, Any]]:
        """Rows by photo id; an id that is not there is left out."""
        found: dict[str, dict[str, Any]] = {}
        for part in _among("id", ids):
            for batch in self.rows(columns, part):
                found |= {row["id"]: row for row in batch.to_pylist()}
        return found

    def photos_where(self, where: str) -> list[Photo]:
        """The photos that a filter leaves, by id."""
        found = [photo_of(row) for batch in self.rows(PHOTO_COLUMNS, where) for row in batch.to_pylist()]
        return sorted(found, key=lambda photo: photo.id)

    def refusals(self) -> Iterator[dict[str, Any]]:
        """Rows of table ``refused``."""
        for batch in self._streamed(self.refused.search()):
            yield from batch.to_pylist()

    # -- writing ------------------------------------------------------------------------------------------------

    def append(self, table: pa.Table) -> None:
        """Add new photos: one commit. The caller holds the lock and has checked that their ids are new."""
        # Photos may have no vector; "null" tells LanceDB to take that as it is.
        self._commit(lambda: self.photos.add(table, on_bad_vectors="null"))

    def update(self, table: pa.Table) -> None:
        """Set some columns of photos that are there, by id: one commit."""
        merge = self.photos.merge_insert("id").when_matched_update_all()
        self._commit(lambda: merge.execute(table, on_bad_vectors="null"))

    def write(self, change: Callable[[], object]) -> None:
        """Any other change of the tables: one commit, again where another process committed in between."""
        self._commit(change)

    def delete(self, ids: Sequence[str]) -> None:
        """Take photos out of the table; no later read sees them."""
        self._delete(self.photos, "id", ids)

    def refuse(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Record what was not taken (``uri``, ``reason``) or was taken out (``id`` too); newer replaces older."""
        import pyarrow as pa

        keyed = {row.get("id") or row["uri"]: row for row in rows}
        stamped = [{"id": None, **row, "key": key, "when": now()} for key, row in keyed.items()]
        table = pa.Table.from_pylist(stamped, schema=refused_schema())
        merge = self.refused.merge_insert("key").when_matched_update_all().when_not_matched_insert_all()
        self._commit(lambda: merge.execute(table))

    def pardon(self, uris: Sequence[str]) -> None:
        """Forget that these places were refused; photos taken out on request stay out."""
        self._delete(self.refused, "key", uris)

    def let_back(self, ids: Sequence[str]) -> None:
        """Forget that these photos were taken out on request."""
        self._delete(self.refused, "key", ids)

    def has_word_index(self) -> bool:
        """Whether every word field is indexed."""
        return not self._unindexed()

    def index_words(self) -> None:
        """Make the word index where it is missing, and bring it up to date where it is not."""
        for column in self._unindexed():
            self._commit(partial(self.photos.create_index, column, config=word_index(self.language)))
        self.tidy()

    def tidy(self, keep: dt.timedelta = KEEP_VERSIONS) -> None:
        """Join small files, bring indexes up to date and drop versions that nobody reads any more."""
        self._commit(lambda: self.photos.optimize(cleanup_older_than=keep))
        self._commit(lambda: self.refused.optimize(cleanup_older_than=keep))

    def rewrite(self) -> None:
        """Give back all room that can be given back. The caller holds both locks: nobody else is writing."""
        for table in (self.photos, self.refused):
            # Unverified files are those of writes that never were committed; no write is in progress here. Zero would
            # do the same with a warning.
            everything = dt.timedelta(milliseconds=1)
            self._commit(partial(table.optimize, cleanup_older_than=everything, delete_unverified=True))

    # -- locks --------------------------------------------------------------------------------------------------

    @contextmanager
    def adding(self) -> Iterator[None]:
        """Be the only process that adds; see `picdesk.archive.locks`. Each commit makes sure that this is still so."""
        with adding(self.folder) as still, self._made_sure(still):
            yield

    @contextmanager
    def removing(self) -> Iterator[None]:
        """Be the only process that takes photos out; see `picdesk.archive.locks`."""
        with removing(self.folder) as still, self._made_sure(still):
            yield

    # -- inside -------------------------------------------------------------------------------------------------

    @contextmanager
    def _made_sure(self, still: Callable[[], None]) -> Iterator[None]:
        self._still.append(still)
        self.photos.checkout_latest()  # whoever held the lock before may have written a moment ago
        self.refused.checkout_latest()
        try:
            yield
        finally:
            self._still.remove(still)

    @cached_property
    def _disk(self) -> DurableFolder:
        return durable(self.folder)

    def _unindexed(self) -> list[str]:
        indexed = {column for index in self.photos.list_indices() for column in index.columns}
        return [column for column in WORD_FIELDS if column not in indexed]

    def _delete(self, table: Any, column: str, values: Sequence[str]) -> None:
        for part in _among(column, values):
            self._commit(partial(table.delete, part), repeatable=True)

    def _commit(self, write: Callable[[], T], *, repeatable: bool = False) -> T:
        """Write, again where another process committed in between, and force the result to disk.

        What comes to the same when it is done twice is also written once more where the store did not answer: nobody
        knows whether the first one was done, and LanceDB asks some requests of its own only once.
        """
        disk = self._disk
        for still in self._still:
            still()
        for left in range(COMMIT_TRIES - 1, -1, -1):
            try:
                result = write()
            except Exception as error:
                # LanceDB has no exception of its own for a lost race; the words are Lance's.
                lost = "conflict" in str(error).lower()
                unheard, repeatable = repeatable and isinstance(error, StorageUnavailable), False
                if not left or not (lost or unheard):
                    raise
                self.photos.checkout_latest()
                self.refused.checkout_latest()
            else:
                break
        disk.sync()
        return result

    def _streamed(self, search: Any, batch: int = 8192) -> Iterator[pa.RecordBatch]:
        batches = iter(self._filtered(lambda: search.to_batches(batch)))
        # Batches are read as they are asked for: a torn file shows in the middle.
        while (rows := self._filtered(lambda: next(batches, None))) is not None:
            yield rows

    def _filtered(self, read: Callable[[], T]) -> T:
        try:
            return read()
        except UnicodeEncodeError:
            raise FilterError("the filter cannot be used: it is no valid text", "Type it again.") from None
        except (ValueError, RuntimeError, OSError) as error:
            raise self._refusal(error) from error

    def _refusal(self, error: Exception) -> PicdeskError:
        """LanceDB raises the same classes for a filter that makes no sense and for a torn file; their words differ."""
        if failure := failure_of(self.folder, error):
            return failure
        if isinstance(error, OSError) or "LanceError(IO)" in str(error) or "not found" in str(error).lower():
            return ArchiveDamaged(
                f"the archive in {self.folder} cannot be read: {_first_line(error)}",
                "See what is broken with: picdesk verify ARCHIVE",
            )
        return FilterError(
            f"the filter cannot be used: {_first_line(error)}",
            "Write it as SQL over the archive's columns, for example: credit = 'AP' AND width > 1200",
        )


def _among(column: str, values: Sequence[str]) -> Iterator[str]:
    """Conditions that together name all of ``values``, each short enough to be parsed quickly."""
    for start in range(0, len(values), 500):
        yield f"{column} IN {sql_list(values[start : start + 500])}"


def connect(folder: Place) -> Any:
    """LanceDB's connection to an archive's folder.

    Raises:
        StorageUnavailable: its object store cannot be used with what the environment says.
    """
    lancedb = import_lancedb()
    if isinstance(folder, ObjectPath):
        options = table_options(folder.address)
        return AnsweringTable(
            lancedb.connect(str(folder), read_consistency_interval=LOOK_AGAIN, storage_options=options), folder
        )
    # Zero: every read looks for the newest commit first, so that a removed photo is gone in every open process.
    return lancedb.connect(str(folder), read_consistency_interval=dt.timedelta(0))


def create_table(folder: Place, name: str, schema: pa.Schema) -> None:
    """Make a table, over the files that a process left behind which was killed here. The caller holds a lock."""
    left_behind = (folder / f"{name}.lance").exists()
    connect(folder).create_table(name, schema=schema, mode="overwrite" if left_behind else "create")


def is_archive(folder: Place) -> bool:
    """Whether there is an archive: a table of photos that was committed at least once."""
    return has_table(folder, "photos")


def has_table(folder: Place, name: str) -> bool:
    """Whether a table was committed at least once."""
    versions = folder / f"{name}.lance/_versions"
    return versions.is_dir() and any(entry.suffix == ".manifest" for entry in versions.iterdir())


def _is_ours(entry: Place) -> bool:
    return entry.name in {"photos.lance", "refused.lance", "neighbours", ".adding.lock", ".removing.lock"}


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
