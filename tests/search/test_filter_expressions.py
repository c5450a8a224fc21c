"""Conditions joined by and, or, not: against the obvious reading of them, photo by photo."""

from __future__ import annotations

import datetime as dt
import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from picdesk import Article, Photo, open_archive
from picdesk.archive.store import Store
from picdesk.errors import FilterError
from picdesk.search.filters import Filters
from picdesk.search.filters.fields import AI_SOURCES
from picdesk.search.filters.parse import DEEPEST, LONGEST, MOST, filter_sql
from tests.command_line import picdesk
from tests.drawn.scenes import draw_scene, jpeg_bytes

Asked = tuple[str, Callable[[Photo], bool]]

WORDS = [
    "AP",
    "ap",
    "dpa",
    "O'Neill",
    'say "cheese"',
    "100%",
    "under_score",
    "Müller",
    "and",
    "(odd)",
    "a\\b",
    "İstanbul",
]
PEOPLE = ["Angela Merkel", "Merkel", "Ann Lee", "Lee", "O'Neill, Jane", "and"]
SOURCES = [*AI_SOURCES, "digitalCapture", "algorithmicMedia"]
DAYS = ["2019-12-31T23:59:59Z", "2020-01-01T00:00:00Z", "2020-02-29T12:00:00Z", "2021-06-15T23:30:00-05:00"]
SIZES = [(96, 64), (64, 96), (64, 64), (65, 64)]


def random_archive(folder: Path, seed: int, photos: int = 40) -> Store:
    """Photos about which little is said, at random."""
    chance = random.Random(seed)

    def maybe(values: Sequence[str]) -> str | None:
        return chance.choice([*values, None, None])

    rows = []
    for number in range(photos):
        name = f"{number:02}.jpg"
        (folder / name).write_bytes(jpeg_bytes(draw_scene(number, size=chance.choice(SIZES))))
        row = {
            "file": name,
            **{field: maybe(WORDS) for field in ("caption", "headline", "credit", "creator", "place", "rights")},
            **{field: maybe(WORDS) for field in ("usage_terms", "instructions")},
            "keywords": chance.sample(PEOPLE, chance.choice([0, 1, 3])),
            "people": chance.sample(PEOPLE, chance.choice([0, 0, 1, 2])),
            "digital_source_type": maybe(SOURCES),
            "taken": maybe(DAYS),
        }
        rows.append(json.dumps({field: value for field, value in row.items() if value}))
    (folder / "list.jsonl").write_text("\n".join(rows), encoding="utf-8")
    open_archive(folder / "archive").add(folder / "list.jsonl")
    return Store.open(folder / "archive")


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Store, list[Photo]]]:
    made = [random_archive(tmp_path_factory.mktemp("filtered"), seed) for seed in range(3)]
    return [(store, store.photos_where("true")) for store in made]


# -- what a condition means, in plain Python --------------------------------------------------------------------------

TEXTS: dict[str, Callable[[Photo], Sequence[str | None]]] = {
    "rights": lambda photo: [photo.rights, photo.usage_terms, photo.instructions],
    "terms": lambda photo: [photo.usage_terms, photo.instructions],
    "credit": lambda photo: [photo.credit],
    "creator": lambda photo: [photo.creator],
    "caption": lambda photo: [photo.caption, photo.headline],
    "keywords": lambda photo: photo.keywords,
    "people": lambda photo: photo.people,
    "place": lambda photo: [photo.place],
    "source": lambda photo: [photo.digital_source_type],
    "format": lambda photo: [photo.format],
}
NUMBERS: dict[str, Callable[[Photo], int]] = {
    "width": lambda photo: photo.width,
    "height": lambda photo: photo.height,
    "shorter": lambda photo: min(photo.width, photo.height),
    "longer": lambda photo: max(photo.width, photo.height),
    "bytes": lambda photo: photo.bytes,
}
COMPARED: dict[str, Callable[[int, int], bool]] = {
    ">=": lambda one, two: one >= two,
    "<=": lambda one, two: one <= two,
    ">": lambda one, two: one > two,
    "<": lambda one, two: one < two,
    "=": lambda one, two: one == two,
    ":": lambda one, two: one == two,
    "!=": lambda one, two: one != two,
}
FLAGGED: dict[str, Callable[[Photo], bool]] = {
    "ai": lambda photo: photo.digital_source_type in AI_SOURCES,
    "landscape": lambda photo: photo.width > photo.height,
    "portrait": lambda photo: photo.width < photo.height,
    "square": lambda photo: photo.width == photo.height,
    "orientation:Square": lambda photo: photo.width == photo.height,
    "has:people": lambda photo: bool(photo.people),
    "has:credit": lambda photo: bool(photo.credit),
    "has:rights": lambda photo: bool(photo.rights or photo.usage_terms or photo.instructions),
    "has:taken": lambda photo: photo.taken is not None,
}
SPANS = ["2019", "2020", "2020-02", "2020-02-29", "2021-06-15", "2021-06-16", "2021-12", "2019-12-31"]


def text_condition(field: str, operator: str, words: str) -> Asked:
    def holds(photo: Photo) -> bool:
        said = [text.lower() for text in TEXTS[field](photo) if text is not None]
        if operator == ":":
            return any(words.lower() in text for text in said)
        return (words.lower() in said) == (operator == "=")

    quoted = words.replace('"', '""')
    return f'{field}{operator}"{quoted}"', holds


def number_condition(field: str, operator: str, value: int) -> Asked:
    return f"{field} {operator} {value}", lambda photo: COMPARED[operator](NUMBERS[field](photo), value)


def day_condition(operator: str, span: str) -> Asked:
    def holds(photo: Photo) -> bool:
        if photo.taken is None:
            return operator == "!="
        # A year or a month compares as its first letters do: "2020-02" against "2020-02-29".
        day = photo.taken.astimezone(dt.UTC).date().isoformat()[: len(span)]
        return {">=": day >= span, "<=": day <= span, ">": day > span, "<": day < span, "!=": day != span}.get(
            operator, day == span
        )

    return f"taken{operator}{span}", holds


CONDITIONS = st.one_of(
    st.builds(
        text_condition,
        st.sampled_from(list(TEXTS)),
        st.sampled_from([":", "=", "!="]),
        st.sampled_from([*WORDS, *PEOPLE, "e", " ", "digitalCapture", "JPEG", "%", "_", "x"]),
    ),
    st.builds(
        number_condition,
        st.sampled_from(list(NUMBERS)),
        st.sampled_from(list(COMPARED)),
        st.sampled_from([0, 64, 65, 96, 1000]),
    ),
    st.builds(day_condition, st.sampled_from(list(COMPARED)), st.sampled_from(SPANS)),
    st.sampled_from(list(FLAGGED.items())),
)


def negated(asked: Asked) -> Asked:
    return f"NOT ({asked[0]})", lambda photo: not asked[1](photo)


def both(one: Asked, two: Asked) -> Asked:
    return f"({one[0]}) and ({two[0]})", lambda photo: one[1](photo) and two[1](photo)


def either(one: Asked, two: Asked) -> Asked:
    return f"({one[0]} ) Or({two[0]})", lambda photo: one[1](photo) or two[1](photo)


TREES = st.recursive(
    CONDITIONS,
    lambda inner: st.one_of(st.builds(negated, inner), st.builds(both, inner, inner), st.builds(either, inner, inner)),
    max_leaves=6,
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=TREES, number=st.integers(0, 2))
def test_equals_the_obvious_loop(stores: list[tuple[Store, list[Photo]]], asked: Asked, number: int) -> None:
    store, photos = stores[number]
    expression, holds = asked
    found = {photo.id for photo in store.photos_where(filter_sql(expression))}
    assert found == {photo.id for photo in photos if holds(photo)}, expression


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.text(max_size=60)
    | st.lists(
        st.sampled_from(
            [
                "credit",
                ":",
                "=",
                "AP",
                "and",
                "or",
                "not",
                "(",
                ")",
                "'",
                '"',
                "--",
                ";",
                "width",
                ">=",
                "2000",
                " ",
                "has",
                "ai",
            ]
        ),
        max_size=14,
    ).map(" ".join)
)
def test_any_text_is_a_filter_or_an_error_that_says_where(stores: list[tuple[Store, list[Photo]]], text: str) -> None:
    store, photos = stores[0]
    try:
        sql = filter_sql(text)
    except FilterError:
        with pytest.raises(FilterError, match=r"at character \d+: .+\n.*\n *\^\n.+"):
            filter_sql(text)
    else:
        assert 0 <= store.count(sql) <= len(photos)


def test_and_binds_more_than_or(stores: list[tuple[Store, list[Photo]]]) -> None:
    store, _ = stores[1]
    plain, bracketed = "portrait or landscape and has:credit", "portrait or (landscape and has:credit)"
    other = "(portrait or landscape) and has:credit"
    assert store.count(filter_sql(plain)) == store.count(filter_sql(bracketed)) != store.count(filter_sql(other))


def test_a_photo_that_does_not_say_is_not_so(stores: list[tuple[Store, list[Photo]]]) -> None:
    store, photos = stores[0]
    for condition in ("credit:ap", "people=merkel", "ai", "taken<2020"):
        yes, no = (store.count(filter_sql(f"{word}{condition}")) for word in ("", "not "))
        assert yes
        assert no
        assert yes + no == len(photos)


@pytest.mark.parametrize(
    ("text", "character", "said"),
    [
        ("credit:AP Photo", 11, "and, or, or the end belongs here"),
        ("widht>3", 1, "nothing that can be asked"),
        ("(credit:AP", 11, "the parenthesis of character 1 is not closed"),
        ("credit:AP and", 14, "a condition belongs here"),
        ("credit:", 8, "a value belongs here"),
        ("credit:'AP", 8, "the quote is not closed"),
        ("width>=wide", 8, "'width' wants a whole number"),
        ("taken>2024-13", 7, "'taken' wants a day, a month or a year"),
        ("taken:2023-02-29", 7, "'taken' wants a day, a month or a year"),
        ("credit>=AP", 7, "'credit' takes : = !="),
        ("credit and ai", 8, "'credit' needs a value"),
        ("ai:yes", 3, "'ai' takes no value"),
        ("has:width", 5, "has takes one of"),
        ("orientation:round", 13, "'orientation' wants one of landscape"),
        ("", 1, "a condition belongs here"),
        (")", 1, "a condition belongs here"),
        ("not", 4, "a condition belongs here"),
    ],
)
def test_what_cannot_be_read_is_shown_with_its_place(text: str, character: int, said: str) -> None:
    with pytest.raises(FilterError) as caught:
        filter_sql(text)
    first, shown, mark = caught.value.message.splitlines()
    assert f"at character {character}:" in first
    assert said in first
    assert shown.strip() == text
    assert mark.index("^") - 2 == character - 1


def test_a_filter_of_any_size_is_answered_or_refused(stores: list[tuple[Store, list[Photo]]]) -> None:
    store, photos = stores[0]
    most = " or ".join(["has:credit", "not has:credit"] * (MOST // 2))
    assert store.count(filter_sql(most)) == len(photos)
    deep = "not " * DEEPEST + "ai"
    assert store.count(filter_sql(deep)) == store.count(filter_sql("not " * (DEEPEST % 2) + "ai"))
    nested = "people=lee"
    for level in range(DEEPEST // 2):
        nested = f"not ({nested} {'and' if level % 2 else 'or'} has:credit)"
    assert store.count(filter_sql(nested)) + store.count(filter_sql(f"not {nested}")) == len(photos)
    for over in (most + " or ai", "not " + deep, "(" * 5000, "a" * (LONGEST + 1)):
        with pytest.raises(FilterError, match="more than"):
            filter_sql(over)


@pytest.mark.parametrize("value", ["'; DROP TABLE photos --", "' OR true OR '", "x') OR (true", "\\' OR 1=1 --"])
def test_a_value_is_never_sql(stores: list[tuple[Store, list[Photo]]], value: str) -> None:
    store, _ = stores[0]
    quoted = value.replace('"', '""')
    for field in ("credit", "people"):
        for operator in (":", "="):
            assert store.count(filter_sql(f'{field}{operator}"{quoted}"')) == 0


def test_single_conditions_and_a_filter_must_all_hold(stores: list[tuple[Store, list[Photo]]]) -> None:
    store, photos = stores[2]
    chosen = Filters(people="lee", place=None, width=65, height=1, ai=False, filter="not portrait or has:credit")
    expected = {
        photo.id
        for photo in photos
        if any("lee" in name.lower() for name in photo.people)
        and photo.width >= 65
        and photo.digital_source_type not in AI_SOURCES
        and (photo.width >= photo.height or photo.credit)
    }
    assert expected
    assert {photo.id for photo in store.photos_where(chosen.sql() or "")} == expected
    assert store.count(Filters(ai=True).sql()) == sum(photo.digital_source_type in AI_SOURCES for photo in photos)
    assert Filters().sql() is None


def test_an_answer_never_holds_a_photo_that_a_filter_leaves_out(stores: list[tuple[Store, list[Photo]]]) -> None:
    store, photos = stores[0]
    archive = open_archive(store.folder)
    for expression, holds in [
        ("landscape", FLAGGED["landscape"]),
        ("not ai and has:credit", lambda photo: not FLAGGED["ai"](photo) and bool(photo.credit)),
        ("credit:nobody", lambda _: False),
    ]:
        allowed = {photo.id for photo in photos if holds(photo)}
        answer = archive.search("AP Müller under_score dpa", k=100, filter=expression)
        assert answer.searched == len(allowed)
        assert {hit.photo.id for hit in answer} <= allowed
        run = archive.rank([Article(id="a", headline="AP Müller dpa")], filter=expression)
        names = {photo.name for photo in photos if photo.id in allowed}
        assert {name for _, places in run for name, _ in places} <= names


def test_the_command_line_takes_a_filter(stores: list[tuple[Store, list[Photo]]]) -> None:
    store, photos = stores[0]
    said = picdesk("search", store.folder, "AP dpa", "-k", 100, "--filter", "square and not ai", "--json")
    assert said.document["searched"] == sum(FLAGGED["square"](photo) and not FLAGGED["ai"](photo) for photo in photos)
    wrong = picdesk("search", store.folder, "AP", "--filter", "sqare")
    assert wrong.code == 2
    assert "Did you mean square?" in wrong.err
