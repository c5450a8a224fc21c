"""From a recipe to its graph of stages."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from picdesk.articles.reading import NameSettings, WordSettings
from picdesk.recipes.check import OWN, made_of, pairs_of
from picdesk.recipes.graph import MISSING, Graph, Outcome, Parts, in_order
from picdesk.recipes.model import Aligned, Blended, Catalogued, Spaces, Tiny, Tuned
from picdesk.recipes.stages import make_stage
from picdesk.recipes.stand_in import labelled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from picdesk.articles.reading import Reading
    from picdesk.recipes.recipe import Recipe, RunPlan
    from picdesk.recipes.stages import Stage

SMALL_EPOCHS = 3
"""How often a small run goes over its pairs at most, in every training."""


class Builder:
    """Builds the graph of one recipe.

    Args:
        recipe: the recipe.
        data: name of data -> where it lies, of that which is here.
        models: the same for models that are given.
        content: the hash of what lies somewhere.
        small: so many stories to learn from, a few times, and half as many to be measured on; 0 for all.
    """

    def __init__(
        self,
        recipe: Recipe,
        data: Mapping[str, Path],
        models: Mapping[str, Path],
        content: Callable[[Path], str],
        small: int = 0,
    ) -> None:
        self._recipe = recipe
        self._data = data
        self._given = models
        self._content = content
        self._small = small
        self._made: dict[str, Stage | tuple[Path, str]] = {}

    def graph(self) -> Graph:
        """The whole graph."""
        outcomes = [one for name, run in self._recipe.runs.items() for one in self._outcomes(name, run)]
        changes = {name: tuple(self._changes(name, outcomes)) for name in self._recipe.sets} if outcomes else {}
        submission, ratings = self._submission(outcomes), self._ratings()
        last = [outcome.measured or outcome.ranked for outcome in outcomes]
        last += [stage for stages in changes.values() for stage in stages]
        last += [stage for stage in (submission, ratings) if stage]
        made = {name: stage for name, stage in self._made.items() if not isinstance(stage, tuple)}
        models = {name.removeprefix("model:"): stage for name, stage in made.items() if name.startswith("model:")}
        return Graph(
            stages=tuple(in_order(last)),
            outcomes=tuple(outcomes),
            models=models,
            changes={name: stages for name, stages in changes.items() if stages},
            submission=submission,
            ratings=ratings,
        )

    def _outcomes(self, name: str, run: RunPlan) -> Iterator[Outcome]:
        for set_name in run.sets or self._recipe.sets:
            for side in run.sides:
                ranked = self._ranked(name, run, set_name, side)
                measures = list(self._recipe.sets[set_name].measures)
                measured = None
                if measures:
                    settings = {"measures": measures, "side": side}
                    needs = {"run": ranked, "read": self._read(set_name)}
                    measured = make_stage("evaluate", f"measure {name} on {set_name}, {side}", settings, needs)
                yield Outcome(run=name, set=set_name, side=side, ranked=ranked, measured=measured)

    def _ranked(self, name: str, run: RunPlan, set_name: str, side: str) -> Stage:
        archive = self._archive(run, set_name, side)
        reading = self._recipe.readings[run.readings.get(set_name, run.reading)]
        texts = self._texts(reading, set_name, side, archive, words=run.words)
        parts = Parts({"archive": archive, "texts": texts, "read": self._read(set_name)})
        for number, model in enumerate(run.models):
            parts.take(f"model:{number}", self._model(model, set_name))
        depth = max(run.depth, run.rerank_depth) if run.rerank else run.depth
        settings = {
            "side": side,
            "words": run.words,
            "dual_softmax": run.dual_softmax,
            "one_to_one": run.one_to_one,
            "no_repeats": run.no_repeats,
            "depth": depth,
        }
        ranked = parts.stage("rank", f"rank {name} on {set_name}, {side}", settings)
        if not run.rerank:
            return ranked
        parts = Parts({"archive": archive, "texts": texts, "read": self._read(set_name), "run": ranked})
        parts.take("model:0", self._model(run.rerank, set_name))
        settings = {
            "side": side,
            "first": run.rerank_depth,
            "weight": run.rerank_weight,
            "depth": run.depth,
            "dual_softmax": run.dual_softmax,
        }
        return parts.stage("rerank", f"rank {name} on {set_name}, {side}, again by {run.rerank}", settings)

    def _read(self, set_name: str) -> Stage:
        def make() -> Stage:
            one = self._recipe.sets[set_name]
            data = self._recipe.data[one.data]
            parts = Parts()
            parts.take("data", self._outside(one.data))
            settings = {"edition": data.edition, "parts": list(one.parts), "small": self._small}
            sides = {"share": one.share} if one.share else {"first": one.first} if one.first else {}
            settings |= sides or {"train": one.train, "test": one.test}
            return parts.stage("read", f"read {set_name}", settings)

        stage: Stage = self._once(f"read:{set_name}", make)
        return stage

    def _texts(self, reading: Reading, set_name: str, side: str, archive: Stage, *, words: bool) -> Stage:
        parts = Parts({"read": self._read(set_name)})
        name = reading.name
        reading = _bare(reading, words=words)
        if "gazetteer" in reading.names.sources:
            parts.take("archive", archive)
        self._helpers(reading, parts)
        settings = {"reading": reading.to_toml(), "side": side}
        return parts.stage("texts", f"read texts of {set_name}, {side}, as {name}", settings)

    def _helpers(self, reading: Reading, parts: Parts) -> None:
        """Models by which stories are translated or paraphrased."""
        for role, name in (("paraphraser", reading.texts.paraphraser), ("translator", reading.translator)):
            if name in self._recipe.models:
                parts.take(role, self._model(name, ""))

    def _archive(self, run: RunPlan, set_name: str, side: str) -> Stage:
        names = tuple(dict.fromkeys((*run.models, *filter(None, [run.rerank]))))
        one = self._recipe.sets[set_name]
        parts = Parts()
        parts.take("read", self._read(set_name))
        for number, name in enumerate(names):
            parts.take(f"model:{number}", self._model(name, set_name))
        settings: dict[str, Any] = {"side": side}
        parts.take(f"data:{one.data}", self._outside(one.data))
        settings["data"] = one.data
        if one.photos:
            settings |= {"photos": one.photos, "format": self._recipe.data[one.photos].format}
            parts.take(f"data:{one.photos}", self._outside(one.photos))
        return parts.stage("archive", f"encode photos of {set_name}, {side}, by {', '.join(names)}", settings)

    def _model(self, name: str, set_name: str) -> Stage | tuple[Path, str]:
        own = set_name if self._is_own(name) else ""
        called = f"{name} of {own}" if own else name

        def make() -> Stage | tuple[Path, str]:
            model = self._recipe.models[name]
            if isinstance(model, Catalogued):
                place = self._given.get(name, MISSING)
                return place, self._hash(place)
            return self._trained(model, set_name, called)

        made: Stage | tuple[Path, str] = self._once(f"model:{called}", make)
        return made

    def _trained(self, model: Any, set_name: str, called: str) -> Stage:
        parts = Parts()
        settings: dict[str, Any] = {}
        if isinstance(model, Spaces):
            for role, names in (("text", model.texts), ("image", model.images)):
                for number, each in enumerate(names):
                    parts.take(f"{role}:{number}", self._model(each, set_name))
        else:
            for number, each in enumerate(made_of(model)):
                parts.take(f"model:{number}", self._model(each, set_name))
        kind = next(kind for each, kind in _KINDS.items() if isinstance(model, each))
        if isinstance(model, Tiny):
            self._take_pairs(parts, "pairs", model.pairs, "", set_name, called)
            self._take_pairs(parts, "vocabulary", model.vocabulary, "", set_name, called)
            settings |= self._briefly({"epochs": model.epochs, "seed": model.seed})
        elif pairs_of(model):
            self._take_pairs(parts, "pairs", model.pairs, model.reading, set_name, called)
        if isinstance(model, Spaces | Tuned | Aligned):
            settings["settings"] = self._briefly(model.settings)
        if isinstance(model, Tuned):
            settings["recipe"] = model.recipe
        if isinstance(model, Tuned | Aligned | Blended):
            settings |= {"share": model.share, "split": model.split}
        if isinstance(model, Blended):
            settings |= {"alpha": model.alpha, "sweep": model.sweep, "measure": model.measure}
        return parts.stage(kind, f"{_DOES[kind]} {called}", settings)

    def _briefly(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Settings of a training; a small run goes over its pairs a few times only."""
        few = {"epochs": min(settings.get("epochs", SMALL_EPOCHS), SMALL_EPOCHS)} if self._small else {}
        return {**settings, **few}

    def _take_pairs(
        self, parts: Parts, role: str, refs: tuple[str, ...], reading: str, set_name: str, called: str
    ) -> None:
        """The stage of pairs, and the data that their photos lie in."""
        sources: list[dict[str, Any]] = []
        of_pairs = Parts()
        for ref in refs:
            name = set_name if ref == OWN else ref
            if name in self._recipe.data and self._recipe.data[name].optional and name not in self._data:
                continue
            if name in self._recipe.sets:
                one = self._recipe.sets[name]
                of_pairs.take(f"set:{name}", self._read(name))
                sources.append({"set": name, "data": one.data})
                data = one.data
            else:
                given = self._recipe.data[name]
                columns = {"columns": dict(given.columns)} if given.columns else {}
                sources.append({"data": name, "format": given.format} | columns)
                data = name
            of_pairs.take(f"data:{data}", self._outside(data))
            parts.take(f"data:{data}", self._outside(data))
        settings: dict[str, Any] = {"sources": sources, "small": self._small}
        if reading:
            chosen = _bare(self._recipe.readings[reading], words=False)
            settings["reading"] = chosen.to_toml()
            self._helpers(chosen, of_pairs)
        parts.take(role, of_pairs.stage("pairs", f"read {role} for {called}", settings))

    def _changes(self, set_name: str, outcomes: list[Outcome]) -> Iterator[Stage]:
        here = {one.run: one for one in outcomes if one.set == set_name and one.side == "test" and one.measured}
        for change in self._recipe.changes:
            first, second = here.get(change.before), here.get(change.after)
            if first and second and first.measured and second.measured:
                needs = {"before": first.measured, "after": second.measured}
                settings = {"names": [change.before, change.after], "depth": change.depth}
                yield make_stage("change", f"{change.before} to {change.after} on {set_name}", settings, needs)

    def _submission(self, outcomes: list[Outcome]) -> Stage | None:
        plan = self._recipe.submission
        asked = [one for one in outcomes if plan and one.run in plan.runs and one.side == "test"]
        chosen = [one for one in asked if plan and one.set != plan.subset]
        if plan is None or not chosen:
            return None
        parts = Parts()
        for one in chosen:
            parts.take(f"run:{one.run}", one.ranked)
            parts.take(f"archive:{one.run}", one.ranked.needs["archive"])
        if plan.subset:
            parts.take("subset", self._read(plan.subset))
        label = labelled(plan.group, stand_in=bool(self._recipe.stand_in))
        settings = {"runs": [one.run for one in chosen], "group": label, "edition": plan.edition, "kind": plan.kind}
        return parts.stage("submission", "build the submission", settings)

    def _ratings(self) -> Stage | None:
        plan = self._recipe.ratings
        if plan is None or plan.data not in self._data:
            return None
        parts = Parts()
        parts.take("ratings", self._outside(plan.data))
        if plan.categories and plan.categories in self._data:
            parts.take("categories", self._outside(plan.categories))
        return parts.stage("ratings", "summarise ratings", {})

    def _outside(self, name: str) -> Stage | tuple[Path, str]:
        def make() -> Stage | tuple[Path, str]:
            data = self._recipe.data[name]
            if data.kind == "drawn":
                return make_stage("drawn", f"draw {name}", {"scenes": data.scenes, "seed": data.seed})
            place = self._data.get(name, MISSING)
            return place, self._hash(place)

        made: Stage | tuple[Path, str] = self._once(f"data:{name}", make)
        return made

    def _hash(self, place: Path) -> str:
        return self._content(place) if place is not MISSING else ""

    def _is_own(self, name: str) -> bool:
        """Whether a model learns from the set that is asked for."""
        model = self._recipe.models[name]
        return OWN in pairs_of(model) or any(self._is_own(each) for each in made_of(model))

    def _once(self, name: str, make: Callable[[], Any]) -> Any:
        if name not in self._made:
            self._made[name] = make()
        return self._made[name]


_KINDS: Mapping[type, str] = {
    Spaces: "spaces",
    Tuned: "clip",
    Aligned: "alignment",
    Blended: "blend",
    Tiny: "tiny",
}

_DOES: Mapping[str, str] = {
    "spaces": "make the spaces of",
    "clip": "fine-tune",
    "alignment": "align",
    "blend": "blend",
    "tiny": "teach",
}


def _bare(reading: Reading, *, words: bool) -> Reading:
    """A reading without what makes no difference: its name, and without a word index what that is asked for.

    Names are asked of the word index alone, and some are found by what the archive knows.
    """
    if not words:
        reading = replace(reading, words=WordSettings(), names=replace(NameSettings(), sources=()))
    return replace(reading, name="", about="")
