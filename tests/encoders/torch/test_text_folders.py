"""Text models alone give the vectors of the libraries that made them, and are paired with an image side."""

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
from picdesk.encoders.pair import pair_sides
from picdesk.encoders.torch import export_onnx, read_checkpoint
from picdesk.encoders.torch.towers import text_tower
from picdesk.errors import EncoderMissing, InputError
from tests.command_line import ENVIRONMENT, picdesk
from tests.encoders.torch.words import SENTENCES, WORDS, write_word_tokenizer
from tests.hub import serve_hub
from tests.tiny import build_clip

LIMIT = 24
SHORT = tuple(text for text in SENTENCES if "&" not in text)
"""Texts that need no mending, which these libraries do not do."""


def tiny_config(kind: str) -> Any:
    import transformers

    common: dict[str, Any] = {"vocab_size": WORDS, "max_position_embeddings": 60, "pad_token_id": 1}
    sizes: dict[str, Any] = {
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 48,
    }
    if kind == "distilbert":
        return transformers.DistilBertConfig(dim=32, hidden_dim=48, n_layers=2, n_heads=2, **common)
    return transformers.XLMRobertaConfig(**sizes, **common, type_vocab_size=1)


def stirred(model: Any) -> Any:
    import torch

    with torch.no_grad():  # the usual start is so small that errors would hide in it
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return model.eval()


def make_sentence_folder(folder: Path, kind: str, pooling: str) -> Any:
    """A model by sentence-transformers, in a folder as that library writes it; the judge."""
    library = pytest.importorskip("sentence_transformers")
    import torch
    import transformers
    from sentence_transformers.sentence_transformer import modules

    torch.manual_seed(len(kind))
    base = folder.with_name(f"{folder.name}-base")
    maker: Any = transformers.AutoModel
    stirred(maker.from_config(tiny_config(kind))).save_pretrained(base)
    write_word_tokenizer(base)
    first = modules.Transformer(str(base), max_seq_length=LIMIT)
    dense = modules.Dense(32, 16, bias=False, activation_function=torch.nn.Identity())
    judge = library.SentenceTransformer(modules=[first, modules.Pooling(32, pooling), dense], device="cpu")
    judge.save(str(folder))
    return judge


def as_older_releases(folder: Path) -> None:
    """The same folder as releases of the time of clip-ViT-B-32-multilingual-v1 wrote it."""
    import torch
    from safetensors.torch import load_file

    steps = json.loads((folder / "modules.json").read_text())
    for step, kind in zip(steps, ("Transformer", "Pooling", "Dense"), strict=True):
        step["type"] = f"sentence_transformers.models.{kind}"
    (folder / "modules.json").write_text(json.dumps(steps))
    modes = {f"pooling_mode_{mode}": mode == "mean_tokens" for mode in ("cls_token", "mean_tokens", "max_tokens")}
    (folder / "1_Pooling" / "config.json").write_text(json.dumps({"word_embedding_dimension": 32} | modes))
    (folder / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": LIMIT, "do_lower_case": False}))
    for place, name in ((folder, "model"), (folder / "2_Dense", "model")):
        torch.save(load_file(place / f"{name}.safetensors"), place / "pytorch_model.bin")
        (place / f"{name}.safetensors").unlink()


def unit(rows: Any) -> Any:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def sentence_folder(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """A DistilBERT with a mean and a matrix, and the judge; not to be changed."""
    folder = tmp_path_factory.mktemp("sentence") / "tiny"
    return folder, make_sentence_folder(folder, "distilbert", "mean")


@pytest.mark.parametrize(("kind", "pooling"), [("distilbert", "max"), ("xlm-roberta", "mean"), ("xlm-roberta", "cls")])
def test_sentence_transformers(tmp_path: Path, kind: str, pooling: str) -> None:
    judge = make_sentence_folder(tmp_path / "tiny", kind, pooling)
    expected = judge.encode(list(SHORT), normalize_embeddings=True)
    checkpoint = read_checkpoint(tmp_path / "tiny")
    assert (checkpoint.kind, checkpoint.sides, checkpoint.dimension) == ("sentence-transformers", ("textual",), 16)
    exported = export_onnx(tmp_path / "tiny", tmp_path / "out")
    assert exported.image_cosine is None
    assert exported.text_cosine > 0.9999
    encoder = load_encoder(tmp_path / "out", runtime="onnxruntime")
    assert (encoder.has_images, encoder.text_limit, encoder.dimension) == (False, LIMIT, 16)
    np.testing.assert_allclose(encoder.encode_texts(SHORT), expected, atol=1e-4)
    assert float(np.abs(expected - expected[:1]).max()) > 0.01


def test_as_older_releases_wrote_it(sentence_folder: tuple[Path, Any], tmp_path: Path) -> None:
    folder, judge = sentence_folder
    shutil.copytree(folder, tmp_path / "old")
    as_older_releases(tmp_path / "old")
    expected = judge.encode(list(SHORT), normalize_embeddings=True)
    encoder = load_encoder(tmp_path / "old", runtime="onnxruntime")  # through the cache
    np.testing.assert_allclose(encoder.encode_texts(SHORT), expected, atol=1e-4)
    # Every step is part of the encoder's identity.
    said = json.loads((tmp_path / "old" / "1_Pooling" / "config.json").read_text())
    said |= {"pooling_mode_mean_tokens": False, "pooling_mode_cls_token": True}
    (tmp_path / "old" / "1_Pooling" / "config.json").write_text(json.dumps(said))
    other = load_encoder(tmp_path / "old", runtime="onnxruntime")
    assert other.fingerprint != encoder.fingerprint
    assert float(np.abs(other.encode_texts(SHORT) - expected).max()) > 1e-3


def test_m_clip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As Multilingual-CLIP's own code adds it up: transformer, masked mean, matrix."""
    import torch
    import transformers
    from transformers import AutoTokenizer

    torch.manual_seed(5)
    config = tiny_config("xlm-roberta")
    inner, matrix = stirred(transformers.XLMRobertaModel(config)), torch.nn.Linear(32, 16)
    state = {f"transformer.{name}": tensor for name, tensor in inner.state_dict().items()}
    state |= {f"LinearTransformation.{name}": tensor for name, tensor in matrix.state_dict().items()}
    state["transformer.embeddings.position_ids"] = torch.arange(60)[None]  # as older releases of transformers have it
    torch.save(state, tmp_path / "pytorch_model.bin")
    said = {"model_type": "M-CLIP", "modelBase": "xlm-roberta-tiny", "numDims": 16, "transformerDimensions": 32}
    (tmp_path / "config.json").write_text(json.dumps(said))
    write_word_tokenizer(tmp_path, 40)
    with pytest.raises(EncoderMissing, match="xlm-roberta-tiny"):
        read_checkpoint(tmp_path)
    monkeypatch.setattr(
        "picdesk.encoders.torch.text_configs.known_configs", lambda: {"xlm-roberta-tiny": config.to_dict()}
    )
    checkpoint = read_checkpoint(tmp_path)
    assert (checkpoint.kind, checkpoint.sides, checkpoint.text_limit) == ("m-clip", ("textual",), 40)
    batch = AutoTokenizer.from_pretrained(tmp_path)(list(SHORT), return_tensors="pt", padding=True, truncation=True)
    tokens, mask = batch["input_ids"], batch["attention_mask"]
    with torch.inference_mode():
        states = inner(input_ids=tokens, attention_mask=mask).last_hidden_state
        expected = matrix((states * mask[:, :, None]).sum(1) / mask.sum(1)[:, None])
        torch.testing.assert_close(text_tower(checkpoint.model)(tokens), expected, atol=1e-4, rtol=0)


def test_known_text_models_are_of_known_kinds() -> None:
    from picdesk.encoders.torch.text_configs import known_configs, text_config

    for name, said in known_configs().items():
        config = text_config(said, Path(name))
        assert all(getattr(config, key) == value for key, value in said.items() if key != "model_type"), name


@pytest.mark.parametrize(
    ("file", "content", "what"),
    [
        ("modules.json", {"a": 1}, "no list of steps"),
        ("modules.json", [{"type": "evil.Model", "path": ""}], "the steps Model are not supported"),
        ("modules.json", [{"type": "x.Transformer", "path": "../up"}], "from outside"),
        ("config.json", {"model_type": "evil", "auto_map": {"AutoModel": "evil.Model"}}, "type 'evil'"),
        ("config.json", {"model_type": "distilbert", "dim": "wide"}, "makes no sense"),
        ("config.json", {"model_type": "distilbert", "n_layers": 3}, "do not fit"),
        ("config.json", {"model_type": "mt5"}, "not supported alone"),
        ("1_Pooling/config.json", {"pooling_mode": "lasttoken"}, "the pooling 'lasttoken'"),
        ("1_Pooling/config.json", {}, "the pooling"),
        ("2_Dense/config.json", {"activation_function": "os.system"}, "the activation 'system'"),
        ("2_Dense/model.safetensors", None, "no weights"),
        ("tokenizer.json", None, r"no tokenizer\.json"),
    ],
)
def test_folders_that_are_wrong(
    sentence_folder: tuple[Path, Any], tmp_path: Path, file: str, content: Any, what: str
) -> None:
    shutil.copytree(sentence_folder[0], tmp_path / "tiny")
    if content is None:
        (tmp_path / "tiny" / file).unlink()
    else:
        (tmp_path / "tiny" / file).write_text(json.dumps(content))
    with pytest.raises(EncoderMissing, match=what) as caught:
        read_checkpoint(tmp_path / "tiny")
    assert "\n" not in caught.value.message


def test_what_a_folder_says_itself(sentence_folder: tuple[Path, Any], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="says itself"):
        read_checkpoint(sentence_folder[0], architecture="MobileCLIP2-S0")
    with pytest.raises(InputError, match="cannot be stretched"):
        export_onnx(sentence_folder[0], tmp_path / "out", stretch=True)


def test_a_name_of_the_catalogue_fetches_every_step(sentence_folder: tuple[Path, Any], tmp_path: Path) -> None:
    shutil.copytree(sentence_folder[0], tmp_path / "original")
    as_older_releases(tmp_path / "original")
    with serve_hub("sentence-transformers/clip-ViT-B-32-multilingual-v1", tmp_path / "original") as hub:
        environment = ENVIRONMENT | hub.environment(tmp_path / "cache")
        command = [sys.executable, "-c", "from picdesk.cli import main; main()", "models", "export"]
        done = subprocess.run(
            [*command, "clip-vit-b-32-multilingual", tmp_path / "out", "--json"],
            env=environment,
            capture_output=True,
            text=True,
            timeout=600,
        )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["kind"] == "sentence-transformers"
    assert "2_Dense/pytorch_model.bin" in hub.got
    assert json.loads((tmp_path / "out" / "config.json").read_text())["model"] == "clip-vit-b-32-multilingual"
    with pytest.raises(InputError, match=r"trained to meet the images of clip-vit-b-32"):
        pair_sides(tmp_path / "out", build_clip(tmp_path / "colours", dimension=16, image_size=32), tmp_path / "pair")


def test_the_verb(sentence_folder: tuple[Path, Any], tmp_path: Path) -> None:
    said = picdesk("models", "export", sentence_folder[0], tmp_path / "out")
    assert (said.code, said.err) == (0, "")
    assert "smallest cosine to the source: texts " in said.out
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["config.json", "textual"]
