"""Checkpoints of open_clip with towers of other makers, built by open_clip itself."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from picdesk.encoders.torch.build import fill, unfit
from picdesk.encoders.torch.checkpoint import Checkpoint
from picdesk.encoders.torch.clip_names import plain_name
from picdesk.encoders.torch.clip_shapes import VOCABULARY
from picdesk.encoders.torch.open_clip_import import import_open_clip
from picdesk.encoders.torch.open_clip_towers import OpenClipTowers
from picdesk.encoders.torch.text_configs import tower_config
from picdesk.encoders.torch.trace import quiet
from picdesk.errors import EncoderMissing, InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import torch

# Scales of the loss, the decoder of CoCa, and poolers that only some transformers have: not used to encode.
_UNNEEDED = ("logit_scale", "logit_bias", "text_decoder.")
_EXPORT_HINT = "Use a ready ONNX export of this model (a folder with visual/ and textual/)."


def architecture_settings(name: str) -> dict[str, Any]:
    """``model_cfg`` and ``preprocess_cfg`` of an architecture that open_clip knows.

    Args:
        name: such as ``MobileCLIP2-S0``.

    Raises:
        ExtraMissing: open_clip is not installed.
        InputError: no such architecture, or open_clip's weights for it differ in their preprocessing.
    """
    open_clip = import_open_clip()
    model = open_clip.get_model_config(name) if name in open_clip.list_models() else None
    if model is None:
        raise InputError(
            f"open_clip knows no architecture called {name[:200]!r}",
            "Choose a name of open_clip.list_models(), such as MobileCLIP2-S0.",
        )
    tags = open_clip.list_pretrained_tags_by_model(name)
    known = [open_clip.get_pretrained_cfg(name, tag) for tag in tags]
    keys = ("mean", "std", "interpolation", "resize_mode")
    said = [{key: each[key] for key in keys if each.get(key) is not None} for each in known]
    if any(each != said[0] for each in said):
        raise InputError(
            f"open_clip prepares images in several ways for weights of {name}",
            "Put the open_clip_config.json of these weights beside them.",
        )
    return {"model_cfg": model, "preprocess_cfg": said[0] if said else {}}


def read_open_clip(
    path: Path, tensors: Mapping[str, torch.Tensor], said: Mapping[str, Any], preprocessing: Mapping[str, Any]
) -> Checkpoint:
    """A model with the towers that an ``open_clip_config.json`` describes.

    open_clip builds it, from names that it and timm know; nothing is downloaded.

    Args:
        path: the file of weights; a tokenizer that is not CLIP's lies beside it.
        tensors: as the file has them.
        said: ``model_cfg``.
        preprocessing: what ``preprocess_cfg.json`` says, but for the size.

    Raises:
        EncoderMissing: weights and configuration do not fit each other, a file is missing, or the model is of a kind
            that is not supported.
        ExtraMissing: open_clip or timm is not installed.
    """
    text = _part(said, "text_cfg", path)
    clean = _clean(text, path)
    tokenizer = _tokenizer(text, path)
    context = text.get("context_length") or 77
    if type(context) is not int:
        raise EncoderMissing(f"{path}: context_length is {str(context)[:200]!r}, no number", "Fetch the folder again.")
    model = _built(said, path)
    state = _state(model, tensors, path)
    fill(model, state, path, _UNNEEDED)
    towers = OpenClipTowers(model)
    size = model.visual.image_size
    height, width = size if isinstance(size, tuple | list) else (size, size)
    foreign = bool(text.get("hf_model_name"))
    return Checkpoint(
        kind="open_clip",
        model=towers,
        preprocessing={**preprocessing, "size": height if height == width else [height, width]},
        tokenizer=tokenizer,
        clean=clean,
        text_limit=context if foreign else int(model.text.context_length),
        # open_clip's own text towers add a mask or positions of one length, and many look at what fills up the rest.
        fixed_length=not foreign,
        dimension=int(said["embed_dim"]),
        activation=str(getattr(model.text.config, "hidden_act", "its own")) if foreign else _activation(said),
    )


def _activation(said: Mapping[str, Any]) -> str:
    return "quick_gelu" if said.get("quick_gelu") else "gelu"


def _part(said: Mapping[str, Any], key: str, path: Path) -> dict[str, Any]:
    part = said.get(key)
    if not isinstance(part, dict):
        raise EncoderMissing(f"{path}: open_clip_config.json has no {key}", "Fetch the folder again.")
    return part


def _clean(text: Mapping[str, Any], path: Path) -> str:
    """What open_clip does to a text before the tokenizer, in its words."""
    asked = text.get("tokenizer_kwargs") or {}
    default = "whitespace" if text.get("hf_model_name") or text.get("hf_tokenizer_name") else "lower"
    clean = asked.get("clean", default) if isinstance(asked, dict) else None
    unknown = [text["tokenizer_mode"]] if text.get("tokenizer_mode") else [key for key in asked if key != "clean"]
    if unknown or clean not in ("whitespace", "lower", "canonicalize"):
        raise EncoderMissing(f"{path}: the tokenizer wants {unknown or clean}, which is not supported", _EXPORT_HINT)
    return str(clean)


def _tokenizer(text: Mapping[str, Any], path: Path) -> Path | None:
    """The folder of the tokenizer; ``None`` for CLIP's own."""
    own = not text.get("hf_model_name") and not text.get("hf_tokenizer_name")
    if own and text.get("vocab_size", VOCABULARY) == VOCABULARY and _clean(text, path) == "lower":
        return None
    if not (path.parent / "tokenizer.json").is_file():
        raise EncoderMissing(
            f"{path.parent} has no tokenizer.json, and the model's tokenizer is not CLIP's",
            "Fetch the folder again, with its tokenizer.",
        )
    return path.parent


def _built(said: Mapping[str, Any], path: Path) -> Any:
    """The model with random weights; the generator of random numbers stays where it was."""
    import torch

    open_clip = import_open_clip()
    vision, text = _part(said, "vision_cfg", path), dict(_part(said, "text_cfg", path))
    _check_timm(vision.get("timm_model_name"), path)
    with TemporaryDirectory(prefix="picdesk-") as scratch, torch.random.fork_rng(devices=[]), quiet():
        if text.get("hf_model_name"):
            tower_config(text["hf_model_name"], path.parent).save_pretrained(scratch)
            text["hf_model_name"] = scratch
        config = {**said, "vision_cfg": vision, "text_cfg": text}
        (Path(scratch) / "open_clip_config.json").write_text(json.dumps({"model_cfg": config}), encoding="utf-8")
        try:
            model = open_clip.create_model(
                f"local-dir:{scratch}",
                load_weights=False,
                pretrained_image=False,
                pretrained_text=False,
                force_custom_text=True,
            )
        except Exception as error:  # a configuration may make open_clip, timm, transformers and torch fail
            raise unfit(path, " ".join(str(error).split()) or type(error).__name__) from error
        if text.get("hf_model_name"):
            # Eager attention is what runtimes recognise and fuse in an exported graph.
            model.text.transformer.set_attn_implementation("eager")
    return model.eval()


def _check_timm(name: Any, path: Path) -> None:
    """Refuse what timm would look for elsewhere, and what does not take images of one size."""
    if not name:
        return
    import timm

    if not isinstance(name, str) or not timm.is_model(name):
        raise EncoderMissing(
            f"{path}: timm knows no image tower called {str(name)[:200]!r}", "Run pip install --no-deps -U timm."
        )
    if "naflex" in name:
        raise EncoderMissing(f"{path}: {name} takes images of any shape (NaFlex), which is not supported", _EXPORT_HINT)


def _state(model: Any, tensors: Mapping[str, torch.Tensor], path: Path) -> dict[str, torch.Tensor]:
    """The parameters by the model's names: open_clip's, its older ones, or Apple's for MobileCLIP."""
    import open_clip.convert
    import open_clip.model

    state = {plain_name(name): tensor for name, tensor in tensors.items()}
    state.pop("attn_mask", None)
    try:
        state = open_clip.convert.convert_state_dict(model, state)
    except Exception as error:  # a key or a shape that open_clip took for granted
        raise unfit(path, " ".join(str(error).split()) or type(error).__name__) from error
    if "positional_embedding" in state:
        state = open_clip.model.convert_to_custom_text_state_dict(state)
    return {name: tensor for name, tensor in state.items() if name not in ("logit_scale", "logit_bias")}
