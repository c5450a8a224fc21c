"""From a story to what is asked of an archive."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from picdesk.articles.dates import event_dates
from picdesk.articles.fit import fit_query, tokens_read
from picdesk.articles.names import find_names
from picdesk.articles.normalise import normalise
from picdesk.articles.reading import DEFAULT
from picdesk.articles.select import left_out, select
from picdesk.encoders.cache import cache_folder
from picdesk.errors import MissingError
from picdesk.records import Query, Step

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from picdesk.articles.names import Gazetteer
    from picdesk.articles.paraphrase import Paraphraser
    from picdesk.articles.reading import Reading
    from picdesk.articles.translate import Translator
    from picdesk.encoders.long_text import TokenCounter
    from picdesk.records import Article, Name


def to_query(
    article: Article,
    reading: Reading = DEFAULT,
    *,
    encoder: TokenCounter | None = None,
    gazetteer: Gazetteer | None = None,
    translator: Translator | None = None,
    paraphraser: Paraphraser | None = None,
) -> Query:
    """What to ask an archive for a story, and a record of every step on the way.

    Args:
        article: the story.
        reading: the settings.
        encoder: fit the texts to what this encoder reads. Without one they stay whole, and a search fits them to each
            encoder that it asks.
        gazetteer: the names that the archive knows.
        translator: used, for stories in the language that it reads, instead of the model that the reading names.
        paraphraser: used instead of the model that the reading names.

    Returns:
        The query. The article comes along as it was given, not translated.

    Raises:
        MissingError: a model that the reading needs is not here; the error names the command that gets it.
        InputError: a reading that makes no sense.
    """
    language, steps = _language(article, reading)
    read, spoken, more = _translated(article, reading, language, translator)
    steps += more
    texts, more = _texts(read, reading, spoken, paraphraser)
    steps += more
    asked, asked_language = (read, spoken) if reading.words.translated else (article, language)
    words, more = _words(asked, reading, asked_language)
    steps += more
    names = find_names(asked, reading.names, asked_language, gazetteer)
    dates = event_dates(article, language)
    steps += _findings(names, reading, [date.text for date in dates])
    query = Query(
        words=words,
        texts=texts,
        fit=reading.texts.fit,
        budget=reading.texts.budget or None,
        names=names,
        date=dates[0].day if dates else article.published,
        language=spoken,
        article=article,
        steps=tuple(steps),
    )
    return query if encoder is None else fitted_to(query, encoder)


def fitted_to(query: Query, encoder: TokenCounter) -> Query:
    """The query with its texts as an encoder reads them, and a record of what was cut.

    With ``pool`` the texts stay whole, since their windows are averaged when they are encoded.
    """
    steps, texts = [], []
    for text, fitted in zip(query.texts, fit_query(query, encoder), strict=True):
        texts.append(text if len(fitted.windows) > 1 else fitted.windows[0])
        read = tokens_read(fitted, encoder)
        windows = f" in {len(fitted.windows)} windows" if len(fitted.windows) > 1 else ""
        did = f"'{encoder.name}' reads {read} of {fitted.tokens} tokens{windows} ({query.fit})"
        note = f"'{encoder.name}' read the first {read} of {fitted.tokens} tokens" if fitted.cut else ""
        after = sum(map(len, fitted.windows))
        steps.append(Step(name="fit", did=did, before=len(text), after=after, cut=fitted.rest.strip(), note=note))
    return replace(query, texts=tuple(texts), steps=(*query.steps, *steps))


def translated_for(article: Article, reading: Reading) -> Article | None:
    """The story as it is searched for, where the reading has it translated; ``None`` where it stays as it is.

    Raises:
        MissingError: the model that the reading needs is not here.
    """
    language, _ = _language(article, reading)
    read, _, _ = _translated(article, reading, language, None)
    return None if read is article else read


def _language(article: Article, reading: Reading) -> tuple[str | None, list[Step]]:
    if reading.language:
        return reading.language, [Step(name="language", did=f"{reading.language}, by the reading")]
    from picdesk.articles.language import detect_language

    # The models for texts under 120 letters take 16 s and 750 MB to load; a single search shall not wait for them.
    found = detect_language(article, low_memory=True)
    said = f"{found.code}, {found.by}" if found.code else "unknown"
    sure = f", confidence {found.confidence:.2f}" if found.by == "detected" else ""
    return found.code, [Step(name="language", did=said + sure)]


def _translated(
    article: Article, reading: Reading, language: str | None, translator: Translator | None
) -> tuple[Article, str | None, list[Step]]:
    """The story in the language that the reading wants, and which language it is in now."""
    if not reading.translate or language == reading.translate:
        return article, language, []
    before = len(article.headline) + len(article.text or article.lead)
    if language is None and translator is None:
        note = "the story's language is unknown: it was searched as it is, not translated"
        return article, None, [Step(name="translate", did="nothing", before=before, after=before, note=note)]
    from picdesk.articles.translate import translate_article

    if translator is None or language not in (None, translator.source):
        translator = _opened_translator(reading.translator or "auto", language or "", reading.translate, cache_folder())
    done = translate_article(article, translator)
    did = f"{translator.source} to {translator.target} by {translator.name}"
    after = len(done.headline) + len(done.text or done.lead)
    return done, translator.target, [Step(name="translate", did=did, before=before, after=after)]


def _texts(
    article: Article, reading: Reading, language: str | None, paraphraser: Paraphraser | None
) -> tuple[tuple[str, ...], list[Step]]:
    settings = reading.texts
    text = select(article, settings.select, language, settings.words)
    steps = [_selected("texts", article, settings.select, settings.words, text)]
    others: Sequence[str] = ()
    if settings.paraphrases:
        others = _paraphrases(article.headline, reading, paraphraser)
        did = f"{len(others)} paraphrases of the headline: {'; '.join(others)}"
        steps.append(Step(name="paraphrase", did=did, before=len(article.headline), after=sum(map(len, others))))
    texts = []
    for each in (text, *others):
        plain, done = normalise(each, settings.normalise, language)
        texts.append(plain)
        steps += [replace(step, name=f"texts: {step.name}") for step in done]
    return tuple(texts), steps


def _paraphrases(headline: str, reading: Reading, paraphraser: Paraphraser | None) -> Sequence[str]:
    settings = reading.texts
    if paraphraser is None:
        if not settings.paraphraser:
            raise MissingError(
                f"the reading '{reading.name}' averages paraphrases, and has no model that makes them",
                "Set 'paraphraser' of [texts] to the folder of a T5 model, in a file of your own.",
            )
        paraphraser = _opened_paraphraser(settings.paraphraser, cache_folder())
    return paraphraser.paraphrase([headline], n=settings.paraphrases, seed=settings.seed)[0]


@lru_cache(maxsize=8)
def _opened_translator(where: str, source: str, target: str, cache: Path) -> Translator:
    """A translator that is kept for the next story: hashing and loading its weights takes longer than a story does.

    Args:
        where: as `picdesk.articles.translate.load_translator` has it.
        source: the language to read.
        target: the language to write.
        cache: the user's cache folder; models and sentences of another one are others.
    """
    del cache
    from picdesk.articles.translate import load_translator

    return load_translator(where, source, target)


@lru_cache(maxsize=2)
def _opened_paraphraser(where: str, cache: Path) -> Paraphraser:
    """The same for a paraphraser."""
    del cache
    from picdesk.articles.paraphrase import load_paraphraser

    return load_paraphraser(where)


def _words(article: Article, reading: Reading, language: str | None) -> tuple[str, list[Step]]:
    """The word query.

    BM25 adds up over all words of a query. A headline's eight words say what the story is about; put a body of hundreds
    beside them and any photo whose caption shares some common words of the body outranks the one that shares the
    headline's name. The lead's first sentence or two names the same people and places again, which helps; more of it
    drowns them. Hence the default of 40 words behind the headline.
    """
    settings = reading.words
    chosen = select(article, settings.select, language, settings.words)
    step = _selected("words", article, settings.select, settings.words, chosen)
    plain, done = normalise(" ".join(chosen.split()), settings.normalise, language)
    return plain, [step, *(replace(each, name=f"words: {each.name}") for each in done)]


def _selected(name: str, article: Article, selection: str, words: int, chosen: str) -> Step:
    whole = select(article, "text")
    first = f", the first {words} words behind the headline" if words else ""
    return Step(
        name=name, did=f"select '{selection}'{first}", before=len(whole), after=len(chosen), cut=left_out(whole, chosen)
    )


def _findings(names: Sequence[Name], reading: Reading, dates: Sequence[str]) -> list[Step]:
    steps = []
    if reading.names.sources:
        counts = {source: sum(name.source == source for name in names) for source in reading.names.sources}
        steps.append(Step(name="names", did=", ".join(f"{count} by {source}" for source, count in counts.items())))
    if dates:
        steps.append(Step(name="dates", did=", ".join(dates)))
    return steps
