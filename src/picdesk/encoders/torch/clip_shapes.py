"""What the shapes of CLIP's parameters say about the model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from picdesk.errors import EncoderMissing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import torch

VOCABULARY = 49408
"""Tokens of CLIP's byte-pair encoding."""

_USUAL_HEAD = 64
# Wider image towers have wider heads: open_clip's ViT-H, ViT-g, ViT-bigG, ViT-e.
_HEAD_OF_WIDTH = {1280: 80, 1408: 88, 1664: 104, 1792: 112}
# Values of open_clip's model_cfg that the shapes do not show, and what they have to be.
_STANDARD: dict[str, dict[str, tuple[Any, ...]]] = {
    "vision_cfg": {
        "pool_type": ("tok",),
        "attentional_pool": (False,),
        "final_ln_after_pool": (False,),
        "no_ln_pre": (False,),
        "timm_model_name": ("",),
        "norm_kwargs": ({},),
        "act_kwargs": ({},),
        "pos_embed_type": ("learnable",),
    },
    "text_cfg": {
        "pool_type": ("argmax",),
        "no_causal_mask": (False,),
        "embed_cls": (False,),
        "hf_model_name": ("",),
        "hf_tokenizer_name": ("",),
        "norm_kwargs": ({},),
        "act_kwargs": ({},),
    },
}


def is_standard(said: Mapping[str, Any]) -> bool:
    """Whether ``model_cfg`` of ``open_clip_config.json`` asks for nothing that transformers' ``CLIPModel`` has not.

    Args:
        said: empty where there is no such file.
    """
    asked = (
        (_cfg(said, part).get(key), values) for part, wanted in _STANDARD.items() for key, values in wanted.items()
    )
    return "multimodal_cfg" not in said and all(not value or value in values for value, values in asked)


def clip_config(
    tensors: Mapping[str, torch.Tensor], said: Mapping[str, Any], quick_gelu: bool, path: Path
) -> dict[str, Any]:
    """The arguments of transformers' ``CLIPConfig`` for parameters in OpenAI's names.

    Args:
        tensors: as ``check_architecture`` has let them pass.
        said: ``model_cfg`` of ``open_clip_config.json``, standard; empty where there is none.
        quick_gelu: which activation function.
        path: for messages.

    Raises:
        EncoderMissing: the shapes are no CLIP's.
    """
    try:
        vision, text = _vision(tensors, said), _text(tensors, said)
    except (IndexError, ValueError, TypeError, ZeroDivisionError, AttributeError) as error:
        raise EncoderMissing(f"{path} is no CLIP: {error}", "Fetch the file again from its maker.") from error
    if text["vocab_size"] != VOCABULARY:
        raise EncoderMissing(
            f"{path} knows {text['vocab_size']:,} tokens, not the {VOCABULARY:,} of CLIP: its tokenizer is unknown",
            "Put the open_clip_config.json and the tokenizer.json of its maker beside it.",
        )
    activation = {"hidden_act": "quick_gelu" if quick_gelu else "gelu"}
    return {
        "vision_config": vision | activation,
        # 2 makes transformers take the place of the largest id for the text's vector, as OpenAI and open_clip do.
        "text_config": text | activation | {"eos_token_id": 2},
        "projection_dim": tensors["text_projection"].shape[1],
    }


def _vision(tensors: Mapping[str, torch.Tensor], said: Mapping[str, Any]) -> dict[str, Any]:
    width, _, patch, across = tensors["visual.conv1.weight"].shape
    places = tensors["visual.positional_embedding"].shape[0] - 1
    grid = round(places**0.5)
    if patch != across or grid * grid != places:
        raise ValueError(f"{places} patches of {patch} x {across} pixels make no square")
    head = int(_cfg(said, "vision_cfg").get("head_width") or _HEAD_OF_WIDTH.get(width, _USUAL_HEAD))
    return {
        "hidden_size": width,
        "intermediate_size": tensors["visual.transformer.resblocks.0.mlp.c_fc.weight"].shape[0],
        "num_hidden_layers": _layers(tensors, "visual.transformer.resblocks."),
        "num_attention_heads": _heads(width, head),
        "patch_size": patch,
        "image_size": patch * grid,
    }


def _text(tensors: Mapping[str, torch.Tensor], said: Mapping[str, Any]) -> dict[str, Any]:
    vocabulary, width = tensors["token_embedding.weight"].shape
    heads = _cfg(said, "text_cfg").get("heads")
    return {
        "vocab_size": vocabulary,
        "hidden_size": width,
        "intermediate_size": tensors["transformer.resblocks.0.mlp.c_fc.weight"].shape[0],
        "num_hidden_layers": _layers(tensors, "transformer.resblocks."),
        "num_attention_heads": int(heads) if heads else _heads(width, _USUAL_HEAD),
        "max_position_embeddings": tensors["positional_embedding"].shape[0],
    }


def _heads(width: int, head: int) -> int:
    if width % head:
        raise ValueError(f"a width of {width} does not divide into heads of {head}")
    return width // head


def _layers(tensors: Mapping[str, torch.Tensor], prefix: str) -> int:
    return len({name.removeprefix(prefix).partition(".")[0] for name in tensors if name.startswith(prefix)})


def _cfg(said: Mapping[str, Any], part: str) -> Mapping[str, Any]:
    inner = said.get(part)
    return inner if isinstance(inner, dict) else {}
