"""Many queries at once, every photo compared: what a run file is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from picdesk.errors import InputError
from picdesk.search.answers import answers_as_run
from picdesk.search.duplicates import fold_answers, looks_of_archive
from picdesk.search.fusion import fusion_named
from picdesk.search.search import DEPTH
from picdesk.search.settings import settings_of
from picdesk.search.signals.of_many import answers_of, sources_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from picdesk.archive.store import Store
    from picdesk.encoders import Encoder
    from picdesk.records import Query, Run
    from picdesk.search.dual_softmax import DualSoftmax
    from picdesk.search.filters import Filters
    from picdesk.search.published import Published
    from picdesk.search.settings import Settings
    from picdesk.search.shards import Shards
    from picdesk.search.signals.of_many import Source

    Scores = dict[str, float]


def rank(
    store: Store,
    queries: Sequence[tuple[str, Query]],
    encoders: Sequence[Encoder] = (),
    *,
    name: str = "picdesk",
    depth: int = 100,
    filters: Filters | None = None,
    words: bool = True,
    dual_softmax: DualSoftmax | None = None,
    one_to_one: bool = False,
    no_repeats: bool = False,
    duplicates: bool = True,
    keep_bank: bool = False,
    near: bool = False,
    published: Published | None = None,
    settings: Settings | None = None,
    device: str | None = None,
    shards: Shards | None = None,
    progress: Callable[[int], None] = lambda _: None,
    compared: Callable[[int, int], None] = lambda _, __: None,
) -> Run:
    """The best photos of an archive for each of many queries, by their words and texts.

    The same signals as in `search` (BM25, the cosine to each encoder, the meaning of captions, the date, published
    articles), joined in the same way, 1,000 candidates a signal; a single signal orders by its own value. Equal scores
    are ordered by photo id. A name that several photos of one answer share is taken once, for the best of them.

    Args:
        store: the archive.
        queries: ids of articles, each once, and what is asked for them.
        encoders: loaded encoders of the archive; those without a text side are left out.
        name: of the run.
        depth: how many photos an article is given at most.
        filters: which photos may be in an answer.
        words: whether the word index is asked.
        dual_softmax: how each encoder's cosines are revised before they are joined with anything; BM25 is not, for its
            scale differs from query to query.
        one_to_one: every article's first photo is its own alone, so that the sum of the scores is the largest.
        no_repeats: no photo is given to two articles.
        duplicates: whether photos of one answer that show the same picture all stay; else the best of them alone does.
        keep_bank: whether the queries are kept, so that later searches can be weighed beside them.
        near: whether photos taken near the day of each article are put higher; where a weight of the date was fitted,
            they are in any case.
        published: articles that have their photos already; none of them profits from its own row.
        settings: how signals are joined; without them, what was fitted to the archive, else the defaults.
        device: where photos are compared: ``cpu``, ``cuda``, ``cuda:N``; ``None`` for a card where there is one.
        shards: workers who compare the photos in parts instead of this process.
        progress: called with the number of articles done so far.
        compared: called with the number of photos compared so far, and of how many, before the first article is done.

    Raises:
        EncoderMismatch: an encoder that did not fill the archive.
        FilterError: a filter that makes no sense.
        InputError: no signal is left to ask, an article is there twice, or dual softmax without an encoder that reads.
    """
    articles = [article for article, _ in queries]
    if len(set(articles)) < len(articles):
        twice = next(article for number, article in enumerate(articles) if article in articles[:number])
        raise InputError(f"article {twice!r} is there twice", "Leave one of the two out.")
    where = filters.sql(store.uses.photos_used) if filters else None
    store.count(where)  # what is wrong with a filter is said before anything is encoded
    candidates = max(DEPTH, depth)
    settings = settings or settings_of(store.folder)
    sources = sources_of(
        store,
        [query for _, query in queries],
        encoders,
        where,
        candidates,
        words=words,
        dual=dual_softmax,
        keep=keep_bank,
        near=near or bool(settings.weights.get("date")),
        half_life=settings.half_life,
        published=published,
        device=device,
        shards=shards,
        compared=compared,
    )
    answers = _joined(sources, settings)
    if not duplicates:
        # Where photos are given out, an article may get one from far below the depth; and names may be shared.
        kept = candidates if one_to_one or no_repeats else 2 * depth
        answers = fold_answers(answers, looks_of_archive(store), kept)
    return answers_as_run(
        name,
        articles,
        answers,
        _names(store),
        depth,
        candidates=candidates,
        assign=one_to_one,
        repeats=not no_repeats,
        progress=progress,
    )


def _joined(sources: Sequence[Source], settings: Settings) -> Iterator[Scores]:
    """Each query's scores, its signals joined."""
    join = fusion_named(settings.fusion)
    for said in answers_of(sources):
        if len(said) == 1:
            yield next(iter(said.values()))[0]
            continue
        asked = [source for source in sources if source.name in said]
        scores = {name: scores for name, (scores, _) in said.items()}
        yield join(scores, settings.of(asked), {name: scale for name, (_, scale) in said.items()})


def _names(store: Store) -> dict[str, str]:
    names: dict[str, str] = {}
    for batch in store.rows(["id", "name"]):
        names |= zip(batch.column("id").to_pylist(), batch.column("name").to_pylist(), strict=True)
    return names
