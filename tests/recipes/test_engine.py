"""Recipes run: what comes out, what is cached, what is done again, what survives a kill."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from picdesk.errors import Interrupted, MissingError
from picdesk.recipes.read import read_recipe
from picdesk.recipes.run import document, plan, reproduce
from picdesk.recipes.stages import KINDS, Watch
from tests.command_line import ENVIRONMENT, ROOT
from tests.recipes.drawn_set import SHORT, WHOLE, World, make_world
from tests.train.clips import needs_torch


@dataclass(frozen=True)
class Whole:
    """A run of the recipe that has every kind of stage: its folder, its document, and the stages that were done."""

    folder: Path
    said: dict[str, Any]
    did: list[str]

    def stages(self) -> list[Path]:
        """Folders of results."""
        return [path for path in (self.folder / "cache").iterdir() if path.is_dir()]


def run(text: str, world: World, folder: Path, **settings: Any) -> tuple[dict[str, Any], list[str]]:
    """The document of a run, and names of the stages that were done."""
    did: list[str] = []
    chosen = plan(
        read_recipe(text, "drawn", stand_in=settings.pop("stand_in", False)),
        folder / "cache",
        data=world.data,
        models=world.models,
        **settings,
    )
    done = reproduce(chosen, folder / "out", began=lambda _number, _all, stage: did.append(stage.name))
    return document(done), did


def slow_mrr(file: Path, world: World) -> float:
    """MRR@100 of a TREC run file, line by line, over the last 30 articles."""
    with (world.data / "drawn25/newsarticles.csv").open(encoding="utf-8") as table:
        right = {row["article_id"]: row["image_id"] for row in csv.DictReader(table) if int(row["article_id"]) >= 60}
    found = dict.fromkeys(right, 0.0)
    for line in file.read_text(encoding="utf-8").splitlines():
        article, _, photo, rank, _, tag = line.split()
        assert tag == file.stem
        if photo == right[article]:
            found[article] = 1 / int(rank)
    return sum(found.values()) / len(found)


def test_a_recipe_gives_runs_and_the_figures_of_their_files(world: World, tmp_path: Path) -> None:
    said, did = run(SHORT, world, tmp_path)
    assert len(did) == 7  # read, archive, texts, and rank and measure twice
    assert [row["run"] for row in said["runs"]] == ["plain", "dual"]
    for row in said["runs"]:
        assert row["articles"] == 30
        assert row["measures"]["MRR@100"] == pytest.approx(slow_mrr(Path(row["file"]), world))
        low, high = row["intervals"]["MRR@100"]
        assert low < row["measures"]["MRR@100"] < high
        assert row["measures"]["matchIn100"] == 30  # of thirty photos all are within a hundred
    assert said["runs"][0]["measures"]["MRR@100"] > 0.2  # by chance 0.13
    assert json.loads((tmp_path / "out/drawn.json").read_text(encoding="utf-8")) == said


def test_published_figures_stand_beside_ours(world: World, tmp_path: Path) -> None:
    said, _ = run(SHORT, world, tmp_path)
    (table,) = said["beside"]
    ours = {row["run"]: row for row in said["runs"]}
    cells = {(cell["row"], cell["measure"]): cell for cell in table["cells"]}
    assert len(cells) == 6
    first = cells["1: colours", "MRR@100"]
    assert (first["published"], first["ours"]) == (0.25, ours["plain"]["measures"]["MRR@100"])
    assert [first["low"], first["high"]] == ours["plain"]["intervals"]["MRR@100"]
    assert first["inside"] is (first["low"] <= 0.25 <= first["high"])
    # A row without a set is of the only one; a figure that the paper does not give is none.
    second = cells["2: colours and dual softmax", "MRR@100"]
    assert (second["published"], second["ours"]) == (None, ours["dual"]["measures"]["MRR@100"])
    assert cells["1: colours", "Likes"]["ours"] is None
    assert cells["somebody else", "MRR@100"] | {"published": 0.9, "ours": None} == cells["somebody else", "MRR@100"]


def test_a_stand_in_says_so_and_holds_no_published_figure(world: World, tmp_path: Path) -> None:
    said, _ = run(SHORT, world, tmp_path, stand_in=True)
    assert said["beside"] == []
    assert said["stand_in"] == [{"what": "eyes", "by": "colours"}]
    assert all(path.name.startswith("STAND-IN-") for path in (tmp_path / "out").iterdir())
    for row in said["runs"]:
        first = Path(row["file"]).read_text(encoding="utf-8").splitlines()[0]
        assert first.split()[-1].startswith("STAND-IN-drawn-")
    assert "0.25" not in json.dumps(said["stand_in"]) + json.dumps(said["beside"])


def test_what_is_done_is_not_done_again(world: World, tmp_path: Path) -> None:
    first, did = run(SHORT, world, tmp_path)
    again, nothing = run(SHORT, world, tmp_path)
    assert did
    assert nothing == []
    assert again["stages"] == {"done": 0, "cached": 7}
    assert again["runs"] == first["runs"]


def test_a_changed_setting_does_again_what_depends_on_it_alone(world: World, tmp_path: Path) -> None:
    run(SHORT, world, tmp_path)
    _, did = run(SHORT.replace("dual_softmax = 20.0", "dual_softmax = 9.0"), world, tmp_path)
    assert did == ["rank dual on all, test", "measure dual on all, test"]
    _, did = run(SHORT.replace('measures = ["MRR@100", "R@1", "matchIn100"]', 'measures = ["R@5"]'), world, tmp_path)
    assert did == ["measure plain on all, test", "measure dual on all, test"]
    _, did = run(SHORT.replace('select = "headline"', 'select = "lead"'), world, tmp_path)
    assert sorted(did) == sorted(
        ["read texts of all, test, as title"]
        + [f"{does} {name} on all, test" for does in ("rank", "measure") for name in ("plain", "dual")]
    )
    _, did = run(SHORT.replace("first = 60", "first = 50"), world, tmp_path)
    assert len(did) == 7
    # A run that is renamed or put elsewhere in the file is still the same work, but for its name.
    _, did = run(SHORT.replace('about = "1: colours"', 'about = "one"'), world, tmp_path)
    assert did == []


def test_other_data_or_models_of_the_same_name_are_others(tmp_path: Path) -> None:
    world = make_world(tmp_path / "own", articles=66)
    run(SHORT, world, tmp_path)
    moved = World(world.data.rename(tmp_path / "moved"), world.models)
    _, did = run(SHORT, moved, tmp_path)
    assert did == []  # where data lies is no part of what it is
    table = moved.data / "drawn25/newsarticles.csv"
    table.write_text(table.read_text(encoding="utf-8").replace("red", "rose"), encoding="utf-8")
    _, did = run(SHORT, moved, tmp_path)
    assert len(did) == 7
    graph = moved.models / "knows-colours/visual/preprocess_cfg.json"
    graph.write_text(graph.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    _, did = run(SHORT, moved, tmp_path)
    assert len(did) == 5  # the archive, and both runs


def test_everything_that_is_missing_is_named_at_once(tmp_path: Path) -> None:
    text = SHORT + '\n[models.other]\nkind = "catalogue"\nencoder = "clip-vit-b-32"\nabout = "the other"\n'
    text += '\n[data.more]\nkind = "pairs"\nabout = "more pairs"\nask = "their owner"\nfolder = "more"\n'
    text += '\n[data.less]\nkind = "pairs"\nabout = "less"\nask = "nobody"\nfolder = "less"\noptional = true\n'
    text += '\n[readings.again]\ntexts = { paraphrases = 2, paraphraser = "nowhere" }\n'
    with pytest.raises(MissingError) as error:
        run(text, World(tmp_path / "no", tmp_path / "none"), tmp_path)
    assert error.value.exit_code == 3
    message = error.value.message
    assert "5 things are missing" in message
    for said in (
        "data drawn",
        "the tests",
        "data more",
        "their owner",
        "model clip",
        "picdesk models get clip-vit-b-32",
        "no model that makes paraphrases in nowhere",
    ):
        assert said in message
    assert "less" not in message
    assert not (tmp_path / "out").exists()


def test_a_stopped_run_goes_on(world: World, tmp_path: Path) -> None:
    chosen = plan(read_recipe(SHORT, "drawn"), tmp_path / "cache", data=world.data, models=world.models)
    did: list[str] = []
    with pytest.raises(Interrupted) as error:
        reproduce(
            chosen,
            tmp_path / "out",
            began=lambda _number, _all, stage: did.append(stage.kind),
            watch=Watch(stop=lambda: did[-1:] == ["archive"]),
        )
    assert error.value.exit_code == 130
    _, more = run(SHORT, world, tmp_path)
    assert more[0].startswith("encode photos")


@pytest.fixture(scope="module")
def whole(world: World, tmp_path_factory: pytest.TempPathFactory) -> Whole:
    """The recipe of every kind of stage, run once and straight; its cache is there for others."""
    folder = tmp_path_factory.mktemp("whole")
    said, did = run(WHOLE, world, folder)
    return Whole(folder, said, did)


@needs_torch
def test_models_are_trained_blended_aligned_and_ranked_again(whole: Whole) -> None:
    said = whole.said
    runs = {(row["run"], row["side"]): row for row in said["runs"]}
    assert set(runs) == {
        ("joined", "test"), ("zero-shot", "test"), ("zero-shot", "train"), ("between", "test"), ("aligned", "test"),
    }  # fmt: skip
    assert runs["zero-shot", "train"]["articles"] == 60
    assert Path(runs["zero-shot", "train"]["file"]).name == "drawn-zero-shot-all-train.txt"
    assert runs["joined", "test"]["measures"]["MRR@100"] > 0.5  # two thirds of the photos say what they show
    assert said["models"]["between of all"]["alpha"] in (0.0, 0.5, 1.0)
    assert len(said["models"]["between of all"]["curve"]) == 3
    assert said["models"]["aligned of all"]["by_category"]
    (change,) = said["changes"]
    counts = ("improved", "decreased", "unchanged", "newly_found", "lost", "never_found")
    assert sum(change[count] for count in counts) == 30
    assert {kind for kind in KINDS if kind != "ratings"} == {path.name.partition("-")[0] for path in whole.stages()}


@needs_torch
def test_a_submission_is_built_of_the_first_photos(whole: Whole) -> None:
    submission = whole.said["submission"]
    assert submission["pictures"] + len(submission["missing"]) == 30
    with zipfile.ZipFile(submission["file"]) as archive:
        assert len(archive.namelist()) >= submission["pictures"]


@needs_torch
def test_one_to_one_gives_each_article_a_photo_of_its_own(whole: Whole) -> None:
    file = next(Path(row["file"]) for row in whole.said["runs"] if row["run"] == "between")
    lines = [line.split() for line in file.read_text(encoding="utf-8").splitlines()]
    firsts = [photo for _, _, photo, rank, *_ in lines if rank == "1"]
    assert len(set(firsts)) == len(firsts) == 30


@needs_torch
def test_what_depends_on_a_training_is_known(whole: Whole, world: World) -> None:
    recipe = read_recipe(WHOLE.replace("rate = 1e-3", "rate = 2e-3"), "drawn")
    chosen = plan(recipe, whole.folder / "cache", data=world.data, models=world.models)
    to_do = {stage.name for stage in chosen.graph.stages if stage.key not in chosen.cached}
    assert to_do == {
        "fine-tune tuned of all",
        "blend between of all",
        "encode photos of all, test, by between",
        "rank between on all, test",
        "measure between on all, test",
        "zero-shot to between on all",
        # The run that is ordered again by it: its archive, and the names that its texts were searched for.
        "encode photos of all, test, by joined, tuned",
        "read texts of all, test, as title",
        "rank joined on all, test",
        "rank joined on all, test, again by tuned",
        "measure joined on all, test",
        "build the submission",
    }


@needs_torch
def test_every_kind_of_stage_survives_kill_9(whole: Whole, world: World, tmp_path: Path) -> None:
    recipe = tmp_path / "drawn.toml"
    recipe.write_text(WHOLE, encoding="utf-8")
    command = [sys.executable, "-c", "from picdesk.cli import main; main()", "reproduce", str(recipe), "--json"]
    command += ["--data", str(world.data), "--models", str(world.models), "-o", str(tmp_path / "out")]
    killed = []
    for kind in ("archive", "clip"):
        process = subprocess.Popen(
            command, env=ENVIRONMENT, cwd=ROOT, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )
        while process.poll() is None and not list((tmp_path / "out/stages").glob(f"{kind}-*.part")):
            time.sleep(0.02)
        if process.poll() is None:
            time.sleep(0.5)
            os.kill(process.pid, signal.SIGKILL)
            killed.append(kind)
        process.wait()
    assert killed
    ended = subprocess.run(command, env=ENVIRONMENT, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    said = json.loads(ended.stdout)
    for ours, theirs in zip(said["runs"], whole.said["runs"], strict=True):
        assert ours["measures"] == theirs["measures"], ours["run"]
    assert not [path for path in (tmp_path / "out/stages").iterdir() if path.suffix in (".part", ".lock")]
