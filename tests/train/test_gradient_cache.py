"""Pieces give the gradient of the whole."""

from __future__ import annotations

from typing import Any

import pytest

torch = pytest.importorskip("torch")

from picdesk.train.clip.gradient_cache import Side, cached_backward  # noqa: E402
from picdesk.train.losses import build_loss  # noqa: E402


class Pair(torch.nn.Module):  # type: ignore[misc, name-defined]
    """Two towers and a loss with a temperature of its own."""

    def __init__(self, dropout: float = 0.0) -> None:
        super().__init__()
        torch.manual_seed(3)
        self.text, self.photo = (
            torch.nn.Sequential(
                torch.nn.Linear(6, 9), torch.nn.Tanh(), torch.nn.Dropout(dropout), torch.nn.Linear(9, 4)
            )
            for _ in range(2)
        )
        self.loss = build_loss("infonce")

    def scores(self, texts: Any, photos: Any) -> Any:
        return self.loss(texts @ photos.T, torch.eye(len(texts), dtype=torch.bool))

    def gradients(self) -> list[Any]:
        made = [parameter.grad for parameter in self.parameters()]
        assert all(each is not None and each.abs().sum() > 0 for each in made)
        return made


def sides(pair: Pair, texts: Any, photos: Any, piece: int, learns: tuple[bool, bool] = (True, True)) -> list[Side]:
    def pieces(tower: Any, rows: Any) -> list[Any]:
        return [lambda part=part: torch.nn.functional.normalize(tower(part), dim=1) for part in rows.split(piece)]

    return [Side(pieces(pair.text, texts), learns[0]), Side(pieces(pair.photo, photos), learns[1])]


def data(count: int = 24) -> tuple[Any, Any]:
    torch.manual_seed(5)
    return torch.randn(count, 6), torch.randn(count, 6)


@pytest.mark.parametrize("piece", [1, 5, 8, 24])
def test_pieces_give_the_gradient_of_the_whole(piece: int) -> None:
    texts, photos = data()
    plain, cached = Pair(), Pair()
    units = [torch.nn.functional.normalize(tower, dim=1) for tower in (plain.text(texts), plain.photo(photos))]
    expected = plain.scores(*units)
    expected.backward()
    value = cached_backward(sides(cached, texts, photos, piece), cached.scores)
    assert float(value) == pytest.approx(float(expected.detach()), abs=1e-6)
    for ours, theirs in zip(cached.gradients(), plain.gradients(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-5)


def test_chance_falls_the_same_way_both_times_and_goes_on_where_one_pass_would_have_left_it() -> None:
    texts, photos = data()
    plain, cached = Pair(0.4), Pair(0.4)
    torch.manual_seed(11)
    whole = [torch.cat([piece() for piece in side.pieces]) for side in sides(plain, texts, photos, 5)]
    plain.scores(*whole).backward()
    after = torch.rand(3)
    torch.manual_seed(11)
    cached_backward(sides(cached, texts, photos, 5), cached.scores)
    assert torch.equal(torch.rand(3), after)
    for ours, theirs in zip(cached.gradients(), plain.gradients(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-5)


def test_what_does_not_learn_is_run_once_and_gets_no_gradient() -> None:
    texts, photos = data()
    pair = Pair()
    runs = 0

    def count(_module: Any, _given: Any) -> None:
        nonlocal runs
        runs += 1

    pair.photo.register_forward_pre_hook(count)
    cached_backward(sides(pair, texts, photos, 6, (True, False)), pair.scores)
    assert runs == 4
    assert all(parameter.grad is None for parameter in pair.photo.parameters())
    assert all(parameter.grad is not None for parameter in pair.text.parameters())


def test_a_single_piece_is_run_once() -> None:
    texts, photos = data()
    pair = Pair()
    runs: list[int] = []
    pair.text.register_forward_pre_hook(lambda _module, given: runs.append(len(given[0])))
    cached_backward(sides(pair, texts, photos, 24), pair.scores)
    assert runs == [24]


def test_one_piece_at_a_time_is_in_memory() -> None:
    """The graph of a piece is gone before the next piece is run again."""
    texts, photos = data()
    pair = Pair()
    alive = most = 0

    class Watched(torch.autograd.Function):  # type: ignore[misc, name-defined]
        @staticmethod
        def forward(_context: Any, rows: Any) -> Any:
            nonlocal alive, most
            if rows.requires_grad:
                alive += 1
                most = max(most, alive)
            return rows.clone()

        @staticmethod
        def backward(_context: Any, gradient: Any) -> Any:
            nonlocal alive
            alive -= 1
            return gradient

    def pieces(tower: Any, rows: Any) -> list[Any]:
        return [lambda part=part: Watched.apply(tower(part)) for part in rows.split(4)]

    cached_backward([Side(pieces(pair.text, texts), True), Side(pieces(pair.photo, photos), True)], pair.scores)
    assert (most, alive) == (1, 0)


def test_a_loss_that_is_no_number_leaves_no_gradient() -> None:
    texts, photos = data()
    pair = Pair()
    value = cached_backward(sides(pair, texts, photos, 6), lambda a, b: (a @ b.T).sum() * float("nan"))
    assert value != value
    assert all(parameter.grad is None for parameter in pair.parameters())
