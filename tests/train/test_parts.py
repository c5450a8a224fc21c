"""Device, plot and card."""

from __future__ import annotations

from pathlib import Path

import pytest

from picdesk.errors import InputError, MissingError
from picdesk.train.card import Card
from picdesk.train.journal import Line, read_journal, write_journal

LINES = (Line(0, 0, None, 0.1, 0.0), Line(5, 1, 0.7, 0.3, 1.0), Line(10, 2, 0.5, None, 0.5))


def test_a_log_comes_back_and_is_drawn(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    from PIL import Image

    from picdesk.train.plot import plot_journal

    write_journal(tmp_path / "log.jsonl", LINES)
    assert read_journal(tmp_path / "log.jsonl") == LINES
    plot_journal(LINES, tmp_path / "log.png")
    with Image.open(tmp_path / "log.png") as picture:
        colours = {colour for _, colour in picture.convert("RGB").getcolors(1 << 20) or []}
    assert {(0, 114, 178), (213, 94, 0)} <= colours  # both curves
    (tmp_path / "log.jsonl").write_text("{}\n")
    with pytest.raises(InputError, match="no training log"):
        read_journal(tmp_path / "log.jsonl")


def test_a_card_says_data_settings_and_scores() -> None:
    card = Card(
        name="ours",
        what="Finds photos.",
        data={"pairs": 3500, "left out": {"no text": 2}, "source": "x"},
        settings={"seed": 1},
        before={"MRR@100": 0.1},
        after={"MRR@100": 0.25, "R@1": 0.2},
        notes=("A note.",),
    ).to_markdown()
    for part in ("- pairs: 3,500", "- left out: 2 no text", "| MRR@100 | 0.1000 | 0.2500 |", "| R@1 | - | 0.2000 |"):
        assert part in card
    assert '"seed": 1' in card


def test_a_place_that_is_not_here_is_refused() -> None:
    torch = pytest.importorskip("torch")
    from picdesk.train.device import choose_place

    for device, precision in (("tpu", "float32"), ("cpu:1", "float32"), ("cuda:x", "float32"), ("cpu", "int4")):
        with pytest.raises(InputError):
            choose_place(device, precision)
    with pytest.raises(MissingError, match="no card"):
        choose_place("cuda:99")
    place = choose_place("cpu", "bf16")
    with place.arithmetic():
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == torch.bfloat16
