"""Models of a recipe: given, or made of others."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - read.py asks for the types of fields
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogued:
    """A model that is fetched or given, not trained here.

    Attributes:
        encoder: its name in Picdesk's catalogue, and that of its folder below the folder of models.
        about: what it is.
        ask: where to get it, where the catalogue does not know.
        role: ``encoder``, ``paraphraser`` or ``translator``.
        needs: extras that must be installed to use it.
    """

    encoder: str
    about: str = ""
    ask: str = ""
    role: str = "encoder"
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Spaces:
    """Joint spaces of text and image encoders (T x V), as ``picdesk train spaces`` makes them.

    Attributes:
        texts: models whose text side is taken.
        images: models whose image side is taken.
        pairs: what is learned from: the training sides of sets, ``pairs`` of the data, or ``own``: the training side of
            the set that is asked for.
        reading: what is learned of a story.
        settings: of ``picdesk.train.spaces.settings``, by name; ``heads`` and ``loss`` among them.
        about: what it is.
    """

    texts: tuple[str, ...]
    images: tuple[str, ...]
    pairs: tuple[str, ...]
    reading: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    about: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuned:
    """A CLIP, fine-tuned as ``picdesk train clip`` does.

    Attributes:
        model: that it begins as.
        pairs: as for spaces.
        reading: what is learned of a story; its paraphrases are further texts.
        recipe: a published training, a name of ``picdesk train clip --recipe``; empty for none.
        settings: over it, by the names of ``picdesk.train.clip.settings``.
        share: of the pairs that is held back to measure on.
        split: ``auto``, ``chronological`` or ``random``.
        about: what it is.
    """

    model: str
    pairs: tuple[str, ...]
    reading: str
    recipe: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    share: float = 0.2
    split: str = "auto"
    about: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Aligned:
    """A CLIP whose texts are aligned to its photos by category, as ``picdesk train alignment`` does.

    Attributes:
        model: that it begins as.
        pairs: as for spaces; some have categories.
        reading: what is learned of a story.
        settings: by the names of ``picdesk.train.alignment.settings``.
        share: of the pairs that is held back to measure on.
        split: ``auto``, ``chronological`` or ``random``.
        about: what it is.
    """

    model: str
    pairs: tuple[str, ...]
    reading: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    share: float = 0.2
    split: str = "auto"
    about: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blended:
    """Two models of one kind, their weights averaged (WiSE-FT), as ``picdesk blend`` does.

    Attributes:
        models: the first and the second.
        alpha: share of the second; 0 where a sweep says it.
        sweep: alphas to try, as ``first:last:step``; empty for none.
        measure: by which a sweep chooses.
        pairs: a sweep chooses by the held-back part of these; as for spaces.
        reading: what a story is asked by.
        share: of the pairs that was held back from training, and is chosen by.
        split: as for the training.
        about: what it is.
    """

    models: tuple[str, ...]
    alpha: float = 0.0
    sweep: str = ""
    measure: str = "R@1"
    pairs: tuple[str, ...] = ()
    reading: str = ""
    share: float = 0.2
    split: str = "auto"
    about: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tiny:
    """A tiny CLIP, made from nothing and taught some pairs: it stands in where no CLIP that can be trained is here.

    Attributes:
        pairs: what it is taught, as for spaces; drawn scenes, for one.
        vocabulary: pairs whose words it knows too, as for spaces; it learns nothing else of them.
        epochs: how often each pair is seen.
        seed: of the weights.
        about: what it is.
    """

    pairs: tuple[str, ...]
    vocabulary: tuple[str, ...] = ("own",)
    epochs: int = 20
    seed: int = 0
    about: str = ""


Model = Catalogued | Spaces | Tuned | Aligned | Blended | Tiny

MODEL_KINDS: Mapping[str, type[Model]] = {
    "catalogue": Catalogued,
    "spaces": Spaces,
    "clip": Tuned,
    "alignment": Aligned,
    "blend": Blended,
    "tiny": Tiny,
}
"""What ``kind`` a model's section may name, and what it then holds."""
