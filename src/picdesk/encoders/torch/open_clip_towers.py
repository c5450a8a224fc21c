"""A model of open_clip with the face of one of transformers."""

from __future__ import annotations

from typing import Any

import torch


class OpenClipTowers(torch.nn.Module):
    """``CustomTextCLIP`` or ``CoCa`` of open_clip, asked as transformers' models are.

    Attributes:
        inner: the model.
        pad: the token that its text tower looks away from; 0 where it looks away from none.
    """

    def __init__(self, inner: Any) -> None:
        super().__init__()
        self.inner = inner
        settings = getattr(inner.text, "config", None)  # of a text tower of transformers
        self.pad = int(settings.pad_token_id) if settings is not None else 0

    def get_image_features(self, pixel_values: torch.Tensor) -> torch.Tensor:
        """``(n, 3, height, width)`` float32 to ``(n, d)``."""
        vectors: torch.Tensor = self.inner.encode_image(pixel_values)
        return vectors

    def get_text_features(self, input_ids: torch.Tensor) -> torch.Tensor:
        """Tokens ``(n, length)`` to ``(n, d)``."""
        vectors: torch.Tensor = self.inner.encode_text(input_ids)
        return vectors

    def fused(self) -> OpenClipTowers:
        """The same function of images in fewer steps, where timm can fuse convolutions that were trained apart.

        FastViT (Vasu et al. 2023, *FastViT: A Fast Hybrid Vision Transformer using Structural Reparameterization*) is
        meant to be run so.
        """
        if not hasattr(self.inner.visual, "trunk"):
            return self
        import copy

        from timm.utils.model import reparameterize_model

        inner = copy.copy(self.inner)
        inner._modules = {**self.inner._modules, "visual": reparameterize_model(self.inner.visual)}
        return OpenClipTowers(inner).eval()
