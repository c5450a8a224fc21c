"""The language of an archive's words: how the word index splits, stems and leaves out."""

from __future__ import annotations

from typing import Any

from picdesk.errors import InputError

ANY = "any"
"""Words as they are: no stemming, no stop words; for mixed archives and for languages without a stemmer."""

LANGUAGES = (
    *("Arabic", "Danish", "Dutch", "English", "Finnish", "French", "German", "Greek", "Hungarian", "Italian"),
    *("Norwegian", "Portuguese", "Romanian", "Russian", "Spanish", "Swedish", "Tamil", "Turkish"),
)
"""The Snowball stemmers of the word index (M. F. Porter: Snowball, 2001)."""

DEFAULT = "English"


def language_named(name: str) -> str:
    """The language's name as an archive keeps it.

    Raises:
        InputError: there is no stemmer for it.
    """
    for language in (ANY, *LANGUAGES):
        if language.lower() == name.strip().lower():
            return language
    raise InputError(
        f"no stemmer for the language '{name}'",
        f"Use one of: {', '.join(LANGUAGES)}; or '{ANY}' to take words as they are.",
    )


def word_index(language: str) -> Any:
    """Settings of the word index.

    A known language is split at spaces and punctuation, stemmed, and loses its stop words. ``any`` is split as UAX #29
    has it, with dictionaries for Chinese, Japanese and Thai, and loses nothing.
    """
    from lancedb.index import FTS

    if language == ANY:
        # Lance's Unicode tokenizer drops the stop words of every language at once ("city", "war", "man").
        return FTS(base_tokenizer="icu/split", stem=False, remove_stop_words=False)
    return FTS(base_tokenizer="simple", language=language)
