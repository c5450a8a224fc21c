"""Steps that make a text plainer: for reproducing published systems and for ablations.

The default reading uses none of them, since they hurt CLIP, which was trained on sentences as people write them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from picdesk.articles.normalise.contractions import expand_contractions
from picdesk.articles.normalise.elongated import shorten_elongated
from picdesk.articles.normalise.emoji_words import emoji_to_words
from picdesk.articles.normalise.hashtags import split_hashtags
from picdesk.articles.normalise.lemma import lemmatise
from picdesk.articles.normalise.lower import lower
from picdesk.articles.normalise.punctuation import drop_punctuation
from picdesk.articles.normalise.spelling import correct_spelling
from picdesk.articles.normalise.stem import stem
from picdesk.articles.normalise.stop_words import drop_stop_words
from picdesk.articles.normalise.urls import drop_urls
from picdesk.articles.normalise.user_names import split_user_names
from picdesk.errors import InputError
from picdesk.records import Step

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from picdesk.articles.normalise.normaliser import Normaliser

NORMALISERS: Mapping[str, Normaliser] = {
    step.name: step
    for step in (
        lower,
        drop_punctuation,
        drop_stop_words,
        stem,
        lemmatise,
        expand_contractions,
        drop_urls,
        split_user_names,
        split_hashtags,
        emoji_to_words,
        shorten_elongated,
        correct_spelling,
    )
}
"""Every step by its name in a reading."""


def normalise(text: str, names: Sequence[str], language: str | None) -> tuple[str, tuple[Step, ...]]:
    """Apply steps to a text, one after the other.

    Args:
        text: any.
        names: keys of ``NORMALISERS``, in order.
        language: ISO 639-1 code, None where it is not known. A step that does not know the language leaves the text as
            it is, and its record says so.

    Returns:
        The text, and a record of each step.

    Raises:
        InputError: there is no such step.
    """
    steps = []
    for name in names:
        if name not in NORMALISERS:
            raise InputError(f"no step is called '{name}'", f"Choose among: {', '.join(NORMALISERS)}.")
        step = NORMALISERS[name]
        able = step.knows(language)
        plainer = " ".join(step.apply(text, language or "").split()) if able else text
        missing = "" if able else f"'{name}' was left out: it has no rules for {language or 'an unknown language'}"
        steps.append(Step(name=name, did=step.does, before=len(text), after=len(plainer), note=missing))
        text = plainer
    return text, tuple(steps)
