import pytest

from picdesk.cli.options import parted
from picdesk.errors import InputError


def test_names_and_values_come_apart_at_the_first_sign() -> None:
    assert parted([" caption = Beschreibung", "a=b=c", "a=", "photo=x"], "--column", "a=b") == {
        "caption": "Beschreibung",
        "a": "",
        "photo": "x",
    }
    assert parted(None, "--set", "a=b") == parted([], "--set", "a=b") == {}


@pytest.mark.parametrize(("given", "said"), [("caption", "has no '='"), ("=x", "no name before"), (" =", "no name")])
def test_what_is_no_pair_is_shown_how_to_write_one(given: str, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        parted([given], "--column", "caption=Beschreibung", "FIELD=COLUMN")
    assert caught.value.message.startswith(f"--column {given} ")
    assert "FIELD=COLUMN" in (caught.value.hint or "")
    assert "caption=Beschreibung" in (caught.value.hint or "")
