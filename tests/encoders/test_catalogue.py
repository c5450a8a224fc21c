"""The catalogue that comes with Picdesk, and what a broken one is told."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from picdesk.encoders import load_encoder
from picdesk.encoders.catalogue import catalogue, close_names, find_entry, read_catalogue
from picdesk.errors import EncoderMissing, InputError

GOOD = """
[[model]]
name = "a-model"
family = "Tests"
weights = "someone/a-model"
onnx = ""
sides = ["visual", "textual"]
dimension = 16
image_size = 32
text_limit = 77
languages = ["de", "fr"]
licence = "MIT"
size = 1000
verified = true
"""


def test_every_model_that_the_published_systems_used_and_those_of_today_are_there() -> None:
    entries = {entry.name: entry for entry in catalogue()}
    vectors = {name: (entry.dimension, entry.image_size, entry.text_limit) for name, entry in entries.items()}
    assert vectors["clip-vit-b-32"] == vectors["clip-vit-b-16"] == vectors["open-clip-vit-b-32"] == (512, 224, 77)
    assert vectors["clip-vit-l-14"] == (768, 224, 77)
    assert vectors["clip-vit-l-14-336"] == (768, 336, 77)
    assert vectors["open-clip-vit-h-14"] == vectors["open-clip-xlm-roberta-h-14"] == (1024, 224, 77)
    assert (vectors["long-clip-b"], vectors["long-clip-l"]) == ((512, 224, 248), (768, 224, 248))
    assert vectors["siglip2-base"] == (768, 224, 64)
    assert vectors["siglip2-large"] == (1024, 256, 64)
    assert vectors["siglip2-so400m"] == (1152, 378, 64)
    assert {"MetaCLIP 2", "MobileCLIP 2", "M-CLIP", "Sentence-BERT"} <= {entry.family for entry in entries.values()}
    assert entries["clip-vit-b-32-multilingual"].sides == ("textual",)
    assert vectors["clip-vit-b-32-multilingual"] == (512, None, 128)


def test_repositories_are_told_apart() -> None:
    exports = [entry.onnx for entry in catalogue() if entry.onnx]
    assert len(exports) == len(set(exports))
    assert all(re.fullmatch(r"[\w.-]+/[\w.-]+", name) for name in exports)


def test_partners_share_a_space() -> None:
    entries = {entry.name: entry for entry in catalogue()}
    assert all(entry.partner for entry in entries.values() if entry.sides == ("textual",))
    for entry in entries.values():
        if entry.partner:
            partner = entries[entry.partner]
            assert (partner.dimension, "visual" in partner.sides) == (entry.dimension, True)


def test_a_catalogue_is_read() -> None:
    (entry,) = read_catalogue(GOOD)
    assert (entry.name, entry.languages, entry.file, entry.onnx) == ("a-model", ("de", "fr"), "", "")
    (entry,) = read_catalogue(GOOD.replace('["de", "fr"]', '"many"'))
    assert entry.languages == ("many",)
    (entry,) = read_catalogue(GOOD.replace(', "textual"', "").replace("text_limit = 77\n", ""))
    assert (entry.sides, entry.text_limit) == (("visual",), None)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("[[model]]", "[[model", "no TOML"),
        ("[[model]]", "[model]", "no list"),
        ("[[model]]", "model = 3", "no list"),
        ('"a-model"', '"A model"', "name is 'A model'"),
        ('"a-model"', "7", "name is 7, not a text"),
        ('"Tests"', '""', "family is ''"),
        ('"someone/a-model"', '"a-model"', "weights is 'a-model'"),
        ('onnx = ""', 'onnx = "../up"', "onnx is '../up'"),
        ('onnx = ""', "", "missing: onnx"),
        ('onnx = ""', 'onnx = ""\ncolour = 1', "unknown: colour"),
        ('onnx = ""', 'onnx = ""\nfile = 3', "file is 3"),
        ('["visual", "textual"]', '"visual"', "not a list"),
        ('["visual", "textual"]', '["visual", "visual"]', "not a list without repetitions"),
        ('["visual", "textual"]', '["audio"]', "sides is ['audio']"),
        ('["visual", "textual"]', '["visual"]', "text_limit belongs to a textual side"),
        ("image_size = 32", "", "image_size belongs to a visual side"),
        ("dimension = 16", "dimension = 0", "dimension is 0"),
        ("dimension = 16", "dimension = true", "dimension is True"),
        ("size = 1000", "size = 1.5", "size is 1.5"),
        ('["de", "fr"]', '["German"]', "languages is ['German']"),
        ('["de", "fr"]', "[]", "not a list without repetitions"),
        ('"MIT"', '""', "licence is ''"),
        ("verified = true", "verified = 1", "verified is 1"),
        ("verified = true", "verified = true\narchitecture = 2", "architecture is 2"),
        ("verified = true", 'verified = true\npartner = "a-model"', "partner is 'a-model'"),
    ],
)
def test_a_broken_catalogue_is_refused(before: str, after: str, expected: str) -> None:
    assert before in GOOD
    with pytest.raises(InputError, match=re.escape(expected)) as caught:
        read_catalogue(GOOD.replace(before, after, 1))
    assert caught.value.hint


def test_a_name_is_given_once() -> None:
    with pytest.raises(InputError, match=r"model 2 of the catalogue .* the name is taken"):
        read_catalogue(GOOD + GOOD)


def test_the_file_explains_each_of_its_fields() -> None:
    text = files("picdesk.encoders").joinpath("catalogue.toml").read_text(encoding="utf-8")
    explained = set(re.findall(r"^#   (\w+) ", text, re.MULTILINE))
    assert explained == set(re.findall(r"^(\w+) = ", text, re.MULTILINE))


def test_names_that_are_nearly_right() -> None:
    entries = catalogue()
    assert close_names("clip-vit-b32", entries)[0] == "clip-vit-b-32"
    assert close_names("LONG-CLIP-L", entries)[0] == "long-clip-l"
    assert close_names("?" * 100_000, entries) == []
    assert find_entry("clip", entries) is None


@pytest.mark.parametrize(
    ("name", "message", "hint"),
    [
        ("siglip-base", "no encoder called 'siglip-base' here", "Did you mean siglip2-base"),
        ("siglip2-base", "the encoder siglip2-base is not on this machine", "picdesk models get siglip2-base"),
        ("long-clip-b", "long-clip-b has no ready ONNX export", "picdesk models export long-clip-b long-clip-b"),
    ],
)
def test_what_is_not_here(
    name: str, message: str, hint: str, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path_factory.mktemp("empty")))
    with pytest.raises(EncoderMissing) as caught:
        load_encoder(name)
    assert message in caught.value.message
    assert hint in caught.value.hint
