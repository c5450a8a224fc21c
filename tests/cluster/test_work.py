"""What workers do, asked without a cluster: parts in order, failures that travel, nodes that differ."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest
from PIL import Image

from picdesk.archive.known import Known
from picdesk.archive.prepare import Prepared
from picdesk.archive.schema import StoredEncoder
from picdesk.archive.store import Store
from picdesk.archive.take import Refused, Taken, take
from picdesk.cluster import work
from picdesk.cluster.adding import check_seen
from picdesk.cluster.work import Encoding, InputMaker, Orders, Part, Wanted, list_photos, load_wanted, take_photos
from picdesk.encoders import load_encoder
from picdesk.errors import EncoderMismatch, EncoderMissing, SourceError
from picdesk.photos.sources import Found, Source, open_source
from picdesk.photos.sources.found import found_file, refused
from tests.cluster.sources import every_kind_of_source

T = TypeVar("T")


@pytest.fixture
def orders(clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Orders:
    """Those of a run into an empty archive."""
    encoder = load_encoder(clip)
    store = Store.create(tmp_path / "archive")
    entry = store.admit(StoredEncoder.of(encoder))
    known = sent(Known.load(store, [entry]).for_elsewhere())
    monkeypatch.setattr(work, "known_of", lambda _: known)
    return Orders(
        known=None,
        inputs={entry.column: InputMaker(encoder.image_side, encoder.preparation)},
        encoders={entry.column: Wanted(name=encoder.name, location=encoder.location, fingerprint=encoder.fingerprint)},
        together=4,
    )


def through(source: Source, orders: Orders) -> list[Part]:
    """All parts of a source, each sent from one step to the next as processes send them."""
    encode = Encoding(sent(orders))
    listed = [sent(part) for part in list_photos(source, orders)]
    taken = [sent(part) for each in listed for part in take_photos(each, orders)]
    return [sent(encode(part)) for part in taken]


def sent(what: T) -> T:
    """As it comes out of another process."""
    return pickle.loads(pickle.dumps(what))  # type: ignore[no-any-return]  # noqa: S301


class Ending:
    """A source that fails behind its photos."""

    label = "ending"

    def __init__(self, folder: Path) -> None:
        self._inner = open_source(str(folder))

    def __iter__(self) -> Iterator[Found]:
        yield from self._inner
        raise SourceError("the list cannot be read any further", "Mend it.")

    def count(self) -> None:
        """Not known."""


def test_parts_hold_every_photo_in_order_with_vectors_and_without_pixels(photos: Path, orders: Orders) -> None:
    (photos / "broken.jpg").write_bytes(b"no picture")
    parts = through(open_source(str(photos)), orders)
    results = [result for part in parts for result in part.prepared.results]
    assert [result.found.uri for result in results] == [path.as_uri() for path in sorted(photos.iterdir())]
    assert sum(part.prepared.seen for part in parts) == 13
    assert max(len(part.prepared.results) for part in parts) == orders.together
    assert [type(result) for result in results].count(Refused) == 1
    encoder = load_encoder(next(iter(orders.encoders.values())).location)
    for part in parts:
        assert part.failure is None
        for result in part.prepared.results:
            if isinstance(result, Taken):
                assert not result.pixels
                alone = encoder.encode_images([Image.open(result.found.uri.removeprefix("file://"))])[0]
                (vector,) = (part.prepared.vectors or {})[result.id].values()
                assert float(np.dot(vector, alone)) > 0.999


def test_a_source_that_fails_gives_what_came_before(photos: Path, orders: Orders) -> None:
    parts = through(Ending(photos), orders)
    assert sum(len(part.prepared.results) for part in parts) == 12
    failure = parts[-1].failure
    assert isinstance(failure, SourceError)
    assert "any further (seen from the cluster's node" in failure.message
    assert failure.hint == "Mend it."


def test_an_encoder_that_a_node_lacks_or_has_in_another_form_is_named(
    orders: Orders, clip: Path, other_clip: Path, photos: Path
) -> None:
    (column,) = orders.encoders
    wanted = orders.encoders[column]
    with pytest.raises(EncoderMismatch, match="another one"):
        load_wanted(replace(wanted, location=str(other_clip)))
    gone = replace(wanted, name="gone", location="/nowhere/gone")
    with pytest.raises(EncoderMissing, match="gone is not on the cluster's node"):
        load_wanted(gone)
    parts = through(open_source(str(photos)), replace(orders, encoders={column: gone}))
    assert isinstance(parts[0].failure, EncoderMissing)
    assert load_wanted(wanted).fingerprint == load_encoder(clip).fingerprint


def test_a_photo_that_only_this_machine_sees_ends_the_run(photos: Path) -> None:
    def part_of(*results: Any) -> Part:
        return Part(node="far", prepared=Prepared(seen=len(results), results=results))

    here = Refused(found=found_file(photos / "scene-0001.jpg"), reason="no such file")
    with pytest.raises(SourceError, match=r"node far does not see .*scene-0001.jpg: no such file"):
        check_seen(part_of(here))
    gone = Refused(found=found_file(photos / "gone.jpg"), reason="no such file")
    said = Refused(found=refused((photos / "scene-0001.jpg").as_uri(), "names no file"), reason="names no file")
    away = Refused(found=found_file(photos / "scene-0001.jpg"), reason="not an image that can be read")
    check_seen(part_of(gone, said, away))


def test_every_source_and_what_it_finds_can_be_sent(tmp_path: Path) -> None:
    known = Known.load(Store.create(tmp_path / "archive"), [])
    for where in every_kind_of_source(tmp_path):
        source = open_source(where)
        for one, two in zip(source, sent(source), strict=True):
            assert replace(one, read=len) == replace(two, read=len)  # type: ignore[arg-type]
            assert type(take(sent(two), known, {})) is type(take(one, known, {}))
