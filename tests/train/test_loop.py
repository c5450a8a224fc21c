"""The loop: repeatable to the bit, resumable after kill -9, and it loses no checkpoint."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("torch")

from picdesk.errors import InputError, TrainingError
from picdesk.train.checkpoint import load_checkpoint, save_checkpoint
from picdesk.train.journal import read_journal
from picdesk.train.loop import LoopSettings
from picdesk.train.schedule import Schedule
from tests.command_line import ENVIRONMENT, ROOT
from tests.train.slow_run import SETTINGS, run


def test_the_same_seed_gives_the_same_bits_and_another_seed_others(tmp_path: Path) -> None:
    (first, bits), (second, again) = run(tmp_path / "a"), run(tmp_path / "b")
    assert bits == again
    assert first == second
    assert (tmp_path / "a/log.jsonl").read_bytes() == (tmp_path / "b/log.jsonl").read_bytes()
    assert run(tmp_path / "c", settings=replace(SETTINGS, seed=4))[1] != bits


def test_training_helps_and_the_log_says_so(tmp_path: Path) -> None:
    trained, _ = run(tmp_path, settings=replace(SETTINGS, epochs=20, schedule=Schedule()))
    assert trained.improved
    assert trained.best.mrr is not None
    assert trained.lines[0].mrr is not None
    assert trained.best.mrr > 2 * trained.lines[0].mrr
    assert trained.best.mrr == max(line.mrr or 0 for line in trained.lines)
    assert read_journal(tmp_path / "log.jsonl") == trained.lines


@pytest.mark.parametrize("step", [1, 6])
def test_stopped_and_resumed_is_as_uninterrupted(tmp_path: Path, step: int) -> None:
    asked = iter([False] * (step - 1) + [True])
    stopped, _ = run(tmp_path / "a", stop=lambda: next(asked))
    assert stopped.stopped
    resumed, bits = run(tmp_path / "a", resume=True)
    whole, expected = run(tmp_path / "b")
    assert bits == expected
    assert resumed.lines == whole.lines


def test_killed_twice_and_resumed_is_as_uninterrupted(tmp_path: Path) -> None:
    script = [sys.executable, "-m", "tests.train.slow_run", str(tmp_path / "a")]
    for step, resume in (("2", "no"), ("7", "yes")):
        ended = subprocess.run([*script, step, resume], cwd=ROOT, env=ENVIRONMENT, check=False, capture_output=True)
        assert ended.returncode == -9, ended.stderr.decode()
    resumed, bits = run(tmp_path / "a", resume=True)
    whole, expected = run(tmp_path / "b")
    assert bits == expected
    assert resumed == whole


def test_a_loss_that_is_no_number_keeps_the_last_good_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"(loss|gradient) at step \d+ is nan; the last good checkpoint") as caught:
        run(tmp_path, poison=0)
    assert "--rate" in caught.value.hint
    weights = load_checkpoint(tmp_path / "last.pt")["module"]
    assert all(value.isfinite().all() for value in weights.values())
    assert load_checkpoint(tmp_path / "best.pt")["step"] == 0


def test_what_becomes_worse_is_not_kept(tmp_path: Path) -> None:
    """From good weights on, at a rate that throws them about: every measurement is worse, and the start comes back."""
    good, bits = run(tmp_path / "a", settings=replace(SETTINGS, epochs=20, schedule=Schedule()))
    weights = load_checkpoint(tmp_path / "a/best.pt")["module"]
    absurd = replace(SETTINGS, rate=10.0, clip=None, epochs=30, patience=3, schedule=Schedule())
    trained, kept = run(tmp_path / "b", settings=absurd, start=weights)
    before, *after = (line.mrr for line in trained.lines)
    assert before == good.best.mrr
    assert len(after) == 3, "patience ends it"
    assert all(mrr is not None and mrr < (before or 0) / 2 for mrr in after)
    assert not trained.improved
    assert trained.best == trained.lines[0]
    assert kept == bits
    spoilt = load_checkpoint(tmp_path / "b/last.pt")["module"]
    assert any(not value.equal(weights[name]) for name, value in spoilt.items()), "it had learned something else"


def test_resuming_needs_a_run_that_fits(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no checkpoint"):
        run(tmp_path, resume=True)
    run(tmp_path)
    for damage in (b"", (tmp_path / "last.pt").read_bytes()[:500]):
        (tmp_path / "last.pt").write_bytes(damage)
        with pytest.raises(InputError, match="is no checkpoint"):
            run(tmp_path, resume=True)
    save_checkpoint(tmp_path / "last.pt", {"module": {}})
    with pytest.raises(InputError, match="does not fit"):
        run(tmp_path, resume=True)


def test_settings_that_make_no_sense_are_refused() -> None:
    for wrong in ({"batch": 1}, {"epochs": 0}, {"rate": 0.0}, {"clip": 0.0}, {"patience": 0}):
        with pytest.raises(InputError):
            LoopSettings(**wrong)
    for wrong in ({"warm_up": 1.0}, {"decay": 0.0}, {"halve_after": 0}):
        with pytest.raises(InputError):
            Schedule(**wrong)


def test_schedules_against_hand_counted_rates() -> None:
    warm = Schedule(warm_up=0.2, cosine=True)
    rates = [warm.share(step, 10, 0, 0) for step in range(10)]
    assert rates[:3] == [0.5, 1.0, 1.0]
    assert rates[6] == pytest.approx(0.5)
    assert rates[9] == pytest.approx(0.038060233744356645)
    assert Schedule(decay=0.5).share(0, 10, 3, 2) == 0.5**5


def test_lines_are_json(tmp_path: Path) -> None:
    run(tmp_path)
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [line["epoch"] for line in lines] == [0, 1, 2, 3, 4]
    assert lines[0]["loss"] is None
    assert all(line["loss"] > 0 for line in lines[1:])
