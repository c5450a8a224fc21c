"""Rows of an edition's tables become one data set."""

from __future__ import annotations

import datetime as dt
import html
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from picdesk.newsimages.dataset import Dataset, DatasetPhoto, Note
from picdesk.photos.locate import printable
from picdesk.records import Article

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from picdesk.newsimages.editions.edition import Edition
    from picdesk.newsimages.editions.tables import Table

_EXAMPLES = 3
_MET = re.compile(r"(?P<y>20\d\d)(?P<m>0[1-9]|1[0-2])(?P<d>[0-3]\d)\d{6,}")
_SAID = re.compile(r"(?P<y>(?:19|20)\d\d)-(?P<m>\d\d)-(?P<d>\d\d)")
_IN_URL = re.compile(r"[/=](?P<y>(?:19|20)\d\d)([/-])(?P<m>\d\d)\2(?P<d>\d\d)(?!\d)")
_SPOILT = re.compile(r"\d+\.0+|\d+(\.\d+)?e\+?\d+", re.IGNORECASE)
_ENDING = re.compile(r"\.(jpe?g|png|webp|gif)$", re.IGNORECASE)


class Gather:
    """Takes tables, then photo files, then gives the data set.

    Args:
        layout: the edition.
    """

    def __init__(self, layout: Edition) -> None:
        self._layout = layout
        self._articles: dict[str, Article] = {}
        self._photos: dict[str, DatasetPhoto] = {}
        self._stems: dict[str, tuple[str, ...]] = {}
        self._pairs: dict[str, str] = {}
        self._parts: dict[str, dict[str, None]] = {}
        self._aliases: dict[str, str] = {}
        self._english: dict[str, Article] = {}
        self._notes: dict[str, list[str]] = {}

    def note(self, what: str, example: str) -> None:
        """Count something missing or doubtful."""
        self._notes.setdefault(what, []).append(printable(example))

    def take(self, path: str, table: Table) -> None:
        """Take the rows of a table.

        Args:
            path: where it is, below the data set's folder.
            table: as it was read.
        """
        for what, lines in table.notes.items():
            for line in lines:
                self.note(what, f"{path}:{line}")
        for line, cells in table.rows:
            said = {name: cells[place] for name, place in table.fields.items()}
            where = f"{path}:{line}"
            article = self._take_article(said, path.lower(), where)
            photo = self._take_photo(said, where)
            if article and photo:
                if self._pairs.setdefault(article, photo) != photo:
                    self.note("articles with a second photo, of which the first counts", where)
            elif not article and not photo:
                self.note("rows that name neither an article nor a photo", where)

    def find_files(self, files: Mapping[str, Path]) -> None:
        """Find the photos' files, by file name, image id or hash; files that no row names are photos too.

        Args:
            files: stem -> file.
        """
        used = set()
        for name, photo in self._photos.items():
            stem = next((stem for stem in self._stems[name] if stem in files), None)
            if stem is None:
                self.note("photos whose file is not here", name)
            else:
                used.add(stem)
                self._photos[name] = replace(photo, path=files[stem])
        for stem, path in files.items():
            if stem not in used:
                self.note("photos that no row names", path.name)
                name = stem if stem not in self._photos else path.name
                self._photos[name] = DatasetPhoto(name=name, path=path)

    def dataset(self, name: str) -> Dataset:
        """What was gathered."""
        self._count_shared()
        notes = (Note(what, len(where), tuple(where[:_EXAMPLES])) for what, where in self._notes.items())
        return Dataset(
            name=name,
            edition=self._layout.name,
            articles=tuple(self._articles.values()),
            photos=tuple(self._photos.values()),
            pairs=self._pairs,
            parts={part: tuple(ids) for part, ids in self._parts.items()},
            aliases=self._aliases,
            english=self._english,
            notes=tuple(sorted(notes, key=lambda note: note.what)),
        )

    def _take_article(self, said: Mapping[str, str], path: str, where: str) -> str:
        written, url = said.get("article", ""), said.get("url", "")
        number = self._layout.reveal(path, written)
        article_id = (url or number) if self._layout.id_field == "url" else (number or url)
        title = said.get("title", "")
        if not article_id:
            if title:
                self.note("articles without an id, left out", where)
            return ""
        if _SPOILT.fullmatch(article_id):
            self.note("ids that a table program has changed", f"{where} {article_id}")
        for other in (written, number):
            if other and other != article_id:
                self._aliases.setdefault(other, article_id)
        article = self._article(article_id, said, path, where)
        known = self._articles.get(article_id)
        if known is None:
            self._articles[article_id] = article
            if not article.headline:
                self.note("articles without a headline", where)
            self._take_english(article_id, said)
        else:
            self._compare(known, article, where)
        for part in self._layout.parts(path):
            ids = self._parts.setdefault(part, {})
            if article_id in ids and known is not None and "gt" not in path:
                self.note("articles that stand twice in one part", where)
            ids[article_id] = None
        return article_id

    def _article(self, article_id: str, said: Mapping[str, str], path: str, where: str) -> Article:
        text, tags = self._mended(said.get("text", ""), where), said.get("tags", "")
        if self._layout.tags_in_text(path):
            text, tags = "", tags or text
        url = said.get("url") or None
        return Article(
            headline=self._mended(said.get("title", ""), where),
            lead=text,
            id=article_id,
            url=url,
            language=self._layout.language(path),
            published=_day(said, url),
            tags=tuple(dict.fromkeys(tag.strip() for tag in re.split(r"[;|]", tags) if tag.strip())),
            read_by=f"newsimages{self._layout.name}",
        )

    def _take_english(self, article_id: str, said: Mapping[str, str]) -> None:
        if said.get("title_english"):
            self._english[article_id] = replace(
                self._articles[article_id],
                headline=_repaired(said["title_english"]),
                lead=_repaired(said.get("text_english", "")),
                language="en",
            )

    def _compare(self, known: Article, again: Article, where: str) -> None:
        """An article that was met before: what it lacks is filled in, and a contradiction is told."""
        if again.headline and known.headline and _plain(again.headline) != _plain(known.headline):
            self.note("articles to which two rows give different headlines, of which the first counts", where)
        self._articles[known.id] = replace(
            known,
            headline=known.headline or again.headline,
            lead=known.lead or again.lead,
            url=known.url or again.url,
            published=known.published or again.published,
            tags=known.tags or again.tags,
        )

    def _take_photo(self, said: Mapping[str, str], where: str) -> str:
        file = said.get("photo_file", "")
        stem, hashed = _ENDING.sub("", file.replace("\\", "/").rpartition("/")[2]), said.get("hash", "")
        # In the tables of texts 2023 keeps an article's number, not a photo's hash, in this column.
        has_photo = bool(said.get("photo") or stem or said.get("photo_url"))
        name = said.get("photo") or stem or (hashed if has_photo or not said.get("title") else "")
        if not name:
            return ""
        photo = DatasetPhoto(name=name, url=said.get("photo_url", ""), hash=hashed)
        known = self._photos.setdefault(name, photo)
        if known != photo:
            if known.url and photo.url and known.url != photo.url:
                self.note("photos to which two rows give different addresses, of which the first counts", where)
            self._photos[name] = replace(known, url=known.url or photo.url, hash=known.hash or photo.hash)
        stems = (_ENDING.sub("", name), stem, hashed)
        self._stems[name] = tuple(dict.fromkeys((*self._stems.get(name, ()), *filter(None, stems))))
        return name

    def _mended(self, text: str, where: str) -> str:
        mended = _repaired(text)
        if _visible(mended) != _visible(html.unescape(text)):
            self.note("rows with broken letters, mended", where)
        return mended

    def _count_shared(self) -> None:
        first: dict[str, str] = {}
        for article, photo in self._pairs.items():
            if first.setdefault(photo, article) != article:
                self.note("articles whose photo an earlier article has too", article)
        test = self._parts.get("test", {})
        for article in self._articles:
            if article not in self._pairs and article not in test:
                self.note("articles without a photo", article)


def _repaired(text: str) -> str:
    """Text as it was meant, on one line: broken encodings mended (ftfy), entities read, spaces single."""
    import ftfy

    if text.isascii() and text.isprintable() and "&" not in text:
        return " ".join(text.split())  # nothing in it that could be broken
    mended = ftfy.fix_text(html.unescape(text), uncurl_quotes=False, fix_character_width=False)
    return " ".join("".join(letter if letter.isprintable() else " " for letter in mended).split())


def _visible(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable() and not letter.isspace())


def _plain(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _day(said: Mapping[str, str], url: str | None) -> dt.date | None:
    """The day that a row says: in a column of dates, at the beginning of a GDELT number, or in the address."""
    for found in (
        _SAID.match(said.get("published", "")),
        _MET.fullmatch(said.get("article", "")),
        _IN_URL.search(url or ""),
    ):
        if found:
            try:
                return dt.date(int(found["y"]), int(found["m"]), int(found["d"]))
            except ValueError:
                continue
    return None
