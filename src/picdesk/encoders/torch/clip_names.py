"""OpenAI's parameter names, and what transformers calls the same parameters."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from picdesk.errors import EncoderMissing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import torch

_BLOCK = re.compile(r"(visual\.)?transformer\.resblocks\.(\d+)\.(.+)")
_WHOLE = {
    "logit_scale": "logit_scale",
    "positional_embedding": "text_model.embeddings.position_embedding.weight",
    "token_embedding.weight": "text_model.embeddings.token_embedding.weight",
    "ln_final.weight": "text_model.final_layer_norm.weight",
    "ln_final.bias": "text_model.final_layer_norm.bias",
    "visual.class_embedding": "vision_model.embeddings.class_embedding",
    "visual.conv1.weight": "vision_model.embeddings.patch_embedding.weight",
    "visual.positional_embedding": "vision_model.embeddings.position_embedding.weight",
    "visual.ln_pre.weight": "vision_model.pre_layrnorm.weight",
    "visual.ln_pre.bias": "vision_model.pre_layrnorm.bias",
    "visual.ln_post.weight": "vision_model.post_layernorm.weight",
    "visual.ln_post.bias": "vision_model.post_layernorm.bias",
}
_PROJECTIONS = {"text_projection": "text_projection.weight", "visual.proj": "visual_projection.weight"}
"""Multiplied from the right by OpenAI, kept transposed by transformers."""

_IN_BLOCK = {
    "attn.out_proj": "self_attn.out_proj",
    "ln_1": "layer_norm1",
    "ln_2": "layer_norm2",
    "mlp.c_fc": "mlp.fc1",
    "mlp.c_proj": "mlp.fc2",
}
_JOINED = ("attn.in_proj_weight", "attn.in_proj_bias")
_IN_BLOCK_ALL = {f"{part}.{kind}" for part in _IN_BLOCK for kind in ("weight", "bias")} | set(_JOINED)

# What a parameter's name says about an architecture; the first that fits is named.
_FOREIGN = {
    r"text_decoder\.|text\.cls_emb|cls_emb": "CoCa",
    r"visual\.trunk\.": "an image tower of timm",
    r"(text\.)?transformer\.(encoder|embeddings|decoder|shared)\.|text\.proj\.": "a text tower of transformers (XLM-R)",
    r"visual\.(layer1|attnpool)\.": "a ResNet",
    r"visual\.attn_pool": "attentional pooling",
    r".*\.ls_[12]\.gamma": "layer scale",
    r"(image|text)_encoder\.": "MobileCLIP's own towers",
    r"(text_model|vision_model|vision_tower)\.": "transformers without its config.json",
}


def plain_name(name: str) -> str:
    """A parameter's name without what data-parallel training and compiling put before it."""
    return name.removeprefix("module.").removeprefix("_orig_mod.")


def common_names(tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """OpenAI's names for what data-parallel training and open_clip's ``CustomTextCLIP`` have renamed."""
    names = {name: plain_name(name) for name in tensors}
    if any(name.startswith("text.token_embedding.") for name in names.values()):
        names = {name: common.removeprefix("text.") for name, common in names.items()}
    # The causal mask is derived, not learnt.
    return {names[name]: tensor for name, tensor in tensors.items() if names[name] not in ("attn_mask", "logit_bias")}


def is_clip(tensors: Mapping[str, torch.Tensor]) -> bool:
    """Whether these are all the parameters of a vision transformer with OpenAI's text transformer, and no others."""
    return _needed() <= set(tensors) and all(_known(name) for name in tensors)


def check_architecture(tensors: Mapping[str, torch.Tensor], path: Path) -> None:
    """Refuse anything but a vision transformer with OpenAI's text transformer.

    Raises:
        EncoderMissing: names the architecture that was found, or the parameters that are missing or unknown.
    """
    hint = (
        "Put the open_clip_config.json of its maker beside it, or say which architecture of open_clip it is "
        "(--architecture), or use a ready ONNX export of this model (a folder with visual/ and textual/)."
    )
    foreign = [name for name in sorted(tensors) if not _known(name)]
    for pattern, what in _FOREIGN.items():
        example = next((name for name in foreign if re.match(pattern, name)), None)
        if example:
            raise EncoderMissing(f"{path} holds {what} ({example}), and nothing says of which size", hint)
    missing = sorted(_needed() - set(tensors))
    if missing:
        shown = ", ".join(missing[:3]) + (", ..." if len(missing) > 3 else "")
        raise EncoderMissing(f"{path} is no CLIP: it has no {shown}", hint)
    if foreign:
        raise EncoderMissing(f"{path} has parameters that CLIP has not, such as {foreign[0]}"[:300], hint)


def transformers_names(tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The same parameters as ``CLIPModel`` names and shapes them; all names must be known."""
    import torch

    renamed = {"logit_scale": torch.zeros(())}  # not used to encode; some makers leave it out
    for name, tensor in tensors.items():
        if block := _BLOCK.fullmatch(name):
            tower = "vision_model" if block[1] else "text_model"
            renamed |= _block(f"{tower}.encoder.layers.{block[2]}", block[3], tensor)
        elif name in _PROJECTIONS:
            renamed[_PROJECTIONS[name]] = tensor.T.contiguous()
        elif name == "logit_scale":
            renamed[name] = tensor.reshape(())
        else:
            renamed[_WHOLE[name]] = tensor
    return renamed


def _needed() -> set[str]:
    return {*_WHOLE, *_PROJECTIONS} - {"logit_scale"}


def _known(name: str) -> bool:
    block = _BLOCK.fullmatch(name)
    return block[3] in _IN_BLOCK_ALL if block else name in _WHOLE or name in _PROJECTIONS


def _block(layer: str, inside: str, tensor: torch.Tensor) -> dict[str, torch.Tensor]:
    part, _, kind = inside.rpartition(".")
    if inside in _JOINED:
        kind = inside.rpartition("_")[2]
        return {
            f"{layer}.self_attn.{which}_proj.{kind}": piece for which, piece in zip("qkv", tensor.chunk(3), strict=True)
        }
    return {f"{layer}.{_IN_BLOCK[part]}.{kind}": tensor}
