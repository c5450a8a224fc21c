"""The language that an article is written in."""

from __future__ import annotations

import functools
import re
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from picdesk.encoders.sentences import sentences
from picdesk.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from picdesk.records import Article

MARGIN = 0.2
"""By how much the best language must be ahead of the next; closer is too close to call."""

_TRIGRAMS_FROM = 120
"""Letters from which lingua counts trigrams alone, whatever its accuracy is set to (lingua 2.1, its own constant)."""
_LONGEST = 600
"""Characters that are looked at: more make it slower and no better."""
_LEAST_LETTERS = 20
"""Letters under which lingua is not asked: a lead of "AP" or "Von Anna Meier" is no evidence."""
_NOISE = re.compile(r"https?://\S+|www\.\S+|[@#]\w+|[\w.+-]{1,64}@[\w-]{1,64}\.\w+")
_CODE = re.compile(r"[a-z]{2,3}")
_HAN = "\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff"


@dataclass(frozen=True, slots=True)
class Language:
    """What language an article is in, and how that is known.

    Attributes:
        code: ISO 639-1; ``None`` where it is not known. Bokmål and Nynorsk are both ``no``.
        confidence: lingua's for the best language, 0 to 1, whether that one was taken or not; 1 where the script alone
            tells; 0 where nothing was detected.
        by: ``detected``, ``declared`` (what the page says, where detection could not say better) or ``unknown``.
    """

    code: str | None
    confidence: float
    by: str


@dataclass(frozen=True, slots=True)
class _Codes:
    detected: tuple[str, ...]
    same: Mapping[str, str]
    scripts: Mapping[str, re.Pattern[str]]
    three: Mapping[str, str]  # ISO 639-2 or -3 to 639-1
    first_three: Mapping[str, str]  # ISO 639-1 to 639-3


def detect_language(
    article: Article, *, languages: tuple[str, ...] | None = None, low_memory: bool = False
) -> Language:
    """Detect the language of an article (lingua, P. M. Stahl), with what the page declares as a prior.

    Looked at are headline and lead, and so many of the text's first sentences as make 120 letters; addresses and user
    names are left out. A headline alone is never trusted (real English ones are taken for German, French or Latin),
    unless its script is one that a single language is written in: Japanese kana, Hangul, Greek, Hebrew, Thai, ... Where
    the best language is ahead of the next by less than ``MARGIN``, the page is believed, and where it says nothing the
    language is unknown.

    Args:
        article: its ``language`` may be any BCP 47 tag, or none.
        languages: ISO 639-1 codes to choose from; ``None`` for those of the news. What the page declares is added.
        low_memory: count trigrams alone even for texts under 120 letters. For longer ones it makes no difference;
            shorter ones load models of some hundred MB more, once a process, and are told apart better by them.

    Returns:
        The language; a code that lingua does not know is never detected, but may be declared.

    Raises:
        InputError: lingua knows fewer than two of ``languages``.
    """
    declared = normal_code(article.language or "")
    found = _of_script(article.headline) if not (article.lead.strip() or article.text.strip()) else None
    if found:
        return Language(found, 1.0, "detected")
    evidence = _evidence(article)
    if evidence is None:
        return _without(declared, 0.0)
    chosen = languages or _codes().detected
    ranked = _ranked(evidence, frozenset([*chosen, *([declared] if declared else [])]), low_memory)
    best, confidence = ranked[0]
    second = ranked[1][1] if len(ranked) > 1 else 0.0
    if confidence - second < MARGIN:
        return _without(declared, confidence)
    return Language(best, confidence, "detected")


def normal_code(tag: str) -> str | None:
    """The ISO 639-1 code that a language tag means.

    Read are BCP 47 tags and locales ("de-DE", "pt_BR.UTF-8"), ISO 639-2 and -3 codes ("ger", "deu"), withdrawn codes
    ("iw") and members of a macrolanguage ("nb", "cmn").

    >>> [normal_code(tag) for tag in ("de-DE", "zh-cn", "iw", "nn", "eng", "x-default")]
    ['de', 'zh', 'he', 'no', 'en', None]
    """
    part = re.split(r"[-_.@,;\s]", tag.strip().lower(), maxsplit=1)[0]
    if not _CODE.fullmatch(part):
        return None
    codes = _codes()
    part = codes.same.get(part, part)
    part = codes.three.get(part, part)
    part = codes.same.get(part, part)
    return part if part in codes.first_three else None


def three_letters(code: str) -> str:
    """The ISO 639-3 code of an ISO 639-1 one; the code itself where there is none.

    >>> three_letters("de")
    'deu'
    """
    return _codes().first_three.get(code, code)


def _without(declared: str | None, confidence: float) -> Language:
    return Language(declared, confidence, "declared" if declared else "unknown")


def _evidence(article: Article) -> str | None:
    """What lingua is shown; ``None`` where there is too little beside the headline."""
    beside = _NOISE.sub(" ", article.lead[:_LONGEST])
    headline = _NOISE.sub(" ", article.headline[:_LONGEST])
    if _letters(headline + beside) < _TRIGRAMS_FROM:
        known = beside.strip()
        for sentence in sentences(_NOISE.sub(" ", article.text[: 2 * _LONGEST])):
            if known and sentence.strip() in known:
                continue  # the text opens with the lead
            beside = f"{beside} {sentence}"
            if _letters(headline + beside) >= _TRIGRAMS_FROM:
                break
    if not beside.strip() or _letters(headline + beside) < _LEAST_LETTERS:
        return None
    return " ".join(f"{headline}\n{beside}".split())[: 2 * _LONGEST]


def _letters(text: str) -> int:
    """Letters as evidence: a Chinese, Japanese or Korean one says as much as three of an alphabet."""
    letters = [letter for letter in text if letter.isalpha()]
    return sum(3 if letter > "\u2fff" else 1 for letter in letters)


def _of_script(headline: str) -> str | None:
    """The language that a headline's script belongs to, if most of it is in that script."""
    letters = "".join(letter for letter in headline if letter.isalpha())
    for code, script in _codes().scripts.items():
        count = len(script.findall(letters))
        if code == "ja":
            # Chinese headlines quote a Japanese sign here and there; Japanese ones are kanji and kana.
            han = len(re.findall(f"[{_HAN}]", letters))
            if count >= 2 and 10 * count >= count + han and 3 * (count + han) > len(letters):
                return code
        elif 2 * count > len(letters):
            return code
    return None


def _ranked(text: str, codes: frozenset[str], low_memory: bool) -> list[tuple[str, float]]:
    """Languages with their confidence, best first; those that are one by ``normal_code`` added up."""
    long = sum(letter.isalpha() for letter in text) >= _TRIGRAMS_FROM
    detector = _detector(codes, low_memory or long)
    shares: dict[str, float] = {}
    for value in detector.compute_language_confidence_values(text):
        code = normal_code(value.language.iso_code_639_1.name)
        shares[code or ""] = shares.get(code or "", 0.0) + value.value
    # lingua adds up in no fixed order, so the last digits differ from call to call.
    rounded = [(code, round(share, 6)) for code, share in shares.items()]
    return sorted(rounded, key=lambda share: (-share[1], share[0])) or [("", 0.0)]


@functools.cache
def _detector(codes: frozenset[str], trigrams: bool) -> Any:
    """A detector; models are loaded when a text first needs them, and shared by all detectors."""
    from lingua import Language as Known
    from lingua import LanguageDetectorBuilder

    wanted = {normal_code(code) for code in codes}
    languages = [
        known
        for known in Known.all()
        if known.iso_code_639_1.name.lower() in codes or normal_code(known.iso_code_639_1.name) in wanted
    ]
    if len(languages) < 2:
        raise InputError(
            f"lingua knows {len(languages)} of the languages {', '.join(sorted(codes))}, and needs two",
            "Name at least two of its languages by their ISO 639-1 codes, or none for those of the news.",
        )
    builder = LanguageDetectorBuilder.from_languages(*sorted(languages, key=lambda known: known.name))
    return (builder.with_low_accuracy_mode() if trigrams else builder).build()


@functools.cache
def _codes() -> _Codes:
    table = tomllib.loads(files("picdesk.articles").joinpath("languages.toml").read_text(encoding="utf-8"))
    three = {code: key for key, both in table["three"].items() for code in both.split()}
    return _Codes(
        tuple(table["detected"]),
        table["same"],
        {code: re.compile(f"[{signs}]") for code, signs in table["scripts"].items()},
        three,
        {key: both.split()[0] for key, both in table["three"].items()},
    )
