"""Rows of a list file, one at a time: CSV (RFC 4180), TSV, JSON Lines, Parquet."""

from __future__ import annotations

import codecs
import csv
import itertools
import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from picdesk.errors import PhotoError, SourceError
from picdesk.photos.locate import one_line, open_regular, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from io import TextIOWrapper
    from typing import IO

    from picdesk.objects import Place

    Row = tuple[int, Mapping[str, Any] | str]
    """Line number from 1 (in Parquet: row number), and the row, or one line saying why it cannot be used."""

_FIELD_LIMIT = 16 * 1024 * 1024  # characters; Python's csv stops at 131,072, which real texts pass
_LINE_LIMIT = 64 * 1024 * 1024
_PEEKED = 100
_JSON_LINES = frozenset({".jsonl", ".ndjson"})
_BATCH = 1024


def read_columns(path: Place) -> list[str]:
    """The columns of a list; in JSON Lines, the keys of its first hundred objects.

    Raises:
        SourceError: unreadable, or not in the format that its ending says.
    """
    if path.suffix.lower() == ".parquet":
        with _parquet(path) as file:
            return list(file.schema_arrow.names)
    if path.suffix.lower() in _JSON_LINES:
        rows = itertools.islice(_json_rows(path), _PEEKED)
        return list(dict.fromkeys(key for _, row in rows if not isinstance(row, str) for key in row))
    with _open_text(path) as lines:
        return next(_parsed(path, lines))[1]


def read_rows(path: Place, columns: Iterable[str]) -> Iterator[Row]:
    """The rows of a list, streamed.

    Args:
        path: the list.
        columns: those wanted; others are left out where that saves reading them.

    Raises:
        SourceError: unreadable, or not in the format that its ending says.
    """
    if path.suffix.lower() == ".parquet":
        return _parquet_rows(path, list(dict.fromkeys(columns)))
    return _json_rows(path) if path.suffix.lower() in _JSON_LINES else _delimited_rows(path)


def count_rows(path: Place) -> int:
    """How many rows there are: a Parquet file says it, text is read, which is little beside reading photos."""
    if path.suffix.lower() != ".parquet":
        return sum(1 for _ in read_rows(path, ()))
    with _parquet(path) as file:
        return int(file.metadata.num_rows)


def _delimited_rows(path: Place) -> Iterator[Row]:
    with _open_text(path) as lines:
        parsed = _parsed(path, lines)
        header = next(parsed)[1]
        for line, fields, complaint in parsed:
            if complaint:
                yield line, complaint
            elif len(fields) != len(header):
                yield line, f"line {line} has {len(fields)} fields where the header has {len(header)}"
            else:
                # The first of two columns of the same name counts, as it does for read_columns.
                yield line, dict(zip(reversed(header), reversed(fields), strict=True))


def _parsed(path: Place, lines: TextIOWrapper) -> Iterator[tuple[int, list[str], str]]:
    """Header, then rows: line number, fields, complaint. Blank lines are passed over."""
    if csv.field_size_limit() < _FIELD_LIMIT:
        csv.field_size_limit(_FIELD_LIMIT)  # of the whole process, alas: only ever raised
    taken, ended = 0, False

    def feed() -> Iterator[str]:
        nonlocal taken, ended
        while text := lines.readline(_LINE_LIMIT):
            taken += 1
            yield text
        ended = True

    first = next((line for line in feed() if line.strip()), "")
    if not first:
        raise SourceError(f"the list is empty: {printable(str(path))}", "It needs a header line naming its columns.")
    delimiter = "\t" if path.suffix.lower() in {".tsv", ".tab"} else max(",;\t|", key=first.count)
    reader = csv.reader(itertools.chain([first], feed()), delimiter=delimiter)
    line = taken
    while True:
        try:
            fields = next(reader, None)
        except csv.Error as error:
            yield line, [], f"line {line}: {one_line(error)}; the list was not read any further"
            return
        if fields is None:
            return
        if ended:
            # Only inside quotes does the reader ask for a line beyond the last.
            yield line, [], f"line {line}: a quote opened here is never closed; the list was not read any further"
            return
        if fields:
            yield line, fields, ""
        line = taken + 1


def _json_rows(path: Place) -> Iterator[Row]:
    with _open_binary(path) as file:
        for number in itertools.count(1):
            line = file.readline(_LINE_LIMIT)
            if not line:
                return
            if number == 1:
                line = line.removeprefix(codecs.BOM_UTF8)
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except (ValueError, RecursionError) as error:
                yield number, f"line {number} is not JSON: {one_line(error)}"
                continue
            yield number, row if isinstance(row, dict) else f"line {number} is not a JSON object"


def _parquet_rows(path: Place, columns: list[str]) -> Iterator[Row]:
    import pyarrow as pa

    number = 0
    with _parquet(path) as file:
        try:
            for batch in file.iter_batches(batch_size=_BATCH, columns=columns):
                for row in _microseconds(batch).to_pylist():
                    number += 1
                    yield number, row
        except (pa.ArrowException, OSError, ValueError) as error:
            yield number + 1, f"row {number + 1}: {one_line(error)}; the list was not read any further"


def _microseconds(batch: Any) -> Any:
    """A record batch whose times Python can hold: pandas writes nanoseconds."""
    import pyarrow as pa

    fields = [
        field.with_type(pa.timestamp("us", field.type.tz)) if pa.types.is_timestamp(field.type) else field
        for field in batch.schema
    ]
    return pa.Table.from_batches([batch]).cast(pa.schema(fields), safe=False)


@contextmanager
def _parquet(path: Place) -> Iterator[Any]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    with _open_binary(path) as file:
        try:
            opened = pq.ParquetFile(file)
        except (pa.ArrowException, OSError) as error:
            raise SourceError(
                f"not a readable Parquet file: {printable(str(path))}: {one_line(error)}", "Write the list again."
            ) from error
        yield opened


def _open_binary(path: Place) -> IO[bytes]:
    try:
        return open_regular(path)
    except PhotoError as error:
        raise SourceError(f"the list cannot be read: {printable(str(path))}: {error.message}") from error


def _open_text(path: Place) -> TextIOWrapper:
    """A text file in the encoding that its bytes show: a byte order mark, UTF-8, else Windows-1252."""
    import io

    with _open_binary(path) as file:
        start = file.read(4)
        if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            encoding = "utf-16"
        else:
            file.seek(0)
            encoding = "utf-8-sig" if _is_utf8(file) else "cp1252"
    # Windows-1252 leaves five bytes without a meaning; one of them must not stop a list.
    return io.TextIOWrapper(cast("Any", _open_binary(path)), encoding=encoding, errors="replace", newline="")


def _is_utf8(file: IO[bytes]) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while block := file.read(1024 * 1024):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
