"""Models of open_clip with towers of other makers give open_clip's own vectors, as they are and written out."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from picdesk.encoders import load_encoder
from picdesk.encoders.torch import export_onnx, read_checkpoint
from picdesk.encoders.torch.towers import image_tower, text_tower
from picdesk.errors import EncoderMissing, ExtraMissing, InputError
from tests.command_line import ENVIRONMENT, ROOT, picdesk
from tests.encoders.torch.words import SENTENCES

# Tokens that a text may have, and whether every text fills them.
MAKES = {
    "coca-hub": (76, True),
    "unusual": (77, True),
    "mobile": (77, True),
    "worldwide": (77, True),
    "xlm-roberta": (40, False),
    "bert": (40, False),
    "m2m_100": (40, False),
    "mt5": (40, False),
}
BY_WORDS = [make for make in MAKES if make == "worldwide" or not MAKES[make][1]]


def unit(rows: Any) -> Any:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.mark.parametrize("make", MAKES)
def test_vectors_are_open_clip_s(made: Path, make: str) -> None:
    import torch

    checkpoint = read_checkpoint(made / make)
    assert checkpoint.kind == "open_clip"
    assert (checkpoint.text_limit, checkpoint.fixed_length) == MAKES[make]
    expected = np.load(made / make / "expected.npz")
    with torch.inference_mode():
        images = image_tower(checkpoint.model)(torch.from_numpy(expected["pixels"])).numpy()
        texts = text_tower(checkpoint.model)(torch.from_numpy(expected["tokens"])).numpy()
    assert checkpoint.dimension == images.shape[1] == texts.shape[1]
    for seen, wanted in ((images, expected["images"]), (texts, expected["texts"])):
        assert float(np.abs(wanted).mean()) > 0.05  # otherwise 1e-4 says nothing
        assert float(np.abs(wanted - wanted[:1]).max()) > 0.01
        np.testing.assert_allclose(seen, wanted, atol=1e-4)


@pytest.mark.parametrize("make", MAKES)
def test_written_out_they_agree(made: Path, tmp_path: Path, make: str) -> None:
    exported = export_onnx(made / make, tmp_path / "out")
    assert exported.image_cosine is not None
    assert min(exported.image_cosine, exported.text_cosine) > 0.9999
    encoder = load_encoder(tmp_path / "out", runtime="onnxruntime")
    expected = np.load(made / make / "expected.npz")
    assert (encoder.dimension, encoder.text_limit) == (32, MAKES[make][0])
    if make in BY_WORDS:  # the judge's tokenizer and cleaning too, and texts of any length side by side
        np.testing.assert_allclose(encoder.encode_texts(SENTENCES), unit(expected["texts"]), atol=1e-4)
        np.testing.assert_allclose(encoder.encode_texts(SENTENCES[2:3]), unit(expected["texts"][2:3]), atol=1e-4)


def test_fast_vit_is_written_fused(made: Path) -> None:
    """Branches that were trained apart become one convolution, and every image keeps its vector."""
    import torch

    model: Any = read_checkpoint(made / "mobile").model
    fused = model.fused()
    many, few = (
        sum(isinstance(part, torch.nn.Conv2d) for part in each.inner.visual.modules()) for each in (model, fused)
    )
    assert few < 0.8 * many
    pixels = torch.from_numpy(np.load(made / "mobile" / "expected.npz")["pixels"])
    with torch.inference_mode():
        torch.testing.assert_close(
            fused.get_image_features(pixels), model.get_image_features(pixels), atol=1e-4, rtol=0
        )


def test_mobile_clip_s_pixels_are_only_scaled(made: Path) -> None:
    preprocessing = read_checkpoint(made / "mobile").preprocessing
    assert (preprocessing["mean"], preprocessing["std"]) == ([0, 0, 0], [1, 1, 1])
    assert (preprocessing["interpolation"], preprocessing["resize_mode"], preprocessing["size"]) == (
        "bilinear",
        "shortest",
        64,
    )


def test_an_architecture_by_its_name(made: Path, tmp_path: Path) -> None:
    from picdesk.encoders.torch.open_clip_import import import_open_clip

    import_open_clip().add_model_config(made / "mobile.json")
    alone = Path(shutil.copy(made / "mobile" / "open_clip_model.safetensors", tmp_path / "renamed.safetensors"))
    with pytest.raises(EncoderMissing, match="an image tower of timm") as caught:
        read_checkpoint(alone)
    assert "--architecture" in caught.value.hint
    named, whole = read_checkpoint(alone, architecture="mobile"), read_checkpoint(made / "mobile")
    assert named.text_limit == whole.text_limit
    before, after = whole.model.state_dict(), named.model.state_dict()
    assert all(bool((before[name] == after[name]).all()) for name in before)
    with pytest.raises(InputError, match="knows no architecture called 'mobil'"):
        read_checkpoint(alone, architecture="mobil")


def test_architectures_of_the_catalogue_are_open_clip_s() -> None:
    from picdesk.encoders.catalogue import catalogue
    from picdesk.encoders.torch.open_clip_file import architecture_settings

    pytest.importorskip("timm")
    named = {entry.architecture: entry for entry in catalogue() if entry.architecture}
    assert len(named) >= 3
    for name, entry in named.items():
        said = architecture_settings(name)
        vision, text = said["model_cfg"]["vision_cfg"], said["model_cfg"]["text_cfg"]
        assert (said["model_cfg"]["embed_dim"], vision["image_size"], text["context_length"]) == (
            entry.dimension,
            entry.image_size,
            entry.text_limit,
        )
        assert said["preprocess_cfg"]["interpolation"] == "bilinear"
    assert list(architecture_settings("MobileCLIP2-S0")["preprocess_cfg"]["std"]) == [1, 1, 1]
    assert architecture_settings("MobileCLIP2-S4")["preprocess_cfg"]["std"][0] == pytest.approx(0.2686, abs=1e-4)


def test_an_architecture_with_several_preparations_has_to_be_told() -> None:
    from picdesk.encoders.torch.open_clip_file import architecture_settings

    with pytest.raises(InputError, match="in several ways"):
        architecture_settings("ViT-L-14")


def change(folder: Path, part: str, key: str, value: Any) -> None:
    path = folder / "open_clip_config.json"
    settings = json.loads(path.read_text())
    settings["model_cfg"][part][key] = value
    path.write_text(json.dumps(settings))


@pytest.mark.parametrize(
    ("make", "part", "key", "value", "what"),
    [
        ("mobile", "vision_cfg", "timm_model_name", "hf-hub:someone/evil", "timm knows no image tower"),
        ("mobile", "vision_cfg", "timm_model_name", "naflexvit_base_patch16_gap", "NaFlex"),
        ("mobile", "vision_cfg", "timm_model_name", "test_vit", "do not fit"),
        ("mobile", "vision_cfg", "timm_model_name", ["test_vit"], "timm knows no image tower"),
        ("mobile", "vision_cfg", "colour", 1, "do not fit"),
        ("mobile", "text_cfg", "layers", "many", "do not fit"),
        ("mobile", "text_cfg", "layers", 3, "do not fit"),
        ("mobile", "text_cfg", "tokenizer_kwargs", {"strip_sep_token": True}, "strip_sep_token"),
        ("mobile", "text_cfg", "tokenizer_mode", "clips", "clips"),
        ("worldwide", "text_cfg", "hf_pooler_type", 7, ""),
        ("xlm-roberta", "text_cfg", "hf_pooler_type", "evil_pooler", "do not fit"),
        ("xlm-roberta", "text_cfg", "context_length", "long", "context_length"),
    ],
)
def test_configurations_that_make_no_sense(
    made: Path, tmp_path: Path, make: str, part: str, key: str, value: Any, what: str
) -> None:
    shutil.copytree(made / make, tmp_path / "hub")
    change(tmp_path / "hub", part, key, value)
    if not what:  # said of a part that is not there
        assert read_checkpoint(tmp_path / "hub").kind == "open_clip"
        return
    with pytest.raises(EncoderMissing) as caught:
        read_checkpoint(tmp_path / "hub")
    assert what in caught.value.message
    assert "\n" not in caught.value.message
    assert len(caught.value.message) < 600


def test_a_text_tower_that_nothing_is_known_of(made: Path, tmp_path: Path) -> None:
    shutil.copytree(made / "xlm-roberta", tmp_path / "hub")
    (tmp_path / "hub" / "config.json").unlink()
    with pytest.raises(EncoderMissing, match="'someone/nobody-knows'") as caught:
        read_checkpoint(tmp_path / "hub")
    assert "config.json" in caught.value.hint
    change(tmp_path / "hub", "text_cfg", "hf_model_name", "xlm-roberta-base")  # known, and another
    with pytest.raises(EncoderMissing, match="do not fit"):
        read_checkpoint(tmp_path / "hub")


def test_a_text_tower_with_code_of_its_own(made: Path, tmp_path: Path) -> None:
    shutil.copytree(made / "xlm-roberta", tmp_path / "hub")
    path = tmp_path / "hub" / "config.json"
    said = json.loads(path.read_text())
    said |= {"auto_map": {"AutoModel": "evil.Model", "AutoConfig": "evil.Config"}, "attn_implementation": "evil/kernel"}
    path.write_text(json.dumps(said | {"_attn_implementation": "evil/kernel", "quantization_config": {"x": 1}}))
    (tmp_path / "hub" / "evil.py").write_text(f"import os; os.mkdir({str(tmp_path / 'executed')!r})")
    model: Any = read_checkpoint(tmp_path / "hub").model
    assert type(model.inner.text.transformer).__name__ == "XLMRobertaModel"
    assert model.inner.text.config._attn_implementation == "eager"
    assert not (tmp_path / "executed").exists()


def test_without_its_tokenizer(made: Path, tmp_path: Path) -> None:
    shutil.copytree(made / "worldwide", tmp_path / "hub")
    (tmp_path / "hub" / "tokenizer.json").unlink()
    with pytest.raises(EncoderMissing, match=r"has no tokenizer\.json"):
        read_checkpoint(tmp_path / "hub")


def test_reading_moves_no_random_numbers(made: Path) -> None:
    import torch

    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    read_checkpoint(made / "unusual")
    assert torch.equal(torch.rand(2), expected)


def test_what_cannot_be_stretched(made: Path, tmp_path: Path) -> None:
    for make in ("mobile", "xlm-roberta"):
        with pytest.raises(InputError, match="cannot be stretched"):
            export_onnx(made / make, tmp_path / "out", stretch=True)


def test_it_opens_as_every_other_encoder_and_is_remembered(made: Path, tmp_path: Path) -> None:
    """By its folder, from the cache the second time; another tokenizer beside the weights is another encoder."""
    shutil.copytree(made / "xlm-roberta", tmp_path / "hub")
    first = load_encoder(tmp_path / "hub", runtime="onnxruntime")
    expected = np.load(made / "xlm-roberta" / "expected.npz")
    np.testing.assert_allclose(first.encode_texts(SENTENCES), unit(expected["texts"]), atol=1e-4)
    assert load_encoder(tmp_path / "hub", runtime="onnxruntime").fingerprint == first.fingerprint
    named = tmp_path / "hub" / "tokenizer_config.json"
    named.write_text(json.dumps(json.loads(named.read_text()) | {"clean": "lower"}))
    assert load_encoder(tmp_path / "hub", runtime="onnxruntime").fingerprint != first.fingerprint


def test_the_verb(made: Path, tmp_path: Path) -> None:
    said = picdesk("models", "export", made / "mobile", tmp_path / "out", "--precision", "fp16", "--json")
    assert said.code == 0, said.err
    assert said.document["kind"] == "open_clip"
    assert json.loads((tmp_path / "out" / "visual" / "preprocess_cfg.json").read_text())["std"] == [1, 1, 1]
    said = picdesk("models", "export", made / "coca" / "model.pt", tmp_path / "no", "--architecture", "no-such")
    assert said.code == 2
    assert "knows no architecture called 'no-such'" in said.err


@pytest.mark.parametrize("missing", ["open_clip", "timm"])
def test_without_open_clip(made: Path, monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    import importlib.util

    real = importlib.util.find_spec
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == missing else real(name))
    with pytest.raises(ExtraMissing, match=f"needs {missing}") as caught:
        read_checkpoint(made / "mobile")
    assert "pip install --no-deps open_clip_torch timm" in caught.value.hint


PROGRAM = """
import sys
from pathlib import Path
from picdesk.encoders.torch.open_clip_import import import_open_clip
open_clip = import_open_clip()
import timm, timm.layers
print(sorted(name for name in sys.modules if name.partition(".")[0] == "torchvision"))
print(getattr(open_clip.transform.F, "__file__", None))
try:
    import torchvision
    print(torchvision.__file__)
except Exception as error:
    print(type(error).__name__)
"""


def run_with(torchvision: Path | None) -> list[str]:
    path = {} if torchvision is None else {"PYTHONPATH": str(torchvision)}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM],
        cwd=ROOT,
        env=ENVIRONMENT | path,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_a_missing_torchvision_stays_missing() -> None:
    if __import__("importlib.util").util.find_spec("torchvision"):
        pytest.skip("there is a torchvision here")
    assert run_with(None) == ["[]", "None", "ModuleNotFoundError"]


def test_a_broken_torchvision_stays_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "torchvision").mkdir()
    (tmp_path / "torchvision" / "__init__.py").write_text(
        "from torchvision import part\nraise RuntimeError('operator torchvision::nms does not exist')\n"
    )
    (tmp_path / "torchvision" / "part.py").write_text("")
    modules, functional, after = run_with(tmp_path)
    assert modules in ("[]", "['torchvision.part']")
    assert (functional, after) == ("None", "RuntimeError")


def test_a_torchvision_that_works_is_used(tmp_path: Path) -> None:
    anything = (
        "def __getattr__(name):\n"
        "    if name.startswith('__'): raise AttributeError(name)\n"
        "    names = ('BICUBIC', 'BILINEAR', 'BOX', 'HAMMING', 'LANCZOS', 'NEAREST')\n"
        "    return type(name, (), {name: name for name in names})\n"
    )
    for folder in ("", "transforms", "ops", "datasets", "models"):
        (tmp_path / "torchvision" / folder).mkdir(exist_ok=True)
        (tmp_path / "torchvision" / folder / "__init__.py").write_text(anything)
    for module in ("transforms/functional", "ops/misc", "models/feature_extraction"):
        (tmp_path / "torchvision" / f"{module}.py").write_text(anything)
    modules, functional, after = run_with(tmp_path)
    assert "torchvision.ops.misc" in modules
    assert functional == str(tmp_path / "torchvision" / "transforms" / "functional.py")
    assert after == str(tmp_path / "torchvision" / "__init__.py")
