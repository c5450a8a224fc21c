"""Checkpoints in OpenAI's parameter names: OpenAI's own, open_clip's and Long-CLIP's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from picdesk.encoders.catalogue import catalogue
from picdesk.encoders.settings import read_settings
from picdesk.encoders.torch.build import build_model
from picdesk.encoders.torch.checkpoint import Checkpoint
from picdesk.encoders.torch.clip_names import check_architecture, common_names, is_clip, transformers_names
from picdesk.encoders.torch.clip_shapes import VOCABULARY, clip_config, is_standard
from picdesk.encoders.torch.stretch import KEPT
from picdesk.encoders.torch.tensors import read_tensors
from picdesk.errors import EncoderMissing

if TYPE_CHECKING:
    from pathlib import Path

    import torch

_ADDED = "positional_embedding_res"
_OPENAI_ONLY = {"input_resolution", "context_length", "vocab_size"}
# OPENAI_DATASET_MEAN and OPENAI_DATASET_STD.
_PREPROCESSING = {
    "mode": "RGB",
    "mean": [0.48145466, 0.4578275, 0.40821073],
    "std": [0.26862954, 0.26130258, 0.27577711],
    "interpolation": "bicubic",
    "resize_mode": "shortest",
    "fill_color": 0,
}


def read_clip_file(path: Path, quick_gelu: bool | None, architecture: str | None = None) -> Checkpoint:
    """Read a file of weights in OpenAI's parameter names, or in open_clip's for towers of other makers.

    Args:
        path: the file; ``open_clip_config.json`` beside it is taken into account.
        quick_gelu: the activation function; ``None`` for the maker's.
        architecture: open_clip's name of the model, where nothing lies beside it.

    Raises:
        EncoderMissing: the file is damaged, or nothing says what towers these are.
        ExtraMissing: the towers are of other makers, and open_clip or timm is not installed.
        InputError: no such architecture.
    """
    tensors, torchscript = read_tensors(path)
    kind = "openai" if torchscript or set(tensors) >= _OPENAI_ONLY else "open_clip"
    raw = {name: tensor for name, tensor in tensors.items() if name not in _OPENAI_ONLY}
    tensors = common_names(raw)
    if _ADDED in tensors:
        kind, tensors = "long-clip", _with_added_positions(tensors, path)
    said = _said(path, architecture) if kind == "open_clip" else {}
    model_said = _inner(said, "model_cfg")
    preprocessing = _PREPROCESSING | _known(_inner(said, "preprocess_cfg"))
    if model_said and not _is_plain(tensors, model_said):
        from picdesk.encoders.torch.open_clip_file import read_open_clip

        if quick_gelu is not None:
            model_said = model_said | {"quick_gelu": quick_gelu}
        return read_open_clip(path, raw, model_said, preprocessing)
    check_architecture(tensors, path)
    if quick_gelu is None:
        quick_gelu = kind != "open_clip" or bool(model_said.get("quick_gelu", False))
    config = clip_config(tensors, model_said, quick_gelu, path)
    return Checkpoint(
        kind=kind,
        model=build_model("clip", config, transformers_names(tensors), path),
        preprocessing=preprocessing | {"size": config["vision_config"]["image_size"]},
        tokenizer=None,
        clean="lower",
        text_limit=config["text_config"]["max_position_embeddings"],
        fixed_length=False,
        dimension=config["projection_dim"],
        activation=config["text_config"]["hidden_act"],
    )


def _said(path: Path, architecture: str | None) -> dict[str, Any]:
    """What is known of the model beside its weights: ``model_cfg`` and ``preprocess_cfg``; may be empty."""
    beside = path.parent / "open_clip_config.json"
    if beside.is_file():
        return read_settings(beside)
    architecture = architecture or _known_as(path)
    if not architecture:
        return {}
    from picdesk.encoders.torch.open_clip_file import architecture_settings

    return architecture_settings(architecture)


def _known_as(path: Path) -> str:
    """open_clip's name of the catalogue's model whose file has this name; "" where there is none."""
    return next((each.architecture for each in catalogue() if each.architecture and each.file == path.name), "")


def _is_plain(tensors: dict[str, torch.Tensor], said: dict[str, Any]) -> bool:
    """Whether transformers' ``CLIPModel`` is this model, and CLIP's tokenizer its own."""
    own_words = "token_embedding.weight" in tensors and len(tensors["token_embedding.weight"]) == VOCABULARY
    return own_words and is_clip(tensors) and is_standard(said)


def _with_added_positions(tensors: dict[str, torch.Tensor], path: Path) -> dict[str, torch.Tensor]:
    """Long-CLIP's two position tables as one: the first 20 rows of the frozen one, the rest of the trained one.

    Zhang et al. 2024 add the two under complementary masks when they encode.
    """
    import torch

    frozen, trained = tensors.get("positional_embedding"), tensors[_ADDED]
    if frozen is None or frozen.shape != trained.shape or len(frozen) <= KEPT:
        raise EncoderMissing(
            f"{path}: positional_embedding and {_ADDED} do not fit each other", "Fetch the file again from its maker."
        )
    rest = {name: tensor for name, tensor in tensors.items() if name != _ADDED}
    return rest | {"positional_embedding": torch.cat([frozen[:KEPT], trained[KEPT:]])}


def _known(settings: dict[str, Any]) -> dict[str, Any]:
    return {key: settings[key] for key in _PREPROCESSING if settings.get(key) is not None}


def _inner(settings: dict[str, Any], key: str) -> dict[str, Any]:
    inner = settings.get(key)
    return inner if isinstance(inner, dict) else {}
