"""The organisers' evaluator of 2021: what it printed, and its rules written out step by step."""

from __future__ import annotations

import random
import re
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from picdesk.errors import InputError
from picdesk.evaluate.protocol2021 import evaluate_2021
from picdesk.newsimages.runs.newsimages2021 import obfuscate

HUNDRED = [str(number) for number in range(200000, 200100)]


class Stopped(Exception):
    """The evaluator would have ended with an exception."""


def written_out(prediction: list[list[str]], truth: list[list[str]]) -> dict[str, str]:
    """The evaluator's steps, one by one, on rows of fields; figures as exact fractions."""
    image_by_article: dict[str, str] = {}
    images = set()
    for row in truth:
        if len(row) < 5:
            raise Stopped
        if is_java_integer(row[0]):
            images.add(row[4])
            image_by_article[row[0]] = row[4]
    positions: dict[str, int] = {}
    found = predicted = 0
    for row in prediction:
        if not is_java_integer(row[0]):
            continue
        article = row[0][6:10] + row[0][1:6] if len(row[0]) >= 10 else None
        for place in range(1, 101):
            if place >= len(row) or article not in image_by_article:
                raise Stopped
            if row[place].strip(" ") == image_by_article[article]:
                found += 1
                positions[article] = place
                break
        predicted += 1
    recall = {
        f"MeanRecall@{cutoff}": Fraction(sum(at <= cutoff for at in positions.values()), len(images))
        for cutoff in (5, 10, 50, 100)
    }
    mrr = sum((Fraction(1, at) for at in positions.values()), Fraction()) / len(images)
    return {"correctIn100": f"{found} of {predicted}"} | {
        name: shown(figure) for name, figure in {"MRR@100": mrr, **recall}.items()
    }


def shown(figure: Fraction) -> str:
    digits = Decimal(figure.numerator) / Decimal(figure.denominator)
    return str(digits.quantize(Decimal("0.00001"), ROUND_HALF_UP))


def is_java_integer(text: str) -> bool:
    return bool(re.fullmatch(r"[+-]?[0-9]+", text)) and -(2**31) <= int(text) < 2**31


def write(path: Path, rows: list[list[str]], end: str = "\n") -> Path:
    path.write_bytes("".join("\t".join(row) + end for row in rows).encode())
    return path


def truth_rows(pairs: dict[str, str]) -> list[list[str]]:
    header = ["article", "aid", "url", "img", "iid", "hashvalue", "title", "text", "imgFile"]
    return [header, *([article, "1", "u", "i", image, "h", "t", "x", "f"] for article, image in pairs.items())]


@pytest.mark.shared
def test_their_own_files_digit_for_digit(shared: Path) -> None:
    folder = shared / "data/newsimages21"
    said = (folder / "expected.txt").read_text()
    for name in ("sample-prediction", "made-prediction"):
        told = evaluate_2021(folder / f"{name}.tsv", folder / "content2019-04-gt.tsv")
        figures = told.printed
        line = (
            f"{name}.tsv: correctIn100 {figures['correctIn100']}; MRR@100 {figures['MRR@100']}; "
            f"MeanRecall@5 {figures['MeanRecall@5']}, @10 {figures['MeanRecall@10']}, "
            f"@50 {figures['MeanRecall@50']}, @100 {figures['MeanRecall@100']}"
        )
        assert line in re.sub(" +", " ", said)
        assert (told.articles, told.images, told.notes) == (1915, 1915, ())
        assert told.measures["matchIn100"] == told.found


@pytest.mark.parametrize("seed", range(60))
def test_made_up_predictions(seed: int, tmp_path: Path) -> None:
    generator = random.Random(seed)
    articles = [str(generator.randrange(500_000_000, 600_000_000)) for _ in range(generator.randint(1, 30))]
    # Some images belong to two articles, so that articles and images differ in number.
    pairs = {article: str(generator.randrange(134_000, 134_000 + 2 * len(articles))) for article in articles}
    truth = truth_rows(pairs)
    if generator.random() < 0.3:
        truth.append(truth_rows({articles[0]: "999999"})[1])
    prediction = [["articleID", "iid1"]] if generator.random() < 0.5 else []
    faulty = seed % 4 == 0
    for article, image in pairs.items():
        for _ in range(generator.choice([0, 1, 1, 1, 2])):
            photos = generator.sample(range(134_000, 135_000), generator.choice([100, 100, 101, 130]))
            row = [obfuscate(article), *map(str, photos)]
            if generator.random() < 0.7:
                row[min(int(generator.expovariate(0.1)) + 1, len(row) - 1)] = generator.choice([image, f" {image} "])
            if faulty and generator.random() < 0.3:
                row = generator.choice([row[: generator.randint(1, 100)], ["3" + row[0][1:], *row[1:]], ["x", *row]])
            prediction.append(row)
    paths = write(tmp_path / "run.tsv", prediction, "\r\n"), write(tmp_path / "truth.tsv", truth)
    try:
        expected = written_out(prediction, truth)
    except Stopped:
        with pytest.raises(InputError, match="line"):
            evaluate_2021(*paths)
        return
    if expected["correctIn100"] == "0 of 0":
        with pytest.raises(InputError, match="no row"):
            evaluate_2021(*paths)
        return
    assert evaluate_2021(*paths).printed == expected


@pytest.fixture
def truth(tmp_path: Path) -> Path:
    return write(tmp_path / "gt.tsv", truth_rows({"523949072": "134123", "523949169": "134124"}), "\r\n")


def told_by(tmp_path: Path, truth: Path, *rows: list[str]) -> tuple[str, dict[str, str], tuple[str, ...]]:
    told = evaluate_2021(write(tmp_path / "run.tsv", list(rows)), truth)
    return told.run, told.printed, told.notes


def test_the_last_row_in_which_it_was_found_counts_with_a_note(tmp_path: Path, truth: Path) -> None:
    one, other = obfuscate("523949072"), obfuscate("523949169")
    first, second = ["134123", *HUNDRED], [*HUNDRED[:3], "134123", *HUNDRED]
    _, figures, notes = told_by(tmp_path, truth, [one, *first], [one, *second], [one, *HUNDRED], [other, *HUNDRED])
    assert figures["correctIn100"] == "2 of 4"
    assert figures["MRR@100"] == "0.12500"  # place 4, of two images
    assert len(notes) == 2
    assert "line 2 answers article 1490725239 again, after line 1" in notes[0]


def test_places_past_the_hundredth_are_not_looked_at(tmp_path: Path, truth: Path) -> None:
    one = obfuscate("523949072")
    assert told_by(tmp_path, truth, [one, *HUNDRED, "134123"])[1]["correctIn100"] == "0 of 1"
    assert told_by(tmp_path, truth, [one, *HUNDRED[:99], "134123"])[1]["MRR@100"] == "0.00500"


def test_too_few_photos(tmp_path: Path, truth: Path) -> None:
    one = obfuscate("523949072")
    with pytest.raises(InputError, match=r"run\.tsv, line 2: 99 photos, where the protocol of 2021 wants 100"):
        told_by(tmp_path, truth, ["articleID"], [one, *HUNDRED[:99]])
    _, figures, notes = told_by(tmp_path, truth, [one, "134123"])
    assert figures["MRR@100"] == "0.50000"
    assert "line 1 has 1 photos" in notes[0]


@pytest.mark.parametrize("article", ["1490725230", "12345", "-149072523", "+1490725239"])
def test_unknown_articles(article: str, tmp_path: Path, truth: Path) -> None:
    with pytest.raises(InputError, match=r"run\.tsv, line 1: article .*(unknown|fewer than ten)"):
        told_by(tmp_path, truth, [article, *HUNDRED])


@pytest.mark.parametrize("article", ["9490725239", "\ufeff\ufeff1490725239", " 1490725239", "1490725239x"])
def test_rows_that_java_does_not_take_for_a_number(article: str, tmp_path: Path, truth: Path) -> None:
    row = [obfuscate("523949169"), *HUNDRED]
    _, figures, notes = told_by(tmp_path, truth, row, [article, *HUNDRED])
    assert figures["correctIn100"] == "0 of 1"
    assert "line 2 is passed over" in notes[0]


def test_halves_are_rounded_up(tmp_path: Path) -> None:
    pairs = {str(500_000_000 + number): str(number) for number in range(64)}
    gt = write(tmp_path / "gt.tsv", truth_rows(pairs))
    row = [obfuscate("500000003"), "3", *HUNDRED]
    assert told_by(tmp_path, gt, row)[1]["MRR@100"] == "0.01563"  # 1 / 64 = 0.015625; Python's own format gives 0.01562


def test_quotes(tmp_path: Path, truth: Path) -> None:
    row = [f'"{obfuscate("523949072")}"', '"134123"', *HUNDRED]
    assert told_by(tmp_path, truth, row)[1]["MRR@100"] == "0.50000"
    with pytest.raises(InputError, match="line 1"):
        told_by(tmp_path, truth, ['"1490725239', *HUNDRED])


def test_what_is_no_truth_and_no_prediction(tmp_path: Path, truth: Path) -> None:
    run = write(tmp_path / "run.tsv", [[obfuscate("523949072"), *HUNDRED]])
    with pytest.raises(InputError, match=r"gt2\.tsv, line 2: 2 columns"):
        evaluate_2021(run, write(tmp_path / "gt2.tsv", [truth_rows({})[0], ["1", "2"]]))
    with pytest.raises(InputError, match="no row"):
        evaluate_2021(run, write(tmp_path / "gt3.tsv", truth_rows({})))
    with pytest.raises(InputError, match="no row"):
        evaluate_2021(write(tmp_path / "empty.tsv", []), truth)
    with pytest.raises(InputError, match="cannot be read"):
        evaluate_2021(tmp_path / "gone.tsv", truth)
