"""CLIP ViT-B/32 of the right shape with random weights."""

from __future__ import annotations

import json
import warnings
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


def build_model() -> Any:
    """The model as transformers makes it, weights from seed 0."""
    import torch
    from transformers import CLIPConfig, CLIPModel

    torch.manual_seed(0)
    # 49407 is CLIP's end of text, at which a text's vector is read; the configuration's own default is another.
    model: Any = CLIPModel(CLIPConfig(text_config={"eos_token_id": 49407}))
    return model.eval()


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
