"""Tiny random models by open_clip, in every format of a file, with the vectors that open_clip itself gives.

Run as a program, in a process of its own: open_clip needs a torchvision, and an empty one is made up here.

    python -m tests.encoders.torch.makers FOLDER
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

HEADS = {"vision_cfg": {"head_width": 32}, "text_cfg": {"heads": 2}}
PREPROCESSING = {"mean": [0.5, 0.5, 0.5], "std": [0.25, 0.25, 0.25], "interpolation": "bilinear"}


class Anything(type):
    """A class that has every attribute."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return name


class EmptyTorchvision(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Any module of torchvision, and any class in it, with nothing inside."""

    def find_spec(self, name: str, path: Any, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        del path, target
        inside = name.partition(".")[0] == "torchvision"
        return importlib.machinery.ModuleSpec(name, self, is_package=True) if inside else None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        module = ModuleType(spec.name)
        module.__getattr__ = lambda name: Anything(name, (), {})  # type: ignore[method-assign]
        return module

    def exec_module(self, module: ModuleType) -> None:
        """There is nothing to run."""


def tiny(open_clip: Any, folder: Path, name: str, **more: Any) -> Any:
    """A random model by open_clip's ``create_model``."""
    import torch

    config: dict[str, Any] = {
        "embed_dim": 32,
        "vision_cfg": {"image_size": 32, "layers": 2, "width": 64, "patch_size": 16},
        "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 64, "heads": 1, "layers": 2},
    }
    for key, value in more.items():
        config[key] = config.get(key, {}) | value if isinstance(value, dict) else value
    (folder / f"{name}.json").write_text(json.dumps(config))
    open_clip.add_model_config(folder / f"{name}.json")
    torch.manual_seed(len(name))
    model = open_clip.create_model(name).eval()
    with torch.no_grad():  # the usual start is so small that errors would hide in it
        for parameter in model.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
    return model


def keep(model: Any, folder: Path, context: int = 77) -> None:
    """Inputs, and what open_clip makes of them."""
    import numpy as np
    import torch

    folder.mkdir(exist_ok=True)
    pixels = torch.randn(3, 3, 32, 32)
    tokens = torch.zeros(3, context, dtype=torch.int64)
    for row, length in enumerate((3, 12, context)):
        tokens[row, :length] = torch.randint(1, 49406, (length,))
        tokens[row, 0], tokens[row, length - 1] = 49406, 49407
    with torch.inference_mode():
        images, texts = model.encode_image(pixels), model.encode_text(tokens)
    arrays = {"pixels": pixels, "tokens": tokens, "images": images, "texts": texts}
    np.savez(folder / "expected.npz", **{name: array.numpy() for name, array in arrays.items()})


def openai(open_clip: Any, folder: Path) -> None:
    """A TorchScript archive as OpenAI published them, half of it float16, and its state dict."""
    import torch

    model = tiny(open_clip, folder, "like-openai", quick_gelu=True)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(parameter.half())
    keep(model, folder / "torchscript")
    keep(model, folder / "state-dict")
    for name, number in (("input_resolution", 32), ("context_length", 77), ("vocab_size", 49408)):
        model.__dict__.pop(name, None)
        model.register_buffer(name, torch.tensor(number))
    example = (torch.zeros(1, 3, 32, 32), torch.full((1, 77), 49407))
    trace: Any = torch.jit.trace
    archive = trace(model, example, check_trace=False)
    archive.visual.half()
    archive.save(folder / "torchscript" / "model.pt")
    torch.save(archive.state_dict(), folder / "state-dict" / "model.pt")


def of_open_clip(open_clip: Any, folder: Path) -> None:
    """A training checkpoint, and a hub folder whose configuration says what shapes do not."""
    import torch
    from safetensors.torch import save_file

    plain = tiny(open_clip, folder, "plain")
    keep(plain, folder / "training")
    state = {f"module.{name}": tensor for name, tensor in plain.state_dict().items()}
    torch.save({"epoch": 3, "name": "x", "state_dict": state}, folder / "training" / "epoch_3.pt")

    custom = tiny(open_clip, folder, "with-config", quick_gelu=True, custom_text=True, **HEADS)
    keep(custom, folder / "hub")
    save_file(custom.state_dict(), folder / "hub" / "open_clip_model.safetensors")
    config = json.loads((folder / "with-config.json").read_text())
    (folder / "hub" / "open_clip_config.json").write_text(
        json.dumps({"model_cfg": config, "preprocess_cfg": PREPROCESSING})
    )


def long_clip(open_clip: Any, folder: Path) -> None:
    """Long-CLIP's two position tables; the judge adds them under masks, as the paper's code does."""
    import torch

    model = tiny(open_clip, folder, "long", quick_gelu=True, text_cfg={"context_length": 248})
    state = dict(model.state_dict())
    state["positional_embedding"], state["positional_embedding_res"] = torch.randn(2, 248, 64) * 0.3
    first = (torch.arange(248) < 20).float()[:, None]
    with torch.no_grad():
        model.positional_embedding.copy_(
            first * state["positional_embedding"] + (1 - first) * state["positional_embedding_res"]
        )
    keep(model, folder / "long-clip", 248)
    torch.save(state, folder / "long-clip" / "longclip-B.pt")


def foreign(open_clip: Any, folder: Path) -> None:
    """A CoCa."""
    import torch

    (folder / "coca").mkdir()
    decoder = {"context_length": 76, "vocab_size": 49408, "width": 64, "heads": 1, "layers": 1}
    model = tiny(
        open_clip,
        folder,
        "coca_tiny",
        vision_cfg={"attentional_pool": True, "attn_pooler_heads": 1, "output_tokens": True},
        text_cfg={"context_length": 76, "embed_cls": True, "output_tokens": True},
        multimodal_cfg=decoder,
        custom_text=True,
    )
    torch.save(model.state_dict(), folder / "coca" / "model.pt")


def main() -> None:
    sys.meta_path.insert(0, EmptyTorchvision())
    import open_clip

    folder = Path(sys.argv[1])
    for make in (openai, of_open_clip, long_clip, foreign):
        make(open_clip, folder)


if __name__ == "__main__":
    main()
