"""Every make of checkpoint gives the vectors that its own maker's code gives."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from picdesk.encoders.torch import Checkpoint, read_checkpoint
from picdesk.encoders.torch.towers import features, image_tower, text_tower
from tests.encoders.torch.folders import make_folder
from tests.encoders.torch.makers import PREPROCESSING

MAKES = {
    "torchscript": ("model.pt", "openai", "quick_gelu"),
    "state-dict": ("model.pt", "openai", "quick_gelu"),
    "training": ("epoch_3.pt", "open_clip", "gelu"),
    "hub": ("open_clip_model.safetensors", "open_clip", "quick_gelu"),
    "long-clip": ("longclip-B.pt", "long-clip", "quick_gelu"),
}


def activation(checkpoint: Checkpoint) -> str:
    model: Any = checkpoint.model
    return str(model.config.text_config.hidden_act)


def differences(checkpoint: Checkpoint, expected: Any) -> tuple[float, float]:
    import torch

    with torch.inference_mode():
        images = image_tower(checkpoint.model)(torch.from_numpy(expected["pixels"])).numpy()
        texts = text_tower(checkpoint.model)(torch.from_numpy(expected["tokens"])).numpy()
    return float(np.abs(images - expected["images"]).max()), float(np.abs(texts - expected["texts"]).max())


@pytest.mark.parametrize("make", MAKES)
def test_vectors_are_the_maker_s(made: Path, make: str) -> None:
    name, kind, gelu = MAKES[make]
    checkpoint = read_checkpoint(made / make / name)
    assert (checkpoint.kind, activation(checkpoint)) == (kind, gelu)
    assert checkpoint.text_limit == (248 if kind == "long-clip" else 77)
    expected = np.load(made / make / "expected.npz")
    assert float(np.abs(expected["images"]).mean()) > 0.1  # otherwise 1e-4 says nothing
    assert float(np.abs(expected["texts"]).mean()) > 0.1
    assert max(differences(checkpoint, expected)) < 1e-4


def test_the_other_activation_gives_other_vectors(made: Path) -> None:
    """The judge sees the difference, and the caller can say what the file does not."""
    expected = np.load(made / "training" / "expected.npz")
    checkpoint = read_checkpoint(made / "training" / "epoch_3.pt", quick_gelu=True)
    assert activation(checkpoint) == "quick_gelu"
    assert min(differences(checkpoint, expected)) > 1e-3


def test_a_hub_folder_s_configuration_counts(made: Path, tmp_path: Path) -> None:
    whole = read_checkpoint(made / "hub")
    assert whole.preprocessing["interpolation"] == PREPROCESSING["interpolation"]
    assert (whole.preprocessing["mean"], whole.preprocessing["size"]) == (PREPROCESSING["mean"], 32)
    alone = shutil.copy(made / "hub" / "open_clip_model.safetensors", tmp_path)
    bare = read_checkpoint(Path(alone), quick_gelu=True)
    assert bare.preprocessing["interpolation"] == "bicubic"
    # One head of 64 instead of two of 32.
    assert min(differences(bare, np.load(made / "hub" / "expected.npz"))) > 1e-3


@pytest.mark.parametrize("kind", ["clip", "metaclip_2", "siglip"])
def test_folders_of_transformers(tmp_path: Path, kind: str) -> None:
    import torch

    folder, model = make_folder(tmp_path / kind, kind)
    checkpoint = read_checkpoint(folder)
    assert checkpoint.kind == kind
    assert checkpoint.tokenizer == folder
    assert checkpoint.fixed_length == (kind == "siglip")
    assert checkpoint.preprocessing["resize_mode"] == ("squash" if kind == "siglip" else "shortest")
    pixels = torch.randn(2, 3, 32, 32)
    tokens = torch.randint(1, 49406, (2, checkpoint.text_limit))
    tokens[0, 7:], tokens[1, -1] = 49407, 49407  # the first padded with its end token
    with torch.inference_mode():
        images = features(model.get_image_features(pixel_values=pixels)).numpy()
        texts = features(model.get_text_features(input_ids=tokens)).numpy()
    expected = {"pixels": pixels.numpy(), "tokens": tokens.numpy(), "images": images, "texts": texts}
    assert max(differences(checkpoint, expected)) < 1e-4


def test_siglip_2_at_its_own_square(tmp_path: Path) -> None:
    import torch

    folder, model = make_folder(tmp_path / "siglip2", "siglip2")
    checkpoint = read_checkpoint(folder)
    assert (checkpoint.preprocessing["size"], checkpoint.preprocessing["interpolation"]) == (32, "bilinear")
    pixels = torch.randn(2, 3, 32, 32)
    # Patch by patch, as its image processor cuts them: rows of pixels, the three colours innermost.
    corners = [(top, left) for top in (0, 16) for left in (0, 16)]
    cut = [pixels[:, :, top : top + 16, left : left + 16].permute(0, 2, 3, 1).flatten(1) for top, left in corners]
    tokens = torch.randint(1, 49406, (2, 24))
    with torch.inference_mode():
        images = features(
            model.get_image_features(
                pixel_values=torch.stack(cut, dim=1),
                pixel_attention_mask=torch.ones(2, 4, dtype=torch.int64),
                spatial_shapes=torch.tensor([[2, 2], [2, 2]]),
            )
        )
        texts = features(model.get_text_features(input_ids=tokens))
    expected = {"pixels": pixels, "tokens": tokens, "images": images, "texts": texts}
    assert max(differences(checkpoint, {name: value.numpy() for name, value in expected.items()})) < 1e-4


def test_the_end_token_of_old_configurations(tmp_path: Path) -> None:
    """OpenAI's models on the hub say that their end token is 2; the text's vector stands at 49407 all the same."""
    import torch

    folder, model = make_folder(tmp_path / "old", "clip", eos_token_id=2)
    checkpoint = read_checkpoint(folder)
    tokens = torch.tensor([[49406, 320, 1125, 49407, 0, 0, 0]])
    with torch.inference_mode():
        inner = model.text_model(input_ids=tokens).last_hidden_state[:, 3]
        expected = model.text_projection(inner)
        found = text_tower(checkpoint.model)(tokens)
    torch.testing.assert_close(found, expected)


def test_vectors_come_as_tensors_or_as_objects() -> None:
    """transformers 4 and transformers 5."""
    import torch
    from transformers.modeling_outputs import BaseModelOutputWithPooling

    vectors = torch.ones(2, 3)
    assert features(vectors) is vectors
    assert features(BaseModelOutputWithPooling(pooler_output=vectors)) is vectors


def test_weights_in_parts_and_as_a_pickle(clip_folder: tuple[Path, Any], tmp_path: Path) -> None:
    import torch
    from safetensors.torch import load_file, save_file

    for place in ("parts", "pickle"):
        shutil.copytree(clip_folder[0], tmp_path / place)
    tensors = load_file(clip_folder[0] / "model.safetensors")
    (tmp_path / "parts" / "model.safetensors").unlink()
    names = {name: f"model-{number % 2}.safetensors" for number, name in enumerate(tensors)}
    for file in set(names.values()):
        save_file({name: tensors[name] for name in names if names[name] == file}, tmp_path / "parts" / file)
    (tmp_path / "parts" / "model.safetensors.index.json").write_text(json.dumps({"weight_map": names}))
    (tmp_path / "pickle" / "model.safetensors").unlink()
    torch.save(tensors, tmp_path / "pickle" / "pytorch_model.bin")
    expected = clip_folder[1].state_dict()
    for place in ("parts", "pickle"):
        state = read_checkpoint(tmp_path / place).model.state_dict()
        assert all(torch.equal(state[name], expected[name]) for name in expected)
