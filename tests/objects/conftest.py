"""A bucket of its own for every test."""

from __future__ import annotations

import http.client
import itertools
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from picdesk.objects import ObjectPath, place_of
from tests.objects.server import Proxy, breaking_proxy, environment, s3_server

_NUMBERS = itertools.count()


@pytest.fixture(scope="session")
def server() -> Iterator[int]:
    with s3_server() as port:
        yield port


@pytest.fixture
def bucket(server: int, monkeypatch: pytest.MonkeyPatch) -> ObjectPath:
    """A new, empty bucket; the environment leads to it."""
    for name, value in environment(server).items():
        monkeypatch.setenv(name, value)
    return make_bucket(server)


@pytest.fixture
def proxy(server: int, bucket: ObjectPath, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """The way to the bucket leads through this proxy from now on."""
    assert bucket
    with breaking_proxy(server) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT", f"http://127.0.0.1:{proxy.port}")
        yield proxy


def copied(of: ObjectPath, to: ObjectPath) -> ObjectPath:
    """The same objects below another prefix: an archive is one wherever it lies."""
    for place, _ in of.walk():
        (to / place.address.key.removeprefix(f"{of.address.key}/")).write_bytes(place.read_bytes())
    return to


@contextmanager
def at_server(port: int) -> Iterator[None]:
    """The environment leads to the server meanwhile."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment(port).items():
            patch.setenv(name, value)
        yield


def make_bucket(port: int, name: str = "") -> ObjectPath:
    """A new bucket, named after nothing in particular or as asked."""
    name = name or f"desk-{next(_NUMBERS)}"
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("PUT", f"/{name}")
    assert connection.getresponse().status == 200
    connection.close()
    place = place_of(f"s3://{name}")
    assert isinstance(place, ObjectPath)
    return place
