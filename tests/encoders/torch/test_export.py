"""Checkpoints written as ONNX folders: they agree with their source, or they are not written."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from picdesk.encoders import load_encoder
from picdesk.encoders.torch import export_onnx, load_checkpoint_encoder, read_checkpoint
from picdesk.encoders.torch.export import Exported, stretched
from picdesk.encoders.torch.parity import TEXTS, drawn_images
from picdesk.encoders.torch.towers import features
from picdesk.errors import EncoderMissing, InputError, ThresholdMissed
from tests.encoders.torch.folders import make_folder

LEAST = {"fp32": 0.99999, "fp16": 0.9999, "int8": 0.99}


def unit(rows: Any) -> Any:
    rows = rows.numpy()
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def by_the_maker(model: Any, folder: Path) -> tuple[Any, Any]:
    """Vectors of the fixed images and texts through transformers' own processors and model."""
    import torch
    from tokenizers import Tokenizer
    from transformers import CLIPImageProcessor

    processor = CLIPImageProcessor.from_pretrained(folder)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_padding(length=77, pad_id=0)
    tokens = torch.tensor([encoding.ids for encoding in tokenizer.encode_batch(list(TEXTS))])
    with torch.inference_mode():
        pixels = processor(drawn_images(), return_tensors="pt")["pixel_values"]
        images = features(model.get_image_features(pixel_values=pixels))
        texts = features(model.get_text_features(input_ids=tokens))
    return unit(images), unit(texts)


@pytest.fixture(scope="module")
def written(clip_folder: tuple[Path, Any], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Exported]:
    """The same CLIP in the three precisions; not to be changed."""
    folder = tmp_path_factory.mktemp("written")
    return {each: export_onnx(clip_folder[0], folder / each, precision=each) for each in LEAST}


@pytest.mark.parametrize("precision", LEAST)
def test_a_written_folder_agrees_with_its_source(
    clip_folder: tuple[Path, Any], written: dict[str, Exported], precision: str
) -> None:
    exported = written[precision]
    assert (exported.kind, exported.precision, exported.text_limit) == ("clip", precision, 77)
    assert min(exported.image_cosine or 0, exported.text_cosine) > LEAST[precision]
    assert exported.bytes == sum(path.stat().st_size for path in exported.folder.rglob("*.*") if path.is_file())
    encoder = load_encoder(exported.folder, runtime="onnxruntime")
    assert (encoder.name, encoder.dimension, encoder.image_side, encoder.text_limit) == (precision, 512, 32, 77)
    images, texts = by_the_maker(clip_folder[1], clip_folder[0])
    seen = (encoder.encode_images(drawn_images()) * images).sum(axis=1).min()
    assert seen == pytest.approx(exported.image_cosine, abs=1e-5)
    read = (encoder.encode_texts(TEXTS) * texts).sum(axis=1).min()
    assert read == pytest.approx(exported.text_cosine, abs=1e-5)


def test_smaller_weights_make_smaller_files(written: dict[str, Exported]) -> None:
    def size(precision: str, side: str) -> int:
        return (written[precision].folder / side / "model.onnx").stat().st_size

    assert size("fp16", "visual") < 0.6 * size("fp32", "visual")
    assert size("fp16", "textual") < 0.6 * size("fp32", "textual")
    assert size("int8", "visual") < 0.6 * size("fp32", "visual")


@pytest.mark.parametrize("precision", ["fp32", "int8"])
def test_weights_that_one_file_cannot_hold(
    clip_folder: tuple[Path, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, precision: str
) -> None:
    monkeypatch.setattr("picdesk.encoders.torch.precision._LARGEST_FILE", 100_000)
    exported = export_onnx(clip_folder[0], tmp_path / "out", precision=precision)
    assert min(exported.image_cosine or 0, exported.text_cosine) > LEAST[precision]
    assert sorted(path.name for path in (tmp_path / "out" / "textual").iterdir()) == [
        "model.onnx",
        "model.onnx.data",
        "tokenizer.json",
        "tokenizer_config.json",
    ]


def test_the_fixed_set_is_fixed_and_varied() -> None:
    first, second = (np.stack([np.asarray(image.resize((32, 32))) for image in drawn_images()]) for _ in range(2))
    assert np.array_equal(first, second)
    assert len({image.size for image in drawn_images()}) > 5
    assert len({row.tobytes() for row in first}) == len(first)


@pytest.mark.parametrize("make", ["torchscript/model.pt", "hub", "long-clip/longclip-B.pt"])
def test_files_by_openai_open_clip_and_long_clip(made: Path, tmp_path: Path, make: str) -> None:
    exported = export_onnx(made / make, tmp_path / "out")
    encoder = load_encoder(tmp_path / "out", runtime="onnxruntime")
    assert encoder.text_limit == exported.text_limit == (248 if "long" in make else 77)
    # The same words, however they are padded and whatever stands beside them.
    alone = encoder.encode_texts(["a dog"])
    together = encoder.encode_texts(["a dog", "word " * 300])
    np.testing.assert_allclose(alone[0], together[0], atol=1e-5)
    assert abs(float(together[0] @ together[1])) < 0.999


@pytest.mark.parametrize("kind", ["siglip", "siglip2", "metaclip_2"])
def test_other_folders_of_transformers(tmp_path: Path, kind: str) -> None:
    source, _ = make_folder(tmp_path / kind, kind)
    exported = export_onnx(source, tmp_path / "out", precision="fp16")
    assert exported.kind == kind
    assert min(exported.image_cosine or 0, exported.text_cosine) > LEAST["fp16"]
    encoder = load_encoder(tmp_path / "out")
    assert encoder.encode_images(drawn_images()[:1]).shape == encoder.encode_texts(["a dog"]).shape


def test_stretching(clip_folder: tuple[Path, Any], written: dict[str, Exported], tmp_path: Path) -> None:
    import torch

    exported = export_onnx(clip_folder[0], tmp_path / "long", stretch=True)
    assert exported.text_limit == 248
    long, short = (
        load_encoder(folder, runtime="onnxruntime") for folder in (tmp_path / "long", written["fp32"].folder)
    )
    text = "Striker scores twice"  # within the first 20 tokens nothing changes
    np.testing.assert_allclose(long.encode_texts([text]), short.encode_texts([text]), atol=1e-5)
    words = [" ".join(["word"] * 100), " ".join(["word"] * 100 + ["dog"])]
    assert float(np.abs(np.diff(short.encode_texts(words), axis=0)).max()) < 1e-6
    assert float(np.abs(np.diff(long.encode_texts(words), axis=0)).max()) > 1e-3
    before, after = clip_folder[1].state_dict(), stretched(read_checkpoint(clip_folder[0])).model.state_dict()
    changed = [name for name in before if not torch.equal(before[name], after[name])]
    assert changed == ["text_model.embeddings.position_embedding.weight"]


def test_what_cannot_be_stretched(made: Path, tmp_path: Path) -> None:
    source, _ = make_folder(tmp_path / "siglip", "siglip")
    for path in (made / "long-clip" / "longclip-B.pt", source):
        with pytest.raises(InputError, match="cannot be stretched"):
            export_onnx(path, tmp_path / "out", stretch=True)
    assert not (tmp_path / "out").exists()


def test_below_the_limit_nothing_is_left(clip_folder: tuple[Path, Any], tmp_path: Path) -> None:
    target = tmp_path / "here" / "out"
    with pytest.raises(ThresholdMissed, match="smallest cosine"):
        export_onnx(clip_folder[0], target, precision="int8", least_cosine=0.9999999)
    assert list(target.parent.iterdir()) == []


def test_a_model_that_onnx_has_no_words_for(
    clip_folder: tuple[Path, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    import torch

    def refuse(*_: Any, **__: Any) -> None:
        sys.stdout.write("the whole graph")
        raise torch.onnx.OnnxExporterError("Exporting the operator 'aten::x'\nis not supported")

    monkeypatch.setattr("torch.onnx.export", refuse)
    with pytest.raises(EncoderMissing, match="cannot be written as ONNX: Exporting the operator 'aten::x' is not"):
        export_onnx(clip_folder[0], tmp_path / "out")
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr() == ("", "")


def test_weights_that_are_no_numbers(made: Path, tmp_path: Path) -> None:
    import torch

    state = torch.load(made / "state-dict" / "model.pt", weights_only=True)
    state["visual.proj"] = torch.full_like(state["visual.proj"], torch.nan)
    torch.save(state, tmp_path / "nan.pt")
    with pytest.raises(ThresholdMissed, match="not finite"):
        export_onnx(tmp_path / "nan.pt", tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["nan.pt"]


def test_targets_that_cannot_be(clip_folder: tuple[Path, Any], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for target, what in ((tmp_path / "file", "exists already"), (tmp_path / "file" / "out", "cannot be written")):
        with pytest.raises(InputError, match=what):
            export_onnx(clip_folder[0], target)
    with pytest.raises(InputError, match="no precision called 'fp8'"):
        export_onnx(clip_folder[0], tmp_path / "out", precision="fp8")
    with pytest.raises(EncoderMissing):
        export_onnx(tmp_path / "nothing", tmp_path / "out")
    with pytest.raises(InputError, match="says itself which activation"):
        export_onnx(clip_folder[0], tmp_path / "out", quick_gelu=True)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_checkpoint_in_place_of_a_folder(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PICDESK_CACHE", str(tmp_path / "cache"))
    path = Path(shutil.copy(made / "torchscript" / "model.pt", tmp_path / "ViT-tiny.pt"))
    first = load_checkpoint_encoder(path)
    assert first.name == "ViT-tiny"
    monkeypatch.setattr("picdesk.encoders.torch.cached.export_onnx", None)  # from now on it lies there
    second = load_checkpoint_encoder(path)
    assert second.fingerprint == first.fingerprint
    np.testing.assert_array_equal(second.encode_texts(["a dog"]), first.encode_texts(["a dog"]))
    assert capfd.readouterr() == ("", "")


def test_another_checkpoint_under_the_same_name(made: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(made / "torchscript" / "model.pt", tmp_path / "model.pt"))
    first = load_checkpoint_encoder(path)
    shutil.copy(made / "training" / "epoch_3.pt", path)
    assert load_checkpoint_encoder(path).fingerprint != first.fingerprint


def test_without_a_cache(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("x")
    monkeypatch.setenv("PICDESK_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(EncoderMissing, match="nothing can be written"):
        load_checkpoint_encoder(made / "training" / "epoch_3.pt")
