"""What every verb's help and errors look like, word for word.

After a change on purpose: PICDESK_SNAPSHOTS=write make test, then read the difference.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest

from picdesk import open_archive
from tests.command_line import ENVIRONMENT, Said, picdesk, run_picdesk
from tests.drawn.scenes import fill_folder
from tests.tiny import build_clip

SNAPSHOTS = Path(__file__).parent / "snapshots"
VERBS = [
    *("demo", "doctor", "add", "remove", "info", "verify", "compact", "index", "size"),
    *("search", "rank", "tune", "calibrate", "serve", "blend", "evaluate", "compare", "reproduce"),
]
GROUPS = {
    "articles": ["fetch", "show", "readings"],
    "choices": ["export", "import"],
    "rate": ["setup", "links", "progress", "export"],
    "ratings": ["summarise"],
    "recipes": ["show"],
    "submission": ["build", "check"],
    "users": ["add", "remove", "logout", "list"],
    "train": ["clip", "alignment", "spaces"],
    "models": ["get", "export", "convert", "pair", "bench"],
}


def check(name: str, said: Said, folder: Path | None = None) -> None:
    text = f"exit {said.code}\n--- stdout\n{said.out}--- stderr\n{said.err}"
    if folder:
        text = text.replace(str(folder), "FOLDER").replace(folder.as_uri(), "file://FOLDER")
    text = re.sub(r"\b[0-9a-f]{64}\b|\b[0-9a-f]{12}\b", "HASH", text)
    text = re.sub(r"\d+\.\d s\b", "N.N s", text)
    text = re.sub(r"on disk +\d+\.\d kB", "on disk   N.N kB", text)
    text = "\n".join(line.rstrip() for line in text.splitlines()) + "\n"
    path = SNAPSHOTS / f"{name}.txt"
    if os.environ.get("PICDESK_SNAPSHOTS") == "write":
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text


def test_help() -> None:
    check("help", run_picdesk("--help"))


@pytest.mark.parametrize("verb", VERBS)
def test_help_of(verb: str) -> None:
    said = picdesk(verb, "--help")
    check(f"help-{verb}", said)
    assert "Example: picdesk" in said.out
    assert "--json" in said.out
    assert "-q" in said.out


@pytest.mark.parametrize("group", GROUPS)
def test_help_of_group(group: str) -> None:
    said = picdesk(group, "--help")
    check(f"help-{group}", said)
    assert "Example: picdesk" in said.out
    assert re.findall(r"^│ (\w+) {2,}\S", said.out.split("Commands")[1], re.MULTILINE) == GROUPS[group]


@pytest.mark.parametrize(("group", "verb"), [(group, verb) for group, verbs in GROUPS.items() for verb in verbs])
def test_help_of_verb_in_group(group: str, verb: str) -> None:
    said = picdesk(group, verb, "--help")
    check(f"help-{group}-{verb}", said)
    assert f"Example: picdesk {group} {verb}" in said.out
    assert "--json" in said.out
    assert "-q" in said.out


def test_every_verb_is_here() -> None:
    listed = re.findall(r"^│ (\w+) {2,}\S", run_picdesk("--help").out, re.MULTILINE)
    assert sorted(listed) == sorted([*VERBS, *GROUPS])


@pytest.fixture(scope="module", autouse=True)
def no_encoder_is_here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A hub's cache of the tests' own: what the user has fetched is no part of a snapshot."""
    empty = {"HF_HUB_CACHE": str(tmp_path_factory.mktemp("hub"))}
    with mock.patch.dict(ENVIRONMENT, empty):
        yield


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an archive, its photos, two encoders and things that are none of these."""
    folder = tmp_path_factory.mktemp("p")
    (folder / "photos").mkdir()
    fill_folder(folder / "photos", 3)
    (folder / "photos/broken.jpg").write_bytes(b"")
    (folder / "empty").mkdir()
    (folder / "nothing").mkdir()
    (folder / "nothing/broken.png").write_bytes(b"no picture")
    (folder / "list.csv").write_text("caption,credit\nA mayor,AP\n")
    build_clip(folder / "clip")
    build_clip(folder / "other", seed=5)
    build_clip(folder / "impostor/clip", seed=6)
    open_archive(folder / "archive", encoder=folder / "clip").add(folder / "photos")
    return folder


ERRORS: dict[str, list[str]] = {
    "no-archive": ["search", "nowhere", "fire"],
    "no-such-source": ["add", "new", "nowhere"],
    "unknown-format": ["add", "new", "photos", "--format", "newsimages1999"],
    "list-without-paths": ["add", "new", "list.csv"],
    "column-without-equals": ["add", "new", "list.csv", "--column", "caption"],
    "column-that-is-not-there": ["add", "new", "list.csv", "--column", "path=Datei"],
    "archive-in-a-folder-of-other-things": ["add", "photos", "photos"],
    "nothing-kept": ["add", "new", "nothing"],
    "empty-folder": ["add", "new2", "empty"],
    "no-such-encoder": ["add", "new3", "photos", "--encoder", "clip-vit-z-99"],
    "encoder-is-a-file": ["add", "new3", "photos", "--encoder", "list.csv"],
    "folder-without-encoder": ["add", "new3", "photos", "--encoder", "photos"],
    "same-name-other-weights": ["add", "archive", "photos", "--encoder", "impostor/clip"],
    "encoder-that-did-not-fill": ["search", "archive", "red", "--encoder", "other"],
    "nothing-to-search-for": ["search", "archive"],
    "no-match": ["search", "archive", "xyzzy", "--where", "width > 5000"],
    "filter-unknown-column": ["search", "archive", "red", "--where", "bogus = 1"],
    "filter-orientation": ["search", "archive", "red", "--orientation", "round"],
    "filter-day": ["search", "archive", "red", "--after", "yesterday"],
    "filter-days": ["search", "archive", "red", "--after", "2024-02-01", "--before", "2024-01-01"],
    "image-missing": ["search", "archive", "--image", "gone.jpg"],
    "image-broken": ["search", "archive", "--image", "photos/broken.jpg"],
    "address-private": ["search", "archive", "http://127.0.0.1/story.html"],
    "story-missing": ["search", "archive", "story.html"],
    "remove-unknown": ["remove", "archive", "nobody"],
    "remove-nothing": ["remove", "archive"],
    "unknown-verb": ["seek"],
    "unknown-option": ["info", "archive", "--loud"],
    "k-zero": ["search", "archive", "red", "-k", "0"],
    "models-get-unknown": ["models", "get", "clip-vit-b32"],
    "models-get-no-export": ["models", "get", "long-clip-b"],
    "models-get-offline": ["models", "get", "clip-vit-b-32"],
    "encoder-not-fetched": ["add", "new3", "photos", "--encoder", "clip-vit-b-32"],
}
EXIT_CODES = {
    "nothing-kept": 1,
    "empty-folder": 1,
    "no-match": 1,
    "remove-unknown": 1,
    "no-such-encoder": 3,
    "encoder-is-a-file": 3,
    "folder-without-encoder": 3,
    "models-get-unknown": 3,
    "models-get-no-export": 3,
    "models-get-offline": 3,
    "encoder-not-fetched": 3,
}


@pytest.mark.parametrize("name", ERRORS)
def test_error(name: str, place: Path) -> None:
    said = picdesk(*ERRORS[name], cwd=place)
    check(f"error-{name}", said, place)
    assert said.code == EXIT_CODES.get(name, 2)
    assert "Traceback" not in said.err
    assert not said.out or name == "nothing-kept" or name == "empty-folder"


def test_the_list_of_encoders(place: Path) -> None:
    check("models", run_picdesk("models", cwd=place), place)


def test_answers(place: Path) -> None:
    check("add-again", run_picdesk("add", "archive", "photos", cwd=place), place)
    check("info", picdesk("info", "archive", "-q", cwd=place), place)
    check("verify", picdesk("verify", "archive", cwd=place), place)
    check("search", run_picdesk("search", "archive", "scene 0001", "-k", "2", cwd=place), place)
