"""``picdesk models`` and ``picdesk models get``, against a hub on this machine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest

from tests import command_line
from tests.command_line import Said, picdesk, run_picdesk
from tests.hub import Hub, serve_hub
from tests.tiny import build_clip


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    """A hub that has one of the catalogue's models, whose content is a tiny encoder."""
    with serve_hub("immich-app/ViT-B-32__openai", build_clip(tmp_path / "original")) as served:
        yield served


@pytest.fixture
def hub_user(hub: Hub, tmp_path: Path) -> Iterator[Hub]:
    """The hub, with every command line of the test led to it, here too, where the client has read its variables."""
    from huggingface_hub import constants

    environment = hub.environment(tmp_path / "cache")
    with (
        mock.patch.dict(command_line.ENVIRONMENT, environment),
        mock.patch.object(constants, "HF_HUB_CACHE", environment["HF_HUB_CACHE"]),
    ):
        yield hub


def here(said: Said) -> dict[str, str | None]:
    return {model["name"]: model["folder"] for model in said.document["models"] if model["here"]}


def test_from_the_list_to_a_search(hub_user: Hub, photos: Path, tmp_path: Path) -> None:
    assert here(picdesk("models", "--json")) == {}
    missing = picdesk("add", "archive", photos, "--encoder", "clip-vit-b-32", cwd=tmp_path)
    assert missing.code == 3
    assert "Fetch it once: picdesk models get clip-vit-b-32" in missing.err
    said = run_picdesk("models", "get", "clip-vit-b-32")
    assert said.code == 0
    assert "fetched" in said.err
    folder = Path(said.out.strip())
    assert (folder / "visual/model.onnx").is_file()
    assert here(picdesk("models", "--json")) == {"clip-vit-b-32": str(folder)}
    asked = len(hub_user.asked)
    added = run_picdesk("add", "archive", photos, "--encoder", "clip-vit-b-32", "--json", cwd=tmp_path)
    assert added.document["encoded"] == 12
    info = picdesk("info", "archive", "--json", cwd=tmp_path).document
    assert [(entry["name"], entry["location"]) for entry in info["encoders"]] == [("clip-vit-b-32", str(folder))]
    for options in ([], ["--encoder", "clip-vit-b-32"], ["--encoder", str(folder)]):
        found = picdesk("search", "archive", "--image", photos / "scene-0002.jpg", "--json", *options, cwd=tmp_path)
        hit = found.document["hits"][0]
        assert hit["name"] == "scene-0002"
        assert hit["signals"]["clip-vit-b-32"] == pytest.approx(1, abs=1e-4)
    assert len(hub_user.asked) == asked


def test_get_again_and_what_programs_read(hub_user: Hub) -> None:
    first = run_picdesk("models", "get", "clip-vit-b-32", "--json").document
    assert first.keys() == {"name", "folder", "already", "bytes", "seconds"}
    assert (first["name"], first["already"]) == ("clip-vit-b-32", False)
    hub_user.asked.clear()
    again = run_picdesk("models", "get", "clip-vit-b-32")
    assert (again.code, again.out) == (0, first["folder"] + "\n")
    assert "was here already" in again.err
    assert hub_user.asked == []
    assert run_picdesk("models", "get", "clip-vit-b-32", "-q").err == ""


def test_the_list(hub_user: Hub) -> None:
    listed = picdesk("models")
    documents = picdesk("models", "--json").document["models"]
    encoders, _, others = listed.out.partition("\n\n")
    rows = [line for line in encoders.splitlines()[1:] if line.strip()]
    text_models = picdesk("models", "--json").document["text_models"]
    assert [line.split()[0] for line in others.splitlines()[1:] if line.strip()] == [m["name"] for m in text_models]
    assert [row.split()[0] for row in rows] == [document["name"] for document in documents]
    assert all(len(line) <= 100 for line in rows)
    assert "…" not in listed.out
    for row, document in zip(rows, documents, strict=True):
        assert (" * " in row) is not document["verified"]
        assert row.rstrip().endswith("no" if document["onnx"] else "export" if document["loadable"] else "-")
    wanted = {
        "name",
        "family",
        "dimension",
        "text_limit",
        "image_size",
        "languages",
        "size",
        "licence",
        "here",
        "folder",
    }
    assert wanted <= documents[0].keys()
    assert picdesk("models", "-q").err == ""
    assert hub_user.asked == []


@pytest.mark.parametrize("how", ["silent", "refused"])
def test_without_a_hub_the_command_does_not_wait_for_one(hub_user: Hub, how: str) -> None:
    hub_user.silent = how == "silent"
    address = {"HF_ENDPOINT": "http://127.0.0.1:1"} if how == "refused" else {}
    with mock.patch.dict(command_line.ENVIRONMENT, address):
        del command_line.ENVIRONMENT["HF_HUB_ETAG_TIMEOUT"]
        said = run_picdesk("models", "get", "clip-vit-b-32")
    assert len(hub_user.asked) <= (how == "silent")
    assert said.code == 3
    assert said.out == ""
    assert "clip-vit-b-32 cannot be fetched from http://127.0.0.1" in said.err
    assert ("no answer within 1.4 s" in said.err) is (how == "silent")
    assert "give the folder in place of the name" in said.err


def test_damage_on_the_way_ends_with_code_3(hub_user: Hub) -> None:
    hub_user.spoiled["textual/model.onnx"] = 9
    said = run_picdesk("models", "get", "clip-vit-b-32", "--json")
    assert (said.code, said.out) == (3, "")
    assert "textual/model.onnx arrived damaged twice" in said.err
    assert here(picdesk("models", "--json")) == {}


def test_the_document_is_all_that_is_on_stdout(hub_user: Hub) -> None:
    assert json.loads(run_picdesk("models", "get", "clip-vit-b-32", "--json").out)["bytes"] > 0
    hub_user.refusal = (404, "RepoNotFound")
    said = run_picdesk("models", "get", "clip-vit-b-16", "--json")
    assert (said.code, said.out) == (3, "")
    assert "has no repository immich-app/ViT-B-16__openai" in said.err
