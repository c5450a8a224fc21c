"""A reading: the settings by which a story becomes a query, as frozen values and as TOML."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, fields, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from picdesk.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class TextSettings:
    """What an encoder is given.

    Attributes:
        select: what of the story, a key of ``picdesk.articles.select.SELECTIONS``.
        words: only the first so many words behind the headline, wherever a sentence ends; 0 for all.
        fit: what becomes of a text over the encoder's limit: ``sentences`` keeps the first whole ones, ``truncate``
            cuts, ``pool`` reads everything in windows and takes the mean.
        budget: tokens that are read, where that is less than the encoder's limit; 0 for the limit.
        normalise: steps of ``picdesk.articles.normalise.NORMALISERS``, in order. None is best for CLIP.
        paraphrases: so many paraphrases of the headline are averaged with the text.
        paraphraser: folder of the model that makes them.
        seed: of the paraphrases.
    """

    select: str = "text"
    words: int = 0
    fit: str = "sentences"
    budget: int = 0
    normalise: tuple[str, ...] = ()
    paraphrases: int = 0
    paraphraser: str = ""
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class WordSettings:
    """What the word index is asked for.

    Attributes:
        select: what of the story.
        words: only the first so many words behind the headline; 0 for all.
        normalise: steps, in order. The index stems, folds and leaves stop words out by itself.
        translated: ask in the language that the story was translated into; not where captions are in its own.
    """

    select: str = "lead"
    words: int = 40
    normalise: tuple[str, ...] = ()
    translated: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class NameSettings:
    """How names are found, and how much each kind counts beside a word of the query.

    Attributes:
        sources: of ``tags``, ``gazetteer``, ``capitalised``, ``model``, the most trusted first.
        model: folder of a spaCy or GLiNER model, for ``model``.
        most: so many names at most, the first ones of the story.
        person: weight of a person.
        place: weight of a place.
        organisation: weight of an organisation.
        other: weight of a name of no known kind.
    """

    sources: tuple[str, ...] = ("tags", "gazetteer", "capitalised")
    model: str = ""
    most: int = 32
    person: float = 0.7
    place: float = 0.7
    organisation: float = 0.7
    other: float = 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How a story becomes a query.

    Attributes:
        name: what the reading is called.
        about: what it is, and where it was published.
        language: ISO 639-1 code of all stories, where they share one; empty where it is to be found out.
        translate: language to translate stories into; empty for none.
        translator: name or folder of the translation model, or ``apertium``; empty for the best that is here for the
            story's language.
        texts: what an encoder is given.
        words: what the word index is asked for.
        names: how names are found.
    """

    name: str = "default"
    about: str = ""
    language: str = ""
    translate: str = ""
    translator: str = ""
    texts: TextSettings = field(default_factory=TextSettings)
    words: WordSettings = field(default_factory=WordSettings)
    names: NameSettings = field(default_factory=NameSettings)

    @classmethod
    def from_toml(cls, text: str, name: str = "") -> Reading:
        """Read a reading's TOML; what is not said is as in the default reading.

        Raises:
            InputError: broken TOML, an unknown key, or a value that makes no sense.
        """
        try:
            table = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise InputError(f"the reading{_called(name)} is no TOML: {error}", "Mend the file.") from None
        return reading_of(table, name)

    def to_toml(self) -> str:
        """The whole reading as TOML, defaults written out; ``from_toml`` gives it back."""
        sections: Mapping[str, Any] = {name: getattr(self, name) for name in SECTIONS}
        lines = [_line(each.name, getattr(self, each.name)) for each in fields(self) if each.name not in sections]
        for name, section in sections.items():
            lines += ["", f"[{name}]"]
            lines += [_line(each.name, getattr(section, each.name)) for each in fields(section)]
        return "\n".join(lines) + "\n"


SECTIONS: Mapping[str, type[Any]] = {"texts": TextSettings, "words": WordSettings, "names": NameSettings}
"""The sections of a reading's TOML."""


@cache
def readings() -> Mapping[str, Reading]:
    """The readings that come with Picdesk, by name: the default, and those of published systems."""
    tables = tomllib.loads(files("picdesk.articles").joinpath("readings.toml").read_text(encoding="utf-8"))
    return {name: reading_of(table, name) for name, table in tables.items()}


def load_reading(where: str | Path) -> Reading:
    """A reading by its name, or from a TOML file.

    Raises:
        InputError: there is none, or it makes no sense.
    """
    if isinstance(where, str) and where in readings():
        return readings()[where]
    path = Path(where)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"the reading '{where}' is no text in UTF-8", "Save it as UTF-8.") from None
    except (OSError, ValueError):
        raise InputError(
            f"no reading is called '{where}', and no file either",
            f"Use one of: {', '.join(readings())}; or a TOML file with your own settings.",
        ) from None
    return Reading.from_toml(text, path.stem)


def reading_of(table: Mapping[str, Any], name: str = "") -> Reading:
    """A reading from parsed TOML.

    Raises:
        InputError: an unknown key, or a value that makes no sense.
    """
    values = _checked(Reading, table, _called(name))
    for section, kind in SECTIONS.items():
        inner = table.get(section, {})
        if not isinstance(inner, dict):
            raise InputError(f"'{section}' of the reading{_called(name)} is no section", f"Write it as [{section}].")
        values[section] = kind(**_checked(kind, inner, f"{_called(name)}, [{section}]"))
    reading = Reading(**({"name": name or "unnamed"} | values))
    return _sensible(reading)


def with_translation(reading: Reading, target: str = "en", language: str = "") -> Reading:
    """The reading, with stories translated first; ``language`` says what they are written in, where that is known."""
    return replace(reading, translate=target, language=language or reading.language)


def language_named(code: str) -> str:
    """The ISO 639-1 code of a language tag ("de-AT", "ger").

    Raises:
        InputError: it is none.
    """
    from picdesk.articles.language import normal_code

    normal = normal_code(code)
    if normal is None:
        raise InputError(f"'{code}' is no code of a language", "Give an ISO 639-1 code, such as de.")
    return normal


def _sensible(reading: Reading) -> Reading:
    """Refuse names of nothing before the first story is read."""
    from picdesk.articles.names import SOURCES
    from picdesk.articles.normalise import NORMALISERS
    from picdesk.articles.select import SELECTIONS
    from picdesk.encoders.long_text import POLICIES

    texts, words, names = reading.texts, reading.words, reading.names
    named = [
        ("selection", SELECTIONS, (texts.select, words.select)),
        ("step of normalisation", NORMALISERS, texts.normalise + words.normalise),
        ("way to fit", POLICIES, (texts.fit,)),
        ("source of names", SOURCES, names.sources),
    ]
    for what, known, given in named:
        for each in given:
            if each not in known:
                raise InputError(
                    f"no {what} is called '{each}' (reading '{reading.name}')", f"Choose among: {', '.join(known)}."
                )
    counts = [("words", texts.words), ("words", words.words), ("budget", texts.budget), ("most", names.most)]
    for what, number in [*counts, ("paraphrases", texts.paraphrases)]:
        if number < 0:
            raise InputError(f"'{what}' of the reading '{reading.name}' is {number}", "Give 0 or more.")
    for kind in ("person", "place", "organisation", "other"):
        if not 0 <= getattr(names, kind) < float("inf"):
            raise InputError(f"'{kind}' of the reading '{reading.name}' is no weight", "Give a number, 0 or more.")
    return replace(
        reading,
        language=reading.language and language_named(reading.language),
        translate=reading.translate and language_named(reading.translate),
    )


def _checked(kind: type[Any], table: Mapping[str, Any], where: str) -> dict[str, Any]:
    """The values of one section, each of the type that its field has."""
    known = {each.name: str(each.type) for each in fields(kind) if each.name not in SECTIONS or kind is not Reading}
    values: dict[str, Any] = {}
    for key, value in table.items():
        if kind is Reading and key in SECTIONS:
            continue
        if key not in known:
            names = [*known, *(f"[{section}]" for section in SECTIONS if kind is Reading)]
            raise InputError(f"the reading{where} has an unknown setting '{key}'", f"Known are: {', '.join(names)}.")
        what, fits = _TYPES[known[key]]
        if not fits(value):
            raise InputError(f"'{key}' of the reading{where} is {value!r}", f"Give {what}.")
        values[key] = tuple(value) if isinstance(value, list) else float(value) if known[key] == "float" else value
    return values


_TYPES: Mapping[str, tuple[str, Callable[[Any], bool]]] = {
    "bool": ("true or false", lambda value: isinstance(value, bool)),
    "str": ("a text in quotes", lambda value: isinstance(value, str)),
    "int": ("a whole number", lambda value: isinstance(value, int) and not isinstance(value, bool)),
    "float": ("a number", lambda value: isinstance(value, int | float) and not isinstance(value, bool)),
    "tuple[str, ...]": (
        'a list of texts, such as ["one", "two"]',
        lambda value: isinstance(value, list) and all(isinstance(each, str) for each in value),
    ),
}
"""The types of settings: what they are for people, and whether a value of TOML is one."""


def _line(key: str, value: Any) -> str:
    if isinstance(value, bool):
        return f"{key} = {str(value).lower()}"
    if isinstance(value, tuple):
        return f"{key} = [{', '.join(map(_text, value))}]"
    return f"{key} = {_text(value) if isinstance(value, str) else value}"


def _text(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(sign if sign >= " " and sign != "\x7f" else f"\\u{ord(sign):04x}" for sign in escaped) + '"'


def _called(name: str) -> str:
    return f" '{name}'" if name else ""


DEFAULT = Reading(about="Whole sentences within what the encoder reads; headline, 40 words of the lead and names.")
"""The reading where none is named."""
