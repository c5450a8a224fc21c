"""The report: one file, the right pictures beside one another, nothing fetched, nothing read that was not meant."""

from __future__ import annotations

import base64
import io
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from PIL import Image

from picdesk.demo import Demo, run_demo
from picdesk.errors import PhotoError, SourceError
from picdesk.evaluate.article_list import ArticleList
from picdesk.evaluate.compare import Comparison, compare
from picdesk.evaluate.pictures import EDGE, find_pictures
from picdesk.evaluate.report import report
from picdesk.newsimages.runs.make import make_run
from picdesk.records import Truth
from tests.drawn.scenes import draw_scene, jpeg_bytes
from tests.evaluate.made_up import run_of, truth_of

FITTING = {"launch": "falcon-9-dscovr", "cell": "colon-tissue-stain", "coins": "pompeii-coins"}
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>'


class Page(HTMLParser):
    """Every tag with its attributes, the text, and whether tags close as they open."""

    VOID = frozenset({"meta", "img", "br"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    @property
    def images(self) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag == "img"]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    pytest.importorskip("skimage")
    return run_demo(tmp_path_factory.mktemp("demo"))


def of_the_demo(demo: Demo) -> Comparison:
    """What the demo finds, beside a run that has the photos the other way round."""
    answers = {
        story: [(hit.photo.name, -float(hit.rank)) for hit in ranking.hits]
        for story, ranking in zip(FITTING, demo.rankings, strict=True)
    }
    turned = {story: [(name, -score) for name, score in hits] for story, hits in answers.items()}
    headlines = {
        story: {"id": story, "title": ranking.query.article.headline if ranking.query.article else ""}
        for story, ranking in zip(FITTING, demo.rankings, strict=True)
    }
    return compare(
        [make_run("turned round", turned), make_run("words", answers)],
        Truth(name="demo", gains={story: {photo: 1.0} for story, photo in FITTING.items()}),
        listed=ArticleList("stories", ("id", "title"), headlines),
        rounds=200,
    )


def test_wins_of_the_demo_stand_side_by_side(demo: Demo) -> None:
    compared = of_the_demo(demo)
    page = Page(report(compared, photos=demo.photos))
    wins = compared.extremes[0].wins
    assert wins
    for one in wins:
        assert compared.listed
        assert compared.listed.headline(one.article) in page.text
    shown = [image for image in page.images if (image["src"] or "").startswith("data:image/jpeg")]
    names = [image["alt"] for image in shown]
    for one in wins:
        assert names.count(FITTING[one.article]) >= 3  # what fits, in the one run, in the other
    (falcon, *_) = [image["src"] or "" for image in shown if image["alt"] == "falcon-9-dscovr"]
    drawn = Image.open(io.BytesIO(base64.b64decode(falcon.partition(",")[2])))
    original = Image.open(demo.photos.parent / "rocket.jpg").convert("RGB").resize(drawn.size)
    assert max(drawn.size) == EDGE
    assert np.abs(np.asarray(drawn, dtype=float) - np.asarray(original, dtype=float)).mean() < 8


def test_the_page_stands_alone(demo: Demo) -> None:
    page = report(of_the_demo(demo), photos=demo.photos)
    parsed = Page(page)
    assert not {"script", "link", "iframe", "object", "base"} & {tag for tag, _ in parsed.tags}
    assert all((image["src"] or "").startswith("data:image/") for image in parsed.images)
    assert all(image["alt"] for image in parsed.images)
    assert not any({"href", "srcset", "onload", "onclick"} & attributes.keys() for _, attributes in parsed.tags)
    assert "url(" not in page
    assert "default-src 'none'" in page
    assert "prefers-color-scheme: dark" in page
    assert len(page) < 2_000_000


def test_what_fits_is_marked_in_words_too(demo: Demo) -> None:
    page = report(of_the_demo(demo), photos=demo.photos)
    marked = re.findall(r'<figure class="fits">(?:(?!</figure>).)*✓ fits</b> ([\w-]+)', page)
    assert set(marked) <= set(FITTING.values())
    assert marked


def test_hostile_names_ids_and_headlines_stay_text() -> None:
    truth = Truth(name=HOSTILE, gains={HOSTILE: {HOSTILE: 1.0}, "2": {"photo-2": 1.0}})
    runs = [
        make_run(HOSTILE, {HOSTILE: [("x", 1.0), (HOSTILE, 0.5)], "2": [("$title", 1.0)]}),
        make_run("b", {HOSTILE: [(HOSTILE, 1.0)], "2": [("photo-2", 1.0)]}),
    ]
    listed = ArticleList("l", ("id", "title"), {"2": {"id": "2", "title": HOSTILE + "\x00$body"}})
    page = report(compare(runs, truth, listed=listed, rounds=200))
    parsed = Page(page)
    assert "script" not in {tag for tag, _ in parsed.tags}
    assert not any("onerror" in attributes for _, attributes in parsed.tags)
    assert parsed.text.count(HOSTILE) > 5
    assert "$title" in parsed.text  # a name is no place of the template
    assert "\x00" not in page


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A folder of photos, and beside it one that nobody may see."""
    folder = tmp_path / "photos"
    (folder / "sub").mkdir(parents=True)
    (folder / "photo-1.jpg").write_bytes(jpeg_bytes(draw_scene(1)))
    (folder / "sub/photo-2.jpg").write_bytes(jpeg_bytes(draw_scene(2)))
    (tmp_path / "secret.jpg").write_bytes(jpeg_bytes(draw_scene(3)))
    return folder


@pytest.mark.parametrize(
    "name",
    [
        "../secret",
        "../secret.jpg",
        "sub/../../secret.jpg",
        "ABSOLUTE",
        "file://ABSOLUTE",
        "..\\secret.jpg",
        "%2e%2e/secret.jpg",
        "secret.jpg\x00",
        ".",
        "..",
        "",
    ],
)
def test_a_name_never_leads_out_of_the_folder(name: str, secret: Path) -> None:
    hostile = name.replace("ABSOLUTE", str(secret.parent / "secret.jpg"))
    pictures = find_pictures(secret, [hostile, "photo-1"])
    assert set(pictures.found) == {"photo-1"}
    with pytest.raises(PhotoError, match="no such photo"):
        pictures.small(hostile)
    assert Image.open(io.BytesIO(pictures.small("photo-1"))).size == (EDGE, EDGE * 3 // 4)


def test_a_link_never_leads_out_of_the_folder(secret: Path) -> None:
    (secret / "out.jpg").symlink_to(secret.parent / "secret.jpg")
    (secret / "in.jpg").symlink_to(secret / "sub/photo-2.jpg")
    (secret / "round.jpg").symlink_to(secret / "round.jpg")
    pictures = find_pictures(secret, ["out", "in", "round", "photo-2"])
    with pytest.raises(PhotoError, match="leads out of the folder"):
        pictures.small("out")
    with pytest.raises(PhotoError):
        pictures.small("round")
    assert pictures.small("in") == pictures.small("photo-2")


def test_what_is_missing_or_broken_is_said_in_its_place(secret: Path) -> None:
    (secret / "photo-3.jpg").write_bytes(b"no picture")
    runs = [run_of("a", {"1": 2, "3": None}, depth=3), run_of("b", {"1": 1, "3": 1}, depth=3)]
    page = Page(report(compare(runs, truth_of(["1", "3"]), rounds=200), photos=secret))
    assert "no such photo" in page.text  # other-0 and its like
    assert "not an image" in page.text
    with pytest.raises(SourceError):
        report(compare(runs, truth_of(["1", "3"]), rounds=200), photos=secret / "nowhere")


def test_without_pictures_names_are_shown_and_without_matplotlib_what_installs_it() -> None:
    runs = [run_of("a", {"1": 2}), run_of("b", {"1": 1})]
    compared = compare(runs, truth_of(["1"]), rounds=200)
    with mock.patch.dict(sys.modules, {"matplotlib": None}):
        page = Page(report(compared))
    assert page.images == []
    assert "photo-1" in page.text
    assert "pip install 'picdesk[report]'" in page.text


def test_many_runs_make_no_endless_page() -> None:
    ids = [str(number) for number in range(20)]
    runs = [run_of(f"run-{number}", {one: (int(one) * number) % 9 + 1 for one in ids}) for number in range(5)]
    page = Page(report(compare(runs, truth_of(ids), measures=["MRR"], rounds=200)))
    assert "5 further pairs of runs are in the tables alone." in page.text


@pytest.mark.skipif(shutil.which("chromium") is None, reason="chromium is not installed")
def test_a_browser_shows_it(demo: Demo, tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text(report(of_the_demo(demo), photos=demo.photos), encoding="utf-8")
    flags = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}"]
    size = ["--hide-scrollbars", "--window-size=1200,4000", f"--screenshot={tmp_path / 'shot.png'}"]
    done = subprocess.run(
        ["chromium", *flags, *size, (tmp_path / "report.html").as_uri()], capture_output=True, timeout=600
    )
    assert done.returncode == 0
    seen = np.asarray(Image.open(tmp_path / "shot.png").convert("RGB")).astype(int)
    green = (np.abs(seen - (0x00, 0x71, 0x4F)).sum(axis=2) < 20).sum()
    assert green > 3000  # the frames around what fits
    assert (seen.max(axis=2) - seen.min(axis=2) > 60).sum() > 20_000  # colours of photos
