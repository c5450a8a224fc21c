"""Wrong, damaged and hostile files: each a clear error of one line, and nothing in them is executed."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from picdesk.encoders.torch import load_checkpoint_encoder, read_checkpoint
from picdesk.encoders.torch.extra import need_torch
from picdesk.errors import EncoderMissing, ExtraMissing


class Bomb:
    """Makes a file when it is unpickled."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str, int]]:
        return os.mkdir, (str(self.target), 0o700)


def refused(path: Path) -> EncoderMissing:
    with pytest.raises(EncoderMissing) as caught:
        read_checkpoint(path)
    assert "\n" not in caught.value.message
    assert len(caught.value.message) < 600
    assert caught.value.hint.endswith(".")
    return caught.value


def test_the_bomb_works(tmp_path: Path) -> None:
    pickle.loads(pickle.dumps(Bomb(tmp_path / "executed")))  # noqa: S301
    assert (tmp_path / "executed").is_dir()


@pytest.mark.parametrize("form", ["torch", "old-torch", "plain", "inside", "folder"])
def test_nothing_in_a_pickle_is_executed(tmp_path: Path, clip_folder: tuple[Path, Any], form: str) -> None:
    import torch

    path, bomb = tmp_path / "model.pt", Bomb(tmp_path / "executed")
    if form == "plain":
        path.write_bytes(pickle.dumps(bomb))
    elif form == "folder":
        path = tmp_path / "clip"
        shutil.copytree(clip_folder[0], path)
        (path / "model.safetensors").unlink()
        torch.save(bomb, path / "pytorch_model.bin")
    else:
        content = {"state_dict": {"logit_scale": torch.zeros(1), "x": bomb}} if form == "inside" else bomb
        torch.save(content, path, _use_new_zipfile_serialization=form != "old-torch")
    error = refused(path)
    if form != "plain":
        assert "is no state dict" in error.message
        assert "mkdir" in error.message
    assert not (tmp_path / "executed").exists()


def test_nothing_in_a_torchscript_archive_is_executed(made: Path, tmp_path: Path) -> None:
    """Neither its pickle nor its program: one with a program that cannot even be parsed is read all the same."""
    source = made / "torchscript" / "model.pt"
    for place, name in (("pickle", "/data.pkl"), ("program", ".py")):
        with zipfile.ZipFile(source) as old, zipfile.ZipFile(tmp_path / f"{place}.pt", "w") as new:
            for entry in old.infolist():
                data = old.read(entry)
                if entry.filename.endswith(name):
                    bomb = Bomb(tmp_path / "executed")
                    data = pickle.dumps(bomb) if place == "pickle" else b"import os; os.mkdir('executed'); ((("
                new.writestr(entry.filename, data)
    assert "mkdir" in refused(tmp_path / "pickle.pt").message
    assert read_checkpoint(tmp_path / "program.pt").kind == "openai"
    assert not (tmp_path / "executed").exists()


@pytest.mark.parametrize(
    "program",
    [
        b"cbuiltins\neval\n.",
        b"cos\nsystem\n.",
        b"ctorch._utils\n_rebuild_tensor\n.",
        b"c__torch__.os\nsystem\n)\x81(K\x01K\x02lb.",  # a shell with a list for its attributes
        b"ccollections\nOrderedDict\n)R.",
    ],
)
def test_what_is_no_module_in_a_torchscript_archive(tmp_path: Path, program: bytes) -> None:
    with zipfile.ZipFile(tmp_path / "x.pt", "w") as archive:
        archive.writestr("x/constants.pkl", b"")
        archive.writestr("x/data.pkl", program)
    refused(tmp_path / "x.pt")


def test_a_torchscript_tensor_that_claims_more_than_it_has(made: Path, tmp_path: Path) -> None:
    with (
        zipfile.ZipFile(made / "torchscript" / "model.pt") as old,
        zipfile.ZipFile(tmp_path / "short.pt", "w") as short,
        zipfile.ZipFile(tmp_path / "packed.pt", "w", zipfile.ZIP_DEFLATED) as packed,
    ):
        for entry in old.infolist():
            tensor = "/data/" in entry.filename
            short.writestr(entry.filename, old.read(entry)[: 4 if tensor else None])
            packed.writestr(entry.filename, old.read(entry))
    for name in ("short.pt", "packed.pt"):
        assert "a tensor of" in refused(tmp_path / name).message


@pytest.mark.parametrize("make", ["torchscript/model.pt", "training/epoch_3.pt", "hub/open_clip_model.safetensors"])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.999])
def test_files_cut_short(made: Path, tmp_path: Path, make: str, share: float) -> None:
    whole = (made / make).read_bytes()
    path = tmp_path / Path(make).name
    path.write_bytes(whole[: int(share * len(whole))])
    refused(path)


@pytest.mark.parametrize(
    "header",
    [
        struct.pack("<Q", 2**60) + b"{}",
        struct.pack("<Q", 200) + b'{"a":' + b" " * 195,
        struct.pack("<Q", 65) + b'{"x":{"dtype":"F32","shape":[9000000],"data_offsets":[0,36000000]}}'[:65],
        struct.pack("<Q", 2) + b"{}",
    ],
)
def test_a_safetensors_file_that_lies(tmp_path: Path, header: bytes) -> None:
    (tmp_path / "x.safetensors").write_bytes(header + b"\0" * 64)
    refused(tmp_path / "x.safetensors")


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n" * 50, b"<html>404</html>", b"PK\x03\x04" + b"\0" * 99])
def test_files_of_another_kind(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.pt").write_bytes(content)
    refused(tmp_path / "x.pt")


@pytest.mark.parametrize("content", [[1, 2], {"epoch": 3}, 7, {"state_dict": {"a": 1}}])
def test_what_is_no_state_dict(tmp_path: Path, content: Any) -> None:
    import torch

    torch.save(content, tmp_path / "x.pt")
    assert "is no state dict" in refused(tmp_path / "x.pt").message


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("visual.trunk.patch_embed.proj.weight", "an image tower of timm"),
        ("text.transformer.encoder.layer.0.output.dense.weight", "XLM-R"),
        ("visual.layer1.0.conv1.weight", "a ResNet"),
        ("visual.transformer.resblocks.0.ls_1.gamma", "layer scale"),
        ("image_encoder.model.stem.weight", "MobileCLIP"),
        ("encoder.weight", "is no CLIP: it has no ln_final.bias"),
    ],
)
def test_other_architectures_are_named(tmp_path: Path, name: str, what: str) -> None:
    import torch

    torch.save({name: torch.zeros(2, 2), "logit_scale": torch.zeros(())}, tmp_path / "x.pt")
    error = refused(tmp_path / "x.pt")
    assert what in error.message
    assert "ONNX export" in error.hint


def test_a_coca_by_open_clip_is_named(made: Path) -> None:
    assert "CoCa" in refused(made / "coca" / "model.pt").message


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda state: state.pop("visual.proj"), "has no visual.proj"),
        (lambda state: state.pop("transformer.resblocks.1.ln_2.bias"), "configuration and weights do not fit"),
        (lambda state: state.update(extra=state["ln_final.bias"]), "CLIP has not, such as extra"),
        (lambda state: state.update(positional_embedding=state["positional_embedding"][:, :9]), "do not fit"),
        (lambda state: state.update({"token_embedding.weight": state["token_embedding.weight"][:99]}), "99 tokens"),
        (lambda state: state.update({"visual.conv1.weight": state["logit_scale"]}), "is no CLIP"),
        (lambda state: state.update({"visual.positional_embedding": state["positional_embedding"]}), "no square"),
        (lambda state: state.update(positional_embedding_res=state["ln_final.bias"]), "do not fit each other"),
    ],
)
def test_weights_that_do_not_fit(
    made: Path, tmp_path: Path, change: Callable[[dict[str, Any]], Any], what: str
) -> None:
    import torch

    state = torch.load(made / "training" / "epoch_3.pt", weights_only=True)["state_dict"]
    state = {name.removeprefix("module."): tensor for name, tensor in state.items()}
    change(state)
    torch.save(state, tmp_path / "x.pt")
    assert what in refused(tmp_path / "x.pt").message


@pytest.mark.parametrize(
    ("part", "key", "value"),
    [
        ("vision_cfg", "pool_type", "round"),
        ("text_cfg", "pool_type", "round"),
        ("vision_cfg", "head_width", 60),
        ("text_cfg", "heads", "many"),
    ],
)
def test_an_open_clip_configuration_that_is_not_supported(
    made: Path, tmp_path: Path, part: str, key: str, value: Any
) -> None:
    shutil.copytree(made / "hub", tmp_path / "hub")
    path = tmp_path / "hub" / "open_clip_config.json"
    config = json.loads(path.read_text())
    config["model_cfg"][part][key] = value
    path.write_text(json.dumps(config))
    refused(tmp_path / "hub")


@pytest.mark.parametrize(
    ("file", "content", "what"),
    [
        ("config.json", {"model_type": "chinese_clip"}, "'chinese_clip'"),
        ("config.json", [1], "no JSON object"),
        ("config.json", {"model_type": "clip", "text_config": {"hidden_size": "wide"}}, "do not fit"),
        ("config.json", {"model_type": "clip"}, "do not fit"),
        ("config.json", {"model_type": "siglip2"}, "no SigLIP 2"),
        (
            "preprocessor_config.json",
            {"size": {"shortest_edge": 48}, "crop_size": 32, "image_mean": [0] * 3, "image_std": [1] * 3},
            "size is",
        ),
        ("preprocessor_config.json", {"resample": 9}, "resample is 9"),
        ("preprocessor_config.json", {"size": 32}, "image_mean"),
        ("preprocessor_config.json", {"rescale_factor": 1}, "rescale_factor"),
        ("preprocessor_config.json", None, "how images are prepared"),
        ("tokenizer.json", None, "no tokenizer.json"),
        ("model.safetensors", None, "no weights"),
    ],
)
def test_folders_of_transformers_that_are_wrong(
    clip_folder: tuple[Path, Any], tmp_path: Path, file: str, content: Any, what: str
) -> None:
    shutil.copytree(clip_folder[0], tmp_path / "clip")
    if content is None:
        (tmp_path / "clip" / file).unlink()
    else:
        (tmp_path / "clip" / file).write_text(json.dumps(content))
    assert what in refused(tmp_path / "clip").message


def test_weights_are_not_taken_from_outside_a_folder(clip_folder: tuple[Path, Any], tmp_path: Path) -> None:
    shutil.copytree(clip_folder[0], tmp_path / "clip")
    (tmp_path / "clip" / "model.safetensors").rename(tmp_path / "outside.safetensors")
    index = tmp_path / "clip" / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"x": "../outside.safetensors"}}))
    assert "outside" in refused(tmp_path / "clip").message


def test_what_is_not_there(tmp_path: Path) -> None:
    refused(tmp_path / "nothing.pt")
    refused(tmp_path)


def test_without_the_extra(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "torch" else object())
    for ask in (need_torch, lambda: load_checkpoint_encoder(made / "training" / "epoch_3.pt")):
        with pytest.raises(ExtraMissing, match="needs torch") as caught:
            ask()
        assert "pip install 'picdesk[torch]'" in caught.value.hint


def test_a_configuration_that_asks_for_code_of_its_own(clip_folder: tuple[Path, Any], tmp_path: Path) -> None:
    shutil.copytree(clip_folder[0], tmp_path / "clip")
    path = tmp_path / "clip" / "config.json"
    config = json.loads(path.read_text())
    for part in (config, config["text_config"], config["vision_config"]):
        part |= {"auto_map": {"AutoModel": "evil.Model"}, "attn_implementation": "evil/kernel"}
        part |= {"_attn_implementation": "evil/kernel", "_attn_implementation_internal": "evil/kernel"}
    path.write_text(json.dumps(config))
    (tmp_path / "clip" / "evil.py").write_text(f"import os; os.mkdir({str(tmp_path / 'executed')!r})")
    model: Any = read_checkpoint(tmp_path / "clip").model
    assert type(model).__name__ == "CLIPModel"
    assert {part.config._attn_implementation for part in (model, model.text_model, model.vision_model)} == {"eager"}
    assert not (tmp_path / "executed").exists()
