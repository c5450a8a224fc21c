"""Each loss against a slow one that is written out cell by cell."""

from __future__ import annotations

import math

import numpy as np
import pytest

from picdesk.errors import InputError

torch = pytest.importorskip("torch")

from picdesk.train.losses import NAMES, build_loss  # noqa: E402


def batch(seed: int, copies: bool) -> tuple[list[list[float]], list[list[bool]]]:
    generator = np.random.default_rng(seed)
    count = 7
    photos = [0, 1, 2, 1, 3, 0, 1] if copies else list(range(count))
    scores = generator.uniform(-1, 1, (count, count)).tolist()
    return scores, [[ours == theirs for theirs in photos] for ours in photos]


def slow_margin(scores: list[list[float]], same: list[list[bool]], margin: float) -> float:
    total = 0.0
    count = len(scores)
    for i in range(count):
        photos = [scores[i][j] for j in range(count) if not same[i][j]]
        texts = [scores[j][i] for j in range(count) if not same[j][i]]
        total += max(0.0, margin + max(photos) - scores[i][i]) + max(0.0, margin + max(texts) - scores[i][i])
    return total / count


def slow_infonce(scores: list[list[float]], same: list[list[bool]], temperature: float, smooth: float) -> float:
    count = len(scores)
    total = 0.0
    for turned in (False, True):
        for i in range(count):
            row = {
                j: (scores[j][i] if turned else scores[i][j]) / temperature
                for j in range(count)
                if j == i or not same[i][j]
            }
            whole = sum(math.exp(value) for value in row.values())
            shares = {j: math.log(math.exp(value) / whole) for j, value in row.items()}
            even = sum(shares.values()) / len(shares)
            total += -((1 - smooth) * shares[i] + smooth * even) / count / 2
    return total


def slow_sigmoid(scores: list[list[float]], same: list[list[bool]], scale: float, bias: float) -> float:
    total = 0.0
    for i, row in enumerate(scores):
        for j, score in enumerate(row):
            if i == j or not same[i][j]:
                sign = 1 if i == j else -1
                total += math.log1p(math.exp(-sign * (scale * score + bias)))
    return total / len(scores)


@pytest.mark.parametrize("copies", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_losses_are_what_is_written_out(seed: int, copies: bool) -> None:
    scores, same = batch(seed, copies)
    asked = torch.tensor(scores, dtype=torch.float64), torch.tensor(same)
    assert build_loss("margin", {"margin": 0.3})(*asked).item() == pytest.approx(slow_margin(scores, same, 0.3))
    for smooth in (0.0, 0.2):
        loss = build_loss("infonce", {"temperature": 0.1, "smooth": smooth})
        assert loss(*asked).item() == pytest.approx(slow_infonce(scores, same, 0.1, smooth), rel=1e-6)
    loss = build_loss("sigmoid", {"scale": 5, "bias": -3})
    assert loss(*asked).item() == pytest.approx(slow_sigmoid(scores, same, 5, -3), rel=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_copies_of_a_photo_push_nothing_apart(name: str) -> None:
    """The gradient of a cell that holds a copy is nothing; that of an ordinary negative is not."""
    generator = np.random.default_rng(5)
    scores = torch.tensor(generator.uniform(-0.1, 0.1, (3, 3)), requires_grad=True)
    same = torch.tensor([[True, True, False], [True, True, False], [False, False, True]])
    build_loss(name)(scores, same).backward()
    assert scores.grad[0, 1] == scores.grad[1, 0] == 0
    assert scores.grad[0, 2] > 0


def test_only_learned_temperatures_are_learned() -> None:
    learned = build_loss("infonce")
    fixed = build_loss("infonce", {"learn": False})
    assert [weight.requires_grad for weight in (*learned.parameters(), *fixed.parameters())] == [True, False]


def test_a_wrong_loss_or_setting_is_named() -> None:
    with pytest.raises(InputError, match="no loss called 'hinge'"):
        build_loss("hinge")
    with pytest.raises(InputError, match="no such setting"):
        build_loss("margin", {"temperature": 1})
    for name, settings in (("margin", {"margin": 0}), ("infonce", {"temperature": 0}), ("infonce", {"smooth": 1})):
        with pytest.raises(InputError):
            build_loss(name, settings)
