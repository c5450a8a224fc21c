"""From several models to the encoder between them, as a user asks for it."""

from __future__ import annotations

import dataclasses
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from picdesk.errors import InputError
from picdesk.evaluate.measures import parse_measure
from picdesk.train.blend.average import average, interpolate
from picdesk.train.blend.ingredient import check_alike, read_ingredient
from picdesk.train.blend.judge import Judge, share_photos
from picdesk.train.blend.sweep import best_point, greedy_soup, sweep
from picdesk.train.card import Card
from picdesk.train.clip.folder import write_encoder, write_report
from picdesk.train.clip.weights import check_weights
from picdesk.train.device import choose_place
from picdesk.train.run_folder import written_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from picdesk.train.blend.ingredient import Ingredient
    from picdesk.train.blend.sweep import Point, Soup
    from picdesk.train.pairs import Pairs

SOUPS = ("uniform", "greedy")


@dataclass(frozen=True, slots=True, kw_only=True)
class BlendSettings:
    """What is blended how. One of the three ways is chosen.

    Attributes:
        alpha: share of the second of two models; ``None`` where a sweep or a soup says it.
        alphas: to be swept over; empty for no sweep.
        soup: ``uniform`` or ``greedy``, for several models; empty for none.
        measure: by which a sweep or a greedy soup chooses.
        device: where it is measured; empty for a card where there is one.
    """

    alpha: float | None = None
    alphas: tuple[float, ...] = ()
    soup: str = ""
    measure: str = "R@1"
    device: str = ""

    def __post_init__(self) -> None:
        ways = (self.alpha is not None) + bool(self.alphas) + bool(self.soup)
        if ways != 1:
            raise InputError(
                "an alpha, a sweep and a soup are three ways to blend, and one is needed",
                "Give --alpha 0.5, or --sweep 0:1:0.1 with --data, or --soup uniform.",
            )
        if self.soup and self.soup not in SOUPS:
            raise InputError(f"no soup called {self.soup!r}", f"Choose one of: {', '.join(SOUPS)}.")
        if self.alpha is not None and not 0 <= self.alpha <= 1:
            raise InputError(f"an alpha of {self.alpha} is not between two models", "Give a number from 0 to 1.")
        parse_measure(self.measure)

    @property
    def measures(self) -> bool:
        """Whether pairs are needed to choose by."""
        return bool(self.alphas) or self.soup == "greedy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Blended:
    """An encoder that was blended.

    Attributes:
        folder: the encoder.
        models: what was blended, as the user named it.
        shares: of each model in the result.
        measure: its name, where something was measured; else empty.
        data: names of the data sets that it was measured on.
        points: of a sweep; empty without one.
        best: the point that was chosen; ``None`` without a sweep.
        alone: of a greedy soup, each model's own mean measure; empty without one.
        value: of a greedy soup, its mean measure; ``None`` without one.
        skipped: why -> stories of the data that were left out.
    """

    folder: Path
    models: tuple[str, ...]
    shares: tuple[float, ...]
    measure: str = ""
    data: tuple[str, ...] = ()
    points: tuple[Point, ...] = ()
    best: Point | None = None
    alone: tuple[float, ...] = ()
    value: float | None = None
    skipped: Mapping[str, int] = field(default_factory=dict)


def blend(
    models: Sequence[str | Path],
    settings: BlendSettings,
    target: Path,
    data: Sequence[Pairs] = (),
    *,
    looked: Callable[[int, int], None] = lambda _done, _all: None,
    measured: Callable[[int, int], None] = lambda _done, _all: None,
    quick_gelu: bool | None = None,
    architecture: str | None = None,
) -> Blended:
    """Blend models into an encoder folder.

    Args:
        models: two or more of one kind, as for ``read_trainee``; two for an alpha or a sweep.
        settings: how.
        target: the encoder's folder; must not exist.
        data: pairs to choose by, that no model was trained on; of several sets the mean counts.
        looked: called with photos prepared so far, and all.
        measured: called with alphas measured so far, and all.
        quick_gelu: as for ``read_trainee``.
        architecture: as for ``read_trainee``.

    Raises:
        EncoderMissing: a model is not here, or has no weights.
        InputError: the models do not fit each other, there are no pairs to choose by, or the target exists.
        MissingError: there is no such card.
    """
    if not settings.soup and len(models) != 2:
        raise InputError(f"{len(models)} models have no alpha between them", "Give two, or --soup uniform.")
    if settings.measures and not data:
        raise InputError("there are no pairs to choose by", "Name them with --data.")
    target = target.expanduser().absolute()
    if target.exists():
        raise InputError(f"{str(target)!r} exists already", "Choose another -o, or remove it.")
    every = [read_ingredient(model, quick_gelu=quick_gelu, architecture=architecture) for model in models]
    check_alike(every)
    check_weights(every[0].trainee)
    # Weights are copied: the first model's own are overwritten by whatever is measured.
    weights = [{name: each.clone() for name, each in one.weights().items()} for one in every]
    done = Blended(folder=target, models=tuple(map(str, models)), shares=(1 / len(every),) * len(every))
    judge = _judge(every, settings, data, looked) if settings.measures else None
    with judge or nullcontext():
        if settings.alphas and judge is not None:
            points = sweep(weights[0], weights[1], settings.alphas, judge, measured)
            best = best_point(points, less_is_better=judge.measure.less_is_better)
            done = dataclasses.replace(done, points=points, best=best, shares=(1 - best.alpha, best.alpha))
            mixed = interpolate(weights[0], weights[1], best.alpha)
        elif settings.soup == "greedy" and judge is not None:
            soup = greedy_soup(weights, judge)
            done = dataclasses.replace(done, alone=soup.alone, value=soup.value, shares=_shares(soup, len(every)))
            mixed = dict(soup.weights)
        elif settings.alpha is not None:
            done = dataclasses.replace(done, shares=(1 - settings.alpha, settings.alpha))
            mixed = interpolate(weights[0], weights[1], settings.alpha)
        else:
            mixed = average(weights)
    if judge is not None:
        names = tuple(pairs.name for pairs in data)
        done = dataclasses.replace(done, measure=judge.measure.name, data=names, skipped=dict(judge.skipped))
    every[0].take(mixed)
    _write(done, every[0], settings)
    return done


def _judge(
    every: Sequence[Ingredient],
    settings: BlendSettings,
    data: Sequence[Pairs],
    looked: Callable[[int, int], None],
) -> Judge:
    place = choose_place(settings.device or None)
    measure = parse_measure(settings.measure)
    return Judge(every[0], data, measure, place, same_photos=share_photos(every), looked=looked)


def _shares(soup: Soup, count: int) -> tuple[float, ...]:
    return tuple(1 / len(soup.taken) if number in soup.taken else 0.0 for number in range(count))


def _write(done: Blended, mixed: Ingredient, settings: BlendSettings) -> None:
    remember: dict[str, Any] = {"model": done.folder.name, "blended_from": list(done.models)}
    with written_whole(done.folder) as draft:
        if mixed.alignment is None:
            write_encoder(mixed.trainee, draft, remember=remember)
        else:
            from picdesk.train.alignment.folder import add_categories, write_alignment

            mixed.alignment.cpu()
            remember["categories"] = list(mixed.categories)
            write_encoder(mixed.trainee, draft, remember=remember, checkpoint=mixed.whole.checkpoint)
            add_categories(draft / "textual" / "model.onnx", len(mixed.categories))
            write_alignment(mixed.alignment, mixed.categories, draft)
        write_report(draft, _card(done, settings))


def _card(done: Blended, settings: BlendSettings) -> Card:
    parts = ", ".join(f"{share:.3g} of {model}" for model, share in zip(done.models, done.shares, strict=True))
    values = {point.alpha: point.mean for point in done.points}
    before = {done.measure: values[0.0]} if 0.0 in values else {}
    after = {done.measure: done.best.mean} if done.best else {}
    if done.value is not None:
        before, after = {done.measure: max(done.alone)}, {done.measure: done.value}
    curve = [f"alpha {point.alpha:g}: {done.measure} {point.mean:.4f}" for point in done.points]
    return Card(
        name=done.folder.name,
        what=f"A blend of weights: {parts}.",
        data={"measured on": ", ".join(done.data) or "nothing", "left out": dict(done.skipped)},
        settings=dataclasses.asdict(settings) | {"models": list(done.models), "shares": list(done.shares)},
        before=before,
        after=after,
        notes=curve,
    )
