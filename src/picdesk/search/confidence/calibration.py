"""A calibration as an archive keeps it: the model, what it was fitted for, and how good it was."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from picdesk.errors import ArchiveDamaged
from picdesk.photos.whole_file import write_whole
from picdesk.search.confidence.choose import Model
from picdesk.search.confidence.isotonic import Steps
from picdesk.search.confidence.logistic import Logistic
from picdesk.search.confidence.reliability import Bin

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from picdesk.articles.reading import Reading
    from picdesk.objects import Place

FILE = "calibration.json"
FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedFor:
    """The search that a calibration is about; of another one it says nothing.

    Attributes:
        signals: name -> fingerprint of the encoder behind it, empty where there is none.
        fusion: how they were joined, weights included.
        reading: how articles became queries; empty where it is not known.
    """

    signals: Mapping[str, str]
    fusion: str
    reading: str = ""

    def differs_from(self, other: FittedFor) -> str:
        """What is different, in words; empty where nothing is, or where one of the two readings is not known."""
        if dict(self.signals) != dict(other.signals):
            return f"the signals {_shown(self.signals)} instead of {_shown(other.signals)}"
        if self.fusion != other.fusion:
            return f"the fusion {self.fusion} instead of {other.fusion}"
        if self.reading and other.reading and self.reading != other.reading:
            return f"the reading {self.reading} instead of {other.reading}"
        return ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Calibration:
    """From features to probabilities, and what is to be known of it.

    Attributes:
        fitted_for: the search it is about.
        columns: names of the features.
        model: the model.
        labels: what was learned from: ``truth``, ``ratings`` or ``choices``.
        articles: how many articles.
        hits: how many hits of theirs.
        brier: Brier score on articles that were held back.
        brier_constant: that of always saying the mean.
        briers: Brier score of each kind of model that was tried.
        calibration_error: expected calibration error on articles that were held back.
        bins: their reliability.
        risk: what an answer may risk where nothing else is said.
        made: when, ISO 8601.
    """

    fitted_for: FittedFor
    columns: tuple[str, ...]
    model: Model
    labels: str
    articles: int
    hits: int
    brier: float
    brier_constant: float
    briers: Mapping[str, float]
    calibration_error: float
    bins: tuple[Bin, ...]
    risk: float
    made: str = field(default="")

    def probabilities(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """Probabilities ``(n,)`` of hits with features ``(n, f)``."""
        return self.model.probabilities(features)

    def to_json(self) -> str:
        """The file that an archive keeps."""
        steps = self.model.steps
        document = {
            "format": FORMAT,
            "made": self.made,
            "fitted_for": asdict(self.fitted_for),
            "learned_from": {"labels": self.labels, "articles": self.articles, "hits": self.hits},
            "model": {
                "kind": self.model.kind,
                "penalty": self.model.penalty,
                "columns": list(self.columns),
                "weights": self.model.logistic.weights.tolist(),
                "intercept": self.model.logistic.intercept,
                "steps": None if steps is None else [steps.scores.tolist(), steps.probabilities.tolist()],
            },
            "held_back": self.figures(),
            "risk": self.risk,
        }
        return json.dumps(document, ensure_ascii=False, indent=1) + "\n"

    def figures(self) -> dict[str, Any]:
        """How good it was on articles that were held back."""
        return {
            "brier": self.brier,
            "brier_constant": self.brier_constant,
            "briers": dict(self.briers),
            "calibration_error": self.calibration_error,
            "bins": [asdict(each) for each in self.bins],
        }

    @classmethod
    def from_json(cls, text: str) -> Calibration:
        """Read such a file back.

        Raises:
            ValueError: it is none, or one of a newer format.
        """
        try:
            return cls._of(json.loads(text))
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"something is missing: {error}") from None

    @classmethod
    def _of(cls, said: Mapping[str, Any]) -> Calibration:
        if said["format"] != FORMAT:
            raise ValueError(f"it has format {said['format']}, this Picdesk knows {FORMAT}")
        model, figures, learned = said["model"], said["held_back"], said["learned_from"]
        weights = np.array(model["weights"], dtype=np.float64)
        curve = model["steps"]
        steps = None if curve is None else Steps(*(np.array(each, dtype=np.float64) for each in curve))
        if weights.shape != (len(model["columns"]),) or (steps and steps.scores.shape != steps.probabilities.shape):
            raise ValueError("its weights do not belong to its columns")
        return cls(
            fitted_for=FittedFor(**said["fitted_for"]),
            columns=tuple(model["columns"]),
            model=Model(Logistic(weights, float(model["intercept"])), steps, float(model["penalty"])),
            labels=learned["labels"],
            articles=learned["articles"],
            hits=learned["hits"],
            **{name: figures[name] for name in ("brier", "brier_constant", "briers", "calibration_error")},
            bins=tuple(Bin(**each) for each in figures["bins"]),
            risk=float(said["risk"]),
            made=said["made"],
        )


def reading_id(reading: Reading) -> str:
    """A reading's name and a hash of its settings; what language stories are in is no part of how they are read."""
    settings = replace(reading, language="").to_toml()
    return f"{reading.name} {hashlib.sha256(settings.encode()).hexdigest()[:12]}"


def write_calibration(folder: Place, calibration: Calibration) -> Place:
    """Put a calibration into an archive's folder; it replaces the one before, whole or not at all.

    Raises:
        InputError: the folder cannot be written to.
    """
    path = folder / FILE
    write_whole(path, calibration.to_json().encode())
    return path


def read_calibration(folder: Place) -> Calibration | None:
    """The calibration of an archive; None where there is none.

    Raises:
        ArchiveDamaged: the file is no calibration.
    """
    path = folder / FILE
    try:
        return Calibration.from_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise ArchiveDamaged(
            f"the calibration {path} cannot be used: {error}", "Make it again with picdesk calibrate, or delete it."
        ) from None


def _short(behind: str) -> str:
    """What is behind a signal, with twelve digits of its fingerprint."""
    said, comma, fingerprint = behind.rpartition(", ")
    return said + comma + fingerprint[:12]


def _shown(signals: Mapping[str, str]) -> str:
    named = (f"{name} ({_short(fingerprint)})" if fingerprint else name for name, fingerprint in signals.items())
    return ", ".join(named) or "none"
