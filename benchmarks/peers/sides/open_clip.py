"""open_clip with the weights of this benchmark, for the peers that are built on it."""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

ARCHITECTURE = "ViT-B-32-256"
BATCH = 32

_KEPT: list[Any] = []


def stand_in_for_torchvision() -> None:
    """Let torchvision be imported beside a torch for processors alone.

    The torchvision that pip finds beside it is made for graphics cards, and fails where it describes an operator that
    its own library would have registered. Nothing of that is used here.
    """
    torch: Any = import_module("torch")
    with suppress(RuntimeError):  # it is there: this torchvision fits
        library = torch.library.Library("torchvision", "DEF")
        library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        _KEPT.append(library)  # gone with the object


class OpenClip:
    """Pictures and texts become unit vectors as open_clip's documentation shows it, 32 pictures at a time."""

    def __init__(self, weights: Path) -> None:
        stand_in_for_torchvision()
        self._torch: Any = import_module("torch")
        open_clip: Any = import_module("open_clip")
        made = open_clip.create_model_and_transforms(ARCHITECTURE, pretrained=str(weights / "model.pt"))
        self._model, _, self._prepare = made
        self._model.eval()
        self._tokens = open_clip.get_tokenizer(ARCHITECTURE)

    def pictures(self, files: list[Path]) -> NDArray[np.float32]:
        image: Any = import_module("PIL.Image")
        rows = []
        for start in range(0, len(files), BATCH):
            batch = [self._prepare(image.open(file)) for file in files[start : start + BATCH]]
            with self._torch.no_grad():
                rows.append(self._unit(self._model.encode_image(self._torch.stack(batch))))
        return np.concatenate(rows)

    def text(self, text: str) -> NDArray[np.float32]:
        with self._torch.no_grad():
            return self._unit(self._model.encode_text(self._tokens([text])))[0, :]

    @staticmethod
    def _unit(features: Any) -> NDArray[np.float32]:
        return np.asarray((features / features.norm(dim=-1, keepdim=True)).numpy(), dtype=np.float32)
