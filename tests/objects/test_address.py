from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from picdesk.errors import InputError
from picdesk.objects import ObjectPath, place_of
from picdesk.objects.address import Address, is_address, parse_address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("s3://desk", Address("s3", "desk")),
        ("s3://desk/", Address("s3", "desk")),
        ("gs://desk/a/b.jpg", Address("gs", "desk", "a/b.jpg")),
        ("az://desk/press%20photos/", Address("az", "desk", "press photos")),
        ("s3://desk/press photos/100%25 #.jpg".replace("#", "%23"), Address("s3", "desk", "press photos/100% #.jpg")),
        ("s3:/desk/a", Address("s3", "desk", "a")),
    ],
)
def test_what_addresses_mean(text: str, address: Address) -> None:
    assert parse_address(text) == address
    assert parse_address(str(address)) == address


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=8), max_size=4))
def test_every_key_survives_being_written_and_read(parts: list[str]) -> None:
    key = "/".join(part.replace("/", "x") for part in parts)
    if any(part in {".", ".."} for part in parts) or "\N{REPLACEMENT CHARACTER}" in key:
        return
    address = Address("s3", "desk", key)
    assert parse_address(str(address)) == address


@pytest.mark.parametrize(
    "text", ["s3://", "s3:///a", "s3://a b/c", "s3://desk/a//b", "s3://desk/../x", "s3://desk/a%00b"]
)
def test_addresses_that_make_no_sense(text: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_address(text)
    assert caught.value.hint


@pytest.mark.parametrize(
    "text", ["s3://AKIA:topsecret@desk/a", "s3://desk/a?X-Amz-Signature=topsecret", "s3://desk/a#topsecret"]
)
def test_what_could_be_a_credential_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_address(text)
    assert "topsecret" not in str(caught.value)


def test_paths_stay_paths() -> None:
    assert place_of("s3/photos") == Path("s3/photos")
    assert not is_address("file:///s3://x")
    assert isinstance(place_of(Path("s3://desk/photos")), ObjectPath)


def test_parts_of_a_place() -> None:
    place = place_of("s3://desk/a/b c.tar")
    assert isinstance(place, ObjectPath)
    assert (place.name, place.stem, place.suffix) == ("b c.tar", "b c", ".tar")
    assert str(place.parent / "x#.jpg") == "s3://desk/a/x%23.jpg"
    assert str(place.parent.parent.parent) == "s3://desk"
