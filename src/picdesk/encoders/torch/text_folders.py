"""Folders with a text model alone, whose vectors were trained to meet those of another model's images."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from picdesk.encoders.settings import read_settings
from picdesk.encoders.torch.build import fill, unfit
from picdesk.encoders.torch.checkpoint import Checkpoint
from picdesk.encoders.torch.text_configs import text_config, tower_config
from picdesk.encoders.torch.trace import quiet
from picdesk.encoders.torch.transformers_folder import folder_weights, read_transformers_folder
from picdesk.errors import EncoderMissing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import torch

_HINT = "Fetch the folder again, whole."
_EXPORT_HINT = "Use a ready ONNX export of this model (a folder with textual/)."
_COUNTED_FROM_PADDING = ("camembert", "mpnet", "roberta", "xlm-roberta")
_ACTIVATIONS = ("Identity", "Tanh", "GELU", "ReLU", "SiLU")
_POOLINGS = {"mean_tokens": "mean", "cls_token": "cls", "max_tokens": "max"}
"""What older releases of sentence-transformers write: ``pooling_mode_mean_tokens`` and so on."""


def read_sentence_folder(folder: Path) -> Checkpoint:
    """Read a text model as sentence-transformers writes it, without that library.

    ``modules.json`` names the steps: a transformer, a pooling, maybe matrices (``Dense``). The order of a vector's
    numbers is all that matters here, so ``Normalize`` is passed over.

    Raises:
        EncoderMissing: a file is missing or damaged, or a step is of a kind that is not supported.
    """
    from picdesk.encoders.torch.text_model import TextModel

    steps = _steps(folder)
    kinds = [kind for kind, _ in steps]
    if kinds == ["CLIPModel"]:
        return read_transformers_folder(steps[0][1])
    if kinds[:2] != ["Transformer", "Pooling"] or set(kinds[2:]) - {"Dense", "Normalize"}:
        raise EncoderMissing(f"{folder}: the steps {', '.join(kinds)[:200]} are not supported", _EXPORT_HINT)
    place = steps[0][1]
    config = text_config(read_settings(place / "config.json"), place)
    transformer = _transformer(config, folder_weights(place), place)
    after = [_dense(path) for kind, path in steps[2:] if kind == "Dense"]
    pad = config.pad_token_id or 0
    return _text_side(
        "sentence-transformers",
        TextModel(transformer, _pooling(steps[1][1]), after, pad),
        config,
        place,
        after[-1][0].out_features if after else config.hidden_size,
    )


def read_m_clip_folder(folder: Path) -> Checkpoint:
    """Read a text model of Multilingual-CLIP (Carlsson et al. 2022): a transformer, its mean, one matrix.

    Raises:
        EncoderMissing: a file is missing or damaged, or the transformer is not known.
    """
    from picdesk.encoders.torch.text_model import TextModel

    said = read_settings(folder / "config.json")
    config = tower_config(said.get("modelBase", ""), folder)
    tensors = folder_weights(folder)
    inner = {name.removeprefix("transformer."): tensors[name] for name in tensors if name.startswith("transformer.")}
    transformer = _transformer(config, inner, folder)
    linear = _linear(tensors, "LinearTransformation.", folder)
    model = TextModel(transformer, "mean", [linear], config.pad_token_id)
    return _text_side("m-clip", model, config, folder, linear.out_features)


def _text_side(kind: str, model: torch.nn.Module, config: Any, folder: Path, dimension: int) -> Checkpoint:
    if not (folder / "tokenizer.json").is_file():
        raise EncoderMissing(f"{folder} has no tokenizer.json", "Fetch the folder again, with its tokenizer.")
    return Checkpoint(
        kind=kind,
        model=model.requires_grad_(False).eval(),
        preprocessing={},
        tokenizer=folder,
        clean="",
        text_limit=_limit(config, folder),
        fixed_length=False,
        dimension=int(dimension),
        activation=str(getattr(config, "hidden_act", getattr(config, "activation", "its own"))),
        sides=("textual",),
    )


def _limit(config: Any, folder: Path) -> int:
    """Tokens that a text may have: the smallest number that a file states, and the positions that there are."""
    stated = []
    for name, key in (("sentence_bert_config.json", "max_seq_length"), ("tokenizer_config.json", "model_max_length")):
        value = read_settings(folder / name).get(key) if (folder / name).is_file() else None
        if isinstance(value, int | float) and value > 0:
            stated.append(value)
    # RoBERTa and its kin count positions from the padding token on.
    counted_from = (
        config.pad_token_id + 1 if config.model_type in ("camembert", "mpnet", "roberta", "xlm-roberta") else 0
    )
    return int(min([*stated, config.max_position_embeddings - counted_from]))


def _steps(folder: Path) -> list[tuple[str, Path]]:
    """Kind and folder of every step."""
    try:
        said = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
        steps = [(str(each["type"]).rpartition(".")[2], str(each["path"])) for each in said]
    except (OSError, ValueError, RecursionError, TypeError, KeyError) as error:
        raise EncoderMissing(f"{folder / 'modules.json'} is no list of steps", _HINT) from error
    for _, path in steps:
        if "\\" in path or "/" in path or path == "..":
            raise EncoderMissing(f"{folder} wants a step from outside: {path[:200]!r}", "Do not use this model.")
    return [(kind, folder / path) for kind, path in steps]


def _transformer(config: Any, tensors: Mapping[str, torch.Tensor], path: Path) -> Any:
    import torch
    import transformers

    if getattr(config, "is_encoder_decoder", False):
        raise EncoderMissing(f"{path}: a text model of type {config.model_type} is not supported alone", _EXPORT_HINT)
    try:
        with torch.random.fork_rng(devices=[]), quiet():
            # Eager attention is what runtimes recognise and fuse in an exported graph.
            maker: Any = transformers.AutoModel
            model = maker.from_config(config, attn_implementation="eager")
    except Exception as error:  # transformers and torch each have their own tree of errors
        raise unfit(path, " ".join(str(error).split())) from error
    prefix = f"{model.base_model_prefix}."
    if any(name.startswith(prefix) for name in tensors):  # beside them stand heads for other tasks
        tensors = {name.removeprefix(prefix): tensors[name] for name in tensors if name.startswith(prefix)}
    return fill(model, tensors, path, ("pooler.",))


def _pooling(folder: Path) -> str:
    from picdesk.encoders.torch.text_model import POOLINGS

    said = read_settings(folder / "config.json")
    modes = [key.removeprefix("pooling_mode_") for key, value in said.items() if "pooling_mode_" in key and value]
    modes = [_POOLINGS.get(mode, mode) for mode in modes]
    mode = said.get("pooling_mode", modes[0] if len(modes) == 1 else modes)
    if not isinstance(mode, str) or mode not in POOLINGS:
        raise EncoderMissing(f"{folder}: the pooling {str(mode)[:200]!r} is not supported", _EXPORT_HINT)
    return mode


def _dense(folder: Path) -> Any:
    """A matrix and what is done to its result."""
    import torch

    said = read_settings(folder / "config.json")
    activation = str(said.get("activation_function", "torch.nn.modules.activation.Tanh")).rpartition(".")[2]
    if activation not in _ACTIVATIONS or said.get("use_residual"):
        raise EncoderMissing(f"{folder}: the activation {activation[:200]!r} is not supported", _EXPORT_HINT)
    linear = _linear(folder_weights(folder), "linear.", folder)
    return torch.nn.Sequential(linear, getattr(torch.nn, activation)())


def _linear(tensors: Mapping[str, torch.Tensor], prefix: str, path: Path) -> Any:
    import torch

    weight, bias = tensors.get(f"{prefix}weight"), tensors.get(f"{prefix}bias")
    if weight is None or weight.ndim != 2:
        raise unfit(path, f"no matrix {prefix}weight")
    linear = torch.nn.Linear(weight.shape[1], weight.shape[0], bias=bias is not None, device="meta")
    return fill(linear, {"weight": weight} | ({"bias": bias} if bias is not None else {}), path)
