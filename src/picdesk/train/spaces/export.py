"""Heads and the encoders that they stand on become one encoder folder, which needs no torch to run."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from picdesk.encoders.graph import read_graph
from picdesk.encoders.joined import SPACES
from picdesk.encoders.load import is_checkpoint
from picdesk.encoders.settings import read_settings
from picdesk.errors import InputError
from picdesk.train.spaces.graph import append_heads

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from picdesk.encoders import Encoder
    from picdesk.train.spaces.memory import MemoryHead
    from picdesk.train.spaces.perceptron import PerceptronHead

    Head = MemoryHead | PerceptronHead

_OUTPUTS = ("embedding", "sentence_embedding", "image_embeds", "text_embeds")
_BESIDE = {"visual": ("preprocess_cfg.json",), "textual": ("tokenizer.json", "tokenizer_config.json")}
_CONFIGURED = {"visual": "vision_cfg", "textual": "text_cfg"}


class Space:
    """A joint space of one text encoder and one image encoder.

    Args:
        text: number of the text encoder.
        image: number of the image encoder.
        heads: the text side's and the photo side's.
    """

    def __init__(self, text: int, image: int, heads: tuple[Head, Head]) -> None:
        self.text, self.image, self.heads = text, image, heads

    @property
    def length(self) -> int:
        """Of its vectors."""
        head: Any = self.heads[0]
        return int((head.values if hasattr(head, "values") else head.weight).shape[1])


def write_encoder(folder: Path, texts: Sequence[Encoder], images: Sequence[Encoder], spaces: Sequence[Space]) -> None:
    """Write graphs, tokenizers, preprocessing and the heads' numbers.

    One text and one image encoder become an ONNX folder like any other (``textual/``, ``visual/``); more become a
    folder with ``spaces.json``.

    Args:
        folder: exists and is empty.
        texts: text encoders.
        images: image encoders.
        spaces: at least one.

    Raises:
        InputError: an encoder is no ONNX folder and cannot be written as one.
        ExtraMissing: one is a checkpoint, and the ``torch`` extra is not installed.
    """
    single = len(texts) == 1 and len(images) == 1
    config: dict[str, Any] = {"embed_dim": sum(space.length for space in spaces)}
    for number, encoder in enumerate(texts):
        heads = [space.heads[0] for space in spaces if space.text == number]
        config |= _write_side(encoder, "textual", heads, folder if single else folder / f"texts/{number}")
    for number, encoder in enumerate(images):
        heads = [space.heads[1] for space in spaces if space.image == number]
        config |= _write_side(encoder, "visual", heads, folder if single else folder / f"images/{number}")
    if single:
        _write(folder / "config.json", config)
    else:
        _write(folder / SPACES, _layout(len(texts), len(images), spaces))
    _write_tensors(folder / "heads.safetensors", spaces)


def onnx_folder(encoder: Encoder) -> Path:
    """The ONNX folder that an encoder is read from, or that its checkpoint was written to.

    Raises:
        InputError: it is made of several encoders itself.
    """
    place = Path(encoder.location)
    if is_checkpoint(place):
        from picdesk.encoders.torch.cached import checkpoint_folder

        return checkpoint_folder(place)[0]
    if (place / SPACES).exists():
        raise InputError(f"encoder {encoder.name!r} is made of several encoders itself", "Give those one by one.")
    return place


def _write_side(encoder: Encoder, side: str, heads: Sequence[Head], target: Path) -> dict[str, Any]:
    """Write one side below ``target``; what its configuration says of it."""
    import onnx

    from picdesk.encoders.torch.precision import save_graph

    base = onnx_folder(encoder)
    (target / side).mkdir(parents=True)
    names = [output.name for output in read_graph(base / side / "model.onnx").outputs]
    chosen = next((name for name in _OUTPUTS if name in names), names[0])
    model = append_heads(onnx.load(str((base / side / "model.onnx").resolve())), chosen, heads)
    save_graph(model, str(target / side / "model.onnx"))
    for beside in _BESIDE[side]:
        if (base / side / beside).is_file():
            shutil.copyfile(base / side / beside, target / side / beside)
    said = read_settings(base / "config.json") if (base / "config.json").is_file() else {}
    part = {key: said[key] for key in (_CONFIGURED[side],) if key in said}
    if part and target.parent.name in ("texts", "images"):
        _write(target / "config.json", part)
    return part


def _layout(texts: int, images: int, spaces: Sequence[Space]) -> dict[str, Any]:
    """``spaces.json``: where in each model's vector each space lies."""
    ends = {("text", number): 0 for number in range(texts)} | {("image", number): 0 for number in range(images)}
    rows = []
    for space in spaces:
        start, at = ends["text", space.text], ends["image", space.image]
        rows.append({"text": space.text, "from": start, "image": space.image, "at": at, "length": space.length})
        ends["text", space.text] += space.length
        ends["image", space.image] += space.length
    return {
        "texts": [f"texts/{number}" for number in range(texts)],
        "images": [f"images/{number}" for number in range(images)],
        "spaces": rows,
    }


def _write_tensors(path: Path, spaces: Sequence[Space]) -> None:
    from safetensors.numpy import save

    tensors = {
        f"{number}.{side}.{name}": np.ascontiguousarray(values)
        for number, space in enumerate(spaces)
        for side, head in zip(("text", "photo"), space.heads, strict=True)
        for name, values in head.tensors().items()
    }
    path.write_bytes(save(tensors))


def _write(path: Path, settings: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")
