"""A model that is blended with others of its kind."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from picdesk.encoders.probe import PROBE_TEXTS
from picdesk.errors import InputError
from picdesk.train.clip.pixels import described
from picdesk.train.clip.trainee import ALIGNMENT, WEIGHTS, read_trainee

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import torch

    from picdesk.train.alignment.module import Alignment
    from picdesk.train.clip.trainee import Trainee


@dataclass(frozen=True, slots=True, eq=False)
class Ingredient:
    """A model, with the alignment behind its texts where it has one.

    Attributes:
        trainee: the model.
        alignment: what its texts go through; ``None`` for a model without.
        categories: of the alignment; empty without.
    """

    trainee: Trainee
    alignment: Alignment | None = None
    categories: tuple[str, ...] = ()

    @property
    def whole(self) -> Trainee:
        """The same with a model whose texts are aligned."""
        if self.alignment is None:
            return self.trainee
        from picdesk.train.alignment.module import AlignedTowers

        checkpoint = self.trainee.checkpoint
        aligned = dataclasses.replace(checkpoint, model=AlignedTowers(checkpoint.model, self.alignment).eval())
        return dataclasses.replace(self.trainee, checkpoint=aligned)

    def weights(self) -> dict[str, torch.Tensor]:
        """Every number of the model and of the alignment, by its name."""
        state = {f"model.{name}": each for name, each in self.trainee.checkpoint.model.state_dict().items()}
        if self.alignment is not None:
            state |= {f"alignment.{name}": each for name, each in self.alignment.state_dict().items()}
        return {name: tensor.detach() for name, tensor in state.items()}

    def take(self, weights: Mapping[str, torch.Tensor]) -> None:
        """Put other numbers into the model and the alignment, in place."""
        import torch

        with torch.no_grad():
            for name, own in self.weights().items():
                own.copy_(weights[name])


def read_ingredient(
    where: str | Path, *, quick_gelu: bool | None = None, architecture: str | None = None
) -> Ingredient:
    """Read a model, as for ``read_trainee``, or an encoder folder with an alignment.

    Raises:
        EncoderMissing: it is not here, is damaged, or has no weights but only ONNX graphs.
        InputError: it has no image side.
        ExtraMissing: the ``train`` extra is not installed.
    """
    folder = Path(where).expanduser()
    if not (folder / ALIGNMENT).is_dir():
        return Ingredient(read_trainee(where, quick_gelu=quick_gelu, architecture=architecture))
    from picdesk.train.alignment.folder import read_alignment

    alignment, categories = read_alignment(folder)
    trainee = dataclasses.replace(read_trainee(folder / WEIGHTS), name=str(where))
    return Ingredient(trainee, alignment, categories)


def check_alike(ingredients: Sequence[Ingredient]) -> None:
    """Refuse models whose weights do not mean the same.

    Raises:
        InputError: two differ in their parameters, their activation, their preparation of images, their tokenizer or
            their categories; or there is only one.
    """
    if len(ingredients) < 2:
        raise InputError("there is one model, and nothing to blend it with", "Give two models or more.")
    first = ingredients[0]
    for other in ingredients[1:]:
        difference = next((said for said, ours, theirs in _traits(first, other) if ours != theirs), None)
        if difference:
            raise InputError(
                f"{first.trainee.name} and {other.trainee.name} cannot be blended: they differ in their {difference}",
                "Blend a model with its own fine-tunings.",
            )


def _traits(one: Ingredient, other: Ingredient) -> list[tuple[str, Any, Any]]:
    def traits(each: Ingredient) -> dict[str, Any]:
        trainee = each.trainee
        return {
            "parameters": {name: tuple(tensor.shape) for name, tensor in each.weights().items()},
            "activation": trainee.checkpoint.activation,
            "preparation of images": described(trainee.prepare),
            "tokenizer": [row.tolist() for row in trainee.tokens(PROBE_TEXTS, None)],
            "length of texts": trainee.checkpoint.text_limit,
            "categories": each.categories,
        }

    ours, theirs = traits(one), traits(other)
    return [(name, ours[name], theirs[name]) for name in ours]
