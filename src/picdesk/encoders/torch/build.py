"""From a configuration and tensors to a model of transformers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from picdesk.errors import EncoderMissing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import torch

CLASSES = {
    "clip": ("CLIPConfig", "CLIPModel"),
    "metaclip_2": ("MetaClip2Config", "MetaClip2Model"),
    "siglip": ("SiglipConfig", "SiglipModel"),
}


def build_model(
    kind: str, config: Mapping[str, Any], tensors: Mapping[str, torch.Tensor], path: Path
) -> torch.nn.Module:
    """A model with these weights: float32, for evaluation, on the processor.

    Nothing is downloaded and no code but that of transformers runs, as nothing is looked up by name.

    Args:
        kind: a key of ``CLASSES``.
        config: arguments of the configuration.
        tensors: every parameter, by transformers' name.
        path: for messages.

    Raises:
        EncoderMissing: configuration and tensors do not fit each other, or transformers is too old for the model.
    """
    import torch
    import transformers

    config_name, model_name = CLASSES[kind]
    if not hasattr(transformers, model_name):
        raise EncoderMissing(f"{path} needs {model_name} of transformers", "Run pip install -U transformers.")
    try:
        settings = getattr(transformers, config_name).from_dict(dict(config))
        # Eager attention is what runtimes recognise and fuse in an exported graph.
        settings._attn_implementation = "eager"
        with torch.device("meta"):  # no random weights, which would take time and move the generator
            model: torch.nn.Module = getattr(transformers, model_name)(settings)
    except Exception as error:  # transformers and torch each have their own tree of errors
        raise unfit(path, " ".join(str(error).split())) from error
    fill(model, tensors, path)
    _count_positions(model)
    return model


def fill(
    model: torch.nn.Module, tensors: Mapping[str, torch.Tensor], path: Path, unneeded: Sequence[str] = ()
) -> torch.nn.Module:
    """Put weights into a model, in float32, and make it ready for evaluation.

    Args:
        model: maybe without memory for its weights.
        tensors: every parameter and buffer, by the model's names.
        path: for messages.
        unneeded: parts of names that the weights may lack, or have too many of, as encoding does without them.

    Returns:
        The model.

    Raises:
        EncoderMissing: a name is missing or too many, or a shape is another.
    """
    state = {
        name: tensor.float() if tensor.is_floating_point() else tensor
        for name, tensor in tensors.items()
        if not name.endswith("position_ids")
    }
    try:
        missing, unknown = model.load_state_dict(state, strict=False, assign=True)
    except Exception as error:  # whatever torch finds in a damaged file
        raise unfit(path, " ".join(str(error).split())) from error
    wrong = [f"no {name}" for name in missing if not name.endswith("position_ids")]
    wrong += [f"an unknown {name}" for name in unknown]
    if wrong := [each for each in wrong if not any(part in each for part in unneeded)]:
        raise unfit(path, f"{wrong[0]} ({len(wrong)} such)")
    return model.requires_grad_(False).eval()


def unfit(path: Path, reason: str) -> EncoderMissing:
    """The error for weights that are not those of the configuration beside them."""
    return EncoderMissing(
        f"{path}: configuration and weights do not fit: {reason[:200]}", "Fetch the model again from its maker."
    )


def _count_positions(model: torch.nn.Module) -> None:
    """Fill the only thing that a model holds beside its weights: the numbers of the positions."""
    import torch

    for name, buffer in list(model.named_buffers()):
        owner, _, own_name = name.rpartition(".")
        numbers = torch.arange(buffer.shape[-1]).expand(buffer.shape)
        model.get_submodule(owner).register_buffer(own_name, numbers, persistent=False)
