"""CLIP of the right shapes with random weights.

The ONNX folder is written here and not by ``picdesk models export``: its text side takes 77 places, all filled, as the
exports do that rclip and Immich run. Picdesk's own exports take short texts short, which would set Picdesk apart from a
rival by the file and not by what runs it.
"""

from __future__ import annotations

import json
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from picdesk.encoders.bpe import write_clip_tokenizer

CONTEXT = 77
PREPARATION = {
    "size": 224,
    "mode": "RGB",
    "mean": [0.48145466, 0.4578275, 0.40821073],
    "std": [0.26862954, 0.26130258, 0.27577711],
    "interpolation": "bicubic",
    "resize_mode": "shortest",
    "fill_color": 0,
}


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of a CLIP: transformers' ``hidden_size``, ``num_hidden_layers`` and heads, of pictures and of texts."""

    vision: tuple[int, int, int]
    text: tuple[int, int, int]
    patch: int
    image: int = 224
    dimension: int = 512

    def config(self) -> dict[str, Any]:
        """Arguments of ``CLIPConfig``."""
        sides = {}
        for side, (width, layers, heads) in (("vision", self.vision), ("text", self.text)):
            sizes = {"hidden_size": width, "intermediate_size": 4 * width, "num_hidden_layers": layers}
            sides[f"{side}_config"] = sizes | {"num_attention_heads": heads, "projection_dim": self.dimension}
        sides["vision_config"] |= {"patch_size": self.patch, "image_size": self.image}
        # CLIP's end of text, at which a text's vector is read; the configuration's own default is another.
        sides["text_config"] |= {"eos_token_id": 49407}
        return {**sides, "projection_dim": self.dimension}


SHAPES = {
    "ViT-B/32": Shape((768, 12, 12), (512, 12, 8), 32),
    "ViT-L/14@336px": Shape((1024, 24, 16), (768, 12, 12), 14, 336, 768),
    "ViT-H/14": Shape((1280, 32, 16), (1024, 24, 16), 14, 224, 1024),
}


def build_model(name: str = "ViT-B/32") -> Any:
    """The model as transformers makes it, weights from seed 0.

    Args:
        name: a key of ``SHAPES``.
    """
    import torch
    from transformers import CLIPConfig, CLIPModel

    torch.manual_seed(0)
    model: Any = CLIPModel(CLIPConfig(**SHAPES[name].config()))
    return model.eval()


def write_checkpoint(model: Any, folder: Path) -> Path:
    """Write it as a folder of transformers, as torch and sentence-transformers read it.

    Returns:
        The folder.
    """
    from transformers.utils import logging

    quiet: Any = logging.disable_progress_bar
    quiet()
    model.save_pretrained(folder)
    write_clip_tokenizer(folder, CONTEXT)
    edge = model.config.vision_config.image_size
    settings = {
        "image_processor_type": "CLIPImageProcessor",
        "size": {"shortest_edge": edge},
        "crop_size": {"height": edge, "width": edge},
        "image_mean": PREPARATION["mean"],
        "image_std": PREPARATION["std"],
    }
    steps = ("do_resize", "do_center_crop", "do_rescale", "do_normalize", "do_convert_rgb")
    (folder / "preprocessor_config.json").write_text(
        json.dumps(settings | {"resample": 3} | dict.fromkeys(steps, True))
    )
    return folder


def write_folder(model: Any, folder: Path) -> None:
    """Write it as an ONNX folder."""
    import torch

    class Side(torch.nn.Module):
        def __init__(self, method: str) -> None:
            super().__init__()
            self.model, self.method = model, method

        def forward(self, values: Any) -> Any:
            features = getattr(self.model, self.method)(values)
            return getattr(features, "pooler_output", features)

    for name, method, given, values in (
        ("visual", "get_image_features", "image", torch.zeros(2, 3, 224, 224)),
        ("textual", "get_text_features", "text", torch.full((2, CONTEXT), 49407, dtype=torch.int32)),
    ):
        (folder / name).mkdir(parents=True)
        with warnings.catch_warnings():  # the exporter warns of itself and of every comparison of shapes
            warnings.simplefilter("ignore")
            torch.onnx.export(
                Side(method),
                (values,),
                str(folder / name / "model.onnx"),
                input_names=[given],
                output_names=["embedding"],
                dynamic_axes={given: {0: "batch"}, "embedding": {0: "batch"}},
                opset_version=17,
                dynamo=False,
            )
    (folder / "visual" / "preprocess_cfg.json").write_text(json.dumps(PREPARATION), encoding="utf-8")
    write_clip_tokenizer(folder / "textual", CONTEXT)
