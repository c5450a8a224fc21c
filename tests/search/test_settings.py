from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from picdesk.errors import InputError
from picdesk.search.fusion import FUSIONS
from picdesk.search.settings import FILE, Settings, default_weights, named_weights, settings_of, write_settings
from picdesk.search.typed import take_apart

if TYPE_CHECKING:
    from pathlib import Path


@dataclass
class Named:
    name: str
    kind: str


def test_every_fusion_has_default_weights_and_kinds_share_theirs(tmp_path: Path) -> None:
    for fusion in FUSIONS:
        assert all(weight > 0 for weight in default_weights(fusion).values())
    settings = settings_of(tmp_path)
    assert settings.fusion == "evidence"
    assert settings.fitted_on == 0
    signals = [Named("words", "words"), Named("one", "vectors"), Named("two", "vectors")]
    assert settings.of(signals) == {"words": 1.0, "one": 1.0, "two": 1.0}, "two encoders share a weight of 2"
    changed = settings.asked("rrf", {"one": 3.0, "words": 0.0})
    assert changed.of(signals) == {"words": 0.0, "one": 3.0, "two": 1.0}


def test_what_was_fitted_is_read_back_and_holds_for_its_own_fusion(tmp_path: Path) -> None:
    fitted = Settings(fusion="convex", weights={"words": 0.2, 'odd "name" é\n': 0.8}, half_life=12.5, fitted_on=400)
    write_settings(fitted, tmp_path / FILE, ["why"])
    assert settings_of(tmp_path) == fitted
    assert fitted.asked(None, {}) == fitted
    assert fitted.asked("evidence", {}).weights == {}
    assert fitted.asked("evidence", {}).fitted_on == 0
    assert fitted.asked(None, {"words": 1.0}).weights["words"] == 1.0


@pytest.mark.parametrize(
    "text",
    ["fusion = 3", "", "fusion = 'magic'\n[weights]", "fusion = 'rrf'\n[weights]\nwords = -1", "\x00", "weights = 1"],
)
def test_a_broken_file_is_said_and_not_passed_over(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"fusion\.toml makes no sense"):
        settings_of(tmp_path)


@pytest.mark.parametrize("text", ["words", "words=", "=1", "words=-1", "words=nan", "words=inf", "words=1,,", ","])
def test_weights_that_are_none(text: str) -> None:
    with pytest.raises(InputError):
        named_weights(text)


@pytest.mark.parametrize(
    ("line", "text", "phrases", "without"),
    [
        ("beach -people", "beach", (), ("people",)),
        ('a "red car" -"old man"', "a red car", ("red car",), ("old man",)),
        ("re-elected in Baden-Baden", "re-elected in Baden-Baden", (), ()),
        ("a cold of -5 degrees - says who", "a cold of -5 degrees - says who", (), ()),
        ('an open "quote', 'an open "quote', (), ()),
        ('""  -  --', '"" - --', (), ()),
        ("Straße -Männer", "Straße", (), ("Männer",)),
    ],
)
def test_lines_are_taken_apart(line: str, text: str, phrases: tuple[str, ...], without: tuple[str, ...]) -> None:
    typed = take_apart(line)
    assert (typed.text, typed.phrases, typed.without) == (text, phrases, without)
