"""What stages hand each other: stories, photos, queries and pairs as JSON lines.

A photo's file is written as a path below the data that it is of, so that data may be moved without a stage to be done
again.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from picdesk.errors import InputError
from picdesk.photos.locate import to_path, to_uri
from picdesk.records import Article, Name, Query

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from picdesk.train.pairs import Pairs

TRAIN, TEST = "train", "test"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A photo that is looked through.

    Attributes:
        name: as runs call it.
        uri: where it is now.
        url: where it was published; empty where not said.
    """

    name: str
    uri: str
    url: str = ""


def write_lines(file: Path, rows: Iterable[Mapping[str, Any]]) -> int:
    """Write JSON lines; how many."""
    count = 0
    with file.open("w", encoding="utf-8", newline="\n") as out:
        for row in rows:
            out.write(json.dumps(row, ensure_ascii=False, default=_plain) + "\n")
            count += 1
    return count


def read_lines(file: Path) -> list[dict[str, Any]]:
    """Read JSON lines."""
    with file.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def story_row(article: Article, photo: str) -> dict[str, Any]:
    """A story with the photo that is its answer; empty where none is known."""
    return {**asdict(article), "photo": photo}


def stories_of(folder: Path, side: str) -> tuple[list[Article], dict[str, str]]:
    """A side's stories as the stage ``read`` wrote them, and story -> photo."""
    rows = read_lines(folder / f"{side}.jsonl")
    pairs = {row["id"]: row["photo"] for row in rows if row["photo"]}
    return [_article({key: value for key, value in row.items() if key != "photo"}) for row in rows], pairs


def photos_of(folder: Path, side: str, root: Path) -> list[Shown]:
    """A side's photos as the stage ``read`` wrote them, below the folder where the data lies now."""
    rows = read_lines(folder / f"photos-{side}.jsonl")
    return [Shown(name=row["name"], uri=uri_in(row["path"], root), url=row["url"]) for row in rows]


def query_row(article: str, query: Query) -> dict[str, Any]:
    """A query as it is asked, with every step that led to it; no picture."""
    left = ("article", "image", "like", "without")
    return {"id": article} | {key: value for key, value in asdict(query).items() if key not in left}


def queries_of(folder: Path, articles: Mapping[str, Article]) -> list[tuple[str, Query]]:
    """Queries as the stage ``texts`` wrote them, by the ids of their stories."""
    return [(row["id"], _query(row, articles.get(row["id"]))) for row in read_lines(folder / "queries.jsonl")]


def pair_row(pair: Any, data: str, root: Path) -> dict[str, Any]:
    """A pair to learn from."""
    path, member = to_path(pair.uri)
    values = {each.name: getattr(pair, each.name) for each in fields(pair) if each.name != "uri"}
    return values | {"data": data, "path": below(path, root), "member": member}


def pairs_of(file: Path, roots: Mapping[str, Path], name: str) -> Pairs:
    """Pairs as the stage ``pairs`` wrote them.

    Args:
        file: of JSON lines.
        roots: name of data -> where it lies now.
        name: what the pairs are called.
    """
    from picdesk.train.pairs import Pair, Pairs

    pairs = []
    for row in read_lines(file):
        root, path, member = roots[row.pop("data")], row.pop("path"), row.pop("member")
        row |= {"uri": uri_in(path, root, member), "day": _day(row["day"]), "more": tuple(row["more"])}
        pairs.append(Pair(**row))
    return Pairs(name=name, format="recipe", pairs=tuple(pairs))


def below(path: Path, root: Path) -> str:
    """A path below a folder, with ``/``; the whole path where it is not below it."""
    resolved, top = path.resolve(), root.resolve()
    return resolved.relative_to(top).as_posix() if resolved.is_relative_to(top) else resolved.as_posix()


def uri_in(path: str, root: Path, member: str | None = None) -> str:
    """The URI of what `below` wrote."""
    return to_uri(root.resolve() / path, member)


def _article(row: dict[str, Any]) -> Article:
    return Article(**(row | {"published": _day(row["published"]), "tags": tuple(row["tags"])}))


def _query(row: dict[str, Any], article: Article | None) -> Query:
    return Query(
        words=row["words"],
        texts=tuple(row["texts"]),
        weights=tuple(row["weights"]),
        fit=row["fit"],
        budget=row["budget"],
        names=tuple(Name(**name) for name in row["names"]),
        date=_day(row["date"]),
        language=row["language"],
        article=article,
    )


def _day(said: str | None) -> dt.date | None:
    return dt.date.fromisoformat(said) if said else None


def _plain(value: object) -> str:
    if isinstance(value, dt.date):
        return value.isoformat()
    raise InputError(f"{type(value).__name__} cannot be kept as JSON")


def ids_of(articles: Sequence[Article]) -> dict[str, Article]:
    """Stories by their ids."""
    return {article.id: article for article in articles}
