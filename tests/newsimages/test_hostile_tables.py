"""Whatever bytes a table holds, it is read, and what comes out of it fits together."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from picdesk.newsimages.editions import EDITIONS, read_dataset
from picdesk.newsimages.editions.tables import read_table

HEADERS = [
    b"article\taid\turl\timg\tiid\thashvalue\ttitle\ttext\timgFile\n",
    b"# article,url,title,iid\r\n",
    b"\xef\xbb\xbfarticle_id,article_url,article_title,article_tags,image_id,image_url\n",
]
CELL = st.sampled_from(
    [b'"', b'""', b"a", b"1490725239", b"N/A", b"\xe4", b"\xc3\xa4", b"\0", b" ", b"\r", b"", b"\xff"]
)
SIGN = st.sampled_from([b"\t", b",", b"\n", b"\r\n", b";", b'"'])
BODY = st.lists(st.tuples(CELL, SIGN).map(b"".join), max_size=60).map(b"".join)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(HEADERS), BODY | st.binary(max_size=300), st.sampled_from(sorted(EDITIONS)))
def test_any_bytes(header: bytes, body: bytes, edition: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "content2019-01.tsv")
        path.write_bytes(header + body)
        table = read_table(path)
        assert table is not None
        width = max(table.fields.values()) + 1
        assert all(len(cells) >= width for _, cells in table.rows)
        assert [line for line, _ in table.rows] == sorted(line for line, _ in table.rows)
        dataset = read_dataset(path, edition)
        articles = {article.id for article in dataset.articles}
        photos = {photo.name for photo in dataset.photos}
        assert (len(articles), len(photos)) == (len(dataset.articles), len(dataset.photos))
        assert set(dataset.pairs) <= articles
        assert set(dataset.pairs.values()) <= photos
        assert all(article in articles for ids in dataset.parts.values() for article in ids)
        assert all(note.count >= len(note.examples) > 0 and str(note).isprintable() for note in dataset.notes)
