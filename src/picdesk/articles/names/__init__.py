"""People, places and organisations of a story, from several sources that know of each other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from picdesk.articles.names.capitalised import capitalised_names
from picdesk.articles.names.gazetteer import Gazetteer, folded
from picdesk.articles.names.models import load_names
from picdesk.articles.names.tags import names_of_tags

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from picdesk.articles.reading import NameSettings
    from picdesk.records import Article, Name

__all__ = ["SOURCES", "Gazetteer", "find_names", "load_names", "names_of_tags"]

LONGEST = 80
"""Characters of a name; a longer one is a sentence, or a line of capitals."""
MOST_TEXT = 20_000
"""Characters of a body that are looked through; who is first named after that is not what the story is about."""


def find_names(
    article: Article, settings: NameSettings, language: str | None = None, gazetteer: Gazetteer | None = None
) -> tuple[Name, ...]:
    """The names of a story, weighted, at most ``settings.most``.

    A name that several sources find is kept once, as the first source has it; one without a known kind takes the kind
    that a later source knows.

    Args:
        article: the story.
        settings: which sources, in which order, with which weights.
        language: ISO 639-1 code of the story.
        gazetteer: the names of the archive that will be searched.

    Raises:
        MissingError: the model named in the settings cannot be used.
    """
    found: dict[str, Name] = {}
    wholes: dict[str, list[str]] = {}  # runs of words to the names that hold them: tags may be many thousands
    for source in settings.sources:
        for name in SOURCES[source](article, settings, language, gazetteer):
            key = folded(name.text)
            known = found.get(key)
            if known is not None:
                if known.kind == "other" != name.kind:
                    found[key] = replace(known, kind=name.kind)
            elif len(key) <= LONGEST and not any(_says_no_more(name, found[whole]) for whole in wholes.get(key, ())):
                found[key] = name
                for run in _runs(key):
                    wholes.setdefault(run, []).append(key)
    weighted = [replace(name, weight=getattr(settings, name.kind)) for name in found.values()]
    return tuple(name for name in weighted if name.weight)[: settings.most]


def _says_no_more(part: Name, whole: Name) -> bool:
    """Whether a part of a name adds nothing: "Buffett" to "Warren Buffett", but "Leipzig" to "Stadt Leipzig"."""
    return whole.kind != "organisation" or part.kind == whole.kind


def _runs(key: str) -> set[str]:
    """Every run of words of a name."""
    words = key.split(" ")
    return {" ".join(words[start:end]) for start in range(len(words)) for end in range(start + 1, len(words) + 1)}


def _tags(article: Article, *_: object) -> list[Name]:
    return names_of_tags(article.tags)


def _gazetteer(
    article: Article, settings: NameSettings, language: str | None, gazetteer: Gazetteer | None
) -> list[Name]:
    del settings, language
    # A Title Case headline has a capital on every word, so headline and body are looked through apart.
    parts = [article.headline, *_body(article)]
    return [name for part in parts for name in gazetteer.find(part)] if gazetteer else []


def _capitalised(article: Article, settings: NameSettings, language: str | None, _: Gazetteer | None) -> list[Name]:
    del settings
    return capitalised_names(article.headline, "\n\n".join(_body(article)), language)


def _model(article: Article, settings: NameSettings, *_: object) -> list[Name]:
    from picdesk.errors import InputError

    if not settings.model:
        raise InputError("names by a model need one", "Set 'model' of [names] to a spaCy or GLiNER folder.")
    return load_names(settings.model).find("\n\n".join([article.headline, *_body(article)]))


def _body(article: Article) -> list[str]:
    body = (article.text or article.lead)[:MOST_TEXT]
    return [body] if body else []


SOURCES: Mapping[str, Callable[[Article, NameSettings, str | None, Gazetteer | None], list[Name]]] = {
    "tags": _tags,
    "gazetteer": _gazetteer,
    "capitalised": _capitalised,
    "model": _model,
}
"""Every source of names by its name in a reading."""
