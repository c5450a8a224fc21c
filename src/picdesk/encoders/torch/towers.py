"""The two sides of a model as functions of one kind of input."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray


def features(said: Any) -> torch.Tensor:
    """The vectors in what ``get_image_features`` and ``get_text_features`` return.

    transformers 5 returns an object that has them as ``pooler_output``, transformers 4 the tensor itself.
    """
    vectors: torch.Tensor = getattr(said, "pooler_output", said)
    return vectors


def padding(model: torch.nn.Module) -> int:
    """The token that fills up a text: what a text model looks away from, 0 for those that need no such thing."""
    return int(getattr(model, "pad", 0))


def image_tower(model: torch.nn.Module) -> torch.nn.Module:
    """``(n, 3, height, width)`` float32 to ``(n, d)``."""
    import torch

    class ImageTower(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model: Any = model

        def forward(self, image: torch.Tensor) -> torch.Tensor:
            return features(self.model.get_image_features(pixel_values=image))

    return ImageTower().eval()


def text_tower(model: torch.nn.Module) -> torch.nn.Module:
    """Tokens ``(n, length)``, with or without a mask of the same shape, to ``(n, d)``.

    The mask sets padding to the model's padding token (``padding``). For CLIP that is 0: the text's vector stands at
    its end token, which no later place sways (the attention is causal), but a padding token that equals the end token
    must not be taken for it.
    """
    import torch

    pad = padding(model)

    class TextTower(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model: Any = model

        def forward(self, tokens: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
            seen = tokens if mask is None else tokens * mask + pad * (1 - mask)
            return features(self.model.get_text_features(input_ids=seen.long()))

    return TextTower().eval()


def encode_with_torch(tower: torch.nn.Module, inputs: NDArray[Any], at_a_time: int = 8) -> NDArray[np.float32]:
    """Unit vectors of pixels or tokens by a tower, in float32.

    Args:
        tower: of ``image_tower`` or ``text_tower``.
        inputs: ``(n, 3, height, width)`` float32, or ``(n, length)`` int64.
        at_a_time: items a call.

    Returns:
        ``(n, d)`` float32, unit rows.
    """
    import torch

    with torch.inference_mode():
        pieces = [torch.from_numpy(inputs[at : at + at_a_time]) for at in range(0, len(inputs), at_a_time)]
        rows = torch.cat([tower(piece) for piece in pieces]).double()
        units: NDArray[np.float32] = (rows / rows.norm(dim=1, keepdim=True)).float().numpy()
        return units
