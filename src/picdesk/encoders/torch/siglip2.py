"""SigLIP 2 for any aspect ratio (NaFlex) at its own square grid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from picdesk.errors import EncoderMissing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import torch

_PATCHES = "vision_model.embeddings.patch_embedding.weight"


def as_siglip(
    config: Mapping[str, Any], tensors: Mapping[str, torch.Tensor], path: Path
) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    """The same model as SigLIP, for square images.

    SigLIP 2 NaFlex (Tschannen et al. 2025) takes patches of images of any shape and bends its positions to it. At the
    square that the positions were learnt for it is SigLIP: the patch matrix is a convolution, and no position is bent.
    Images are therefore squashed, as for the other SigLIP models.

    Args:
        config: ``config.json`` with model_type ``siglip2``.
        tensors: its parameters.
        path: for messages.

    Returns:
        Arguments of ``SiglipConfig``, and the parameters of ``SiglipModel``.

    Raises:
        EncoderMissing: the shapes are no SigLIP 2's.
    """
    vision = dict(config.get("vision_config") or {})
    patch, count = vision.get("patch_size", 16), vision.pop("num_patches", 256)
    side = round(count**0.5)
    matrix = tensors.get(_PATCHES)
    if side * side != count or matrix is None or matrix.shape[1:] != (3 * patch * patch,):
        raise EncoderMissing(f"{path} is no SigLIP 2 with square images", "Fetch the folder again.")
    kernel = matrix.reshape(len(matrix), patch, patch, 3).permute(0, 3, 1, 2).contiguous()
    vision |= {"image_size": side * patch, "model_type": "siglip_vision_model"}
    text = dict(config.get("text_config") or {}) | {"model_type": "siglip_text_model"}
    settings = dict(config) | {"model_type": "siglip", "vision_config": vision, "text_config": text}
    return settings, dict(tensors) | {_PATCHES: kernel}
