"""Comparing many vectors on a device of torch's, against arithmetic written out; on a card too where there is one."""

from __future__ import annotations

import faiss
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import logsumexp

from picdesk.encoders.torch import extra, machine
from picdesk.encoders.torch.machine import device_named
from picdesk.errors import ExtraMissing, InputError, MissingError

torch = pytest.importorskip("torch")

from picdesk.encoders.torch.compare.best import BestOnDevice  # noqa: E402
from picdesk.encoders.torch.compare.centres import Centres, train_centres  # noqa: E402
from picdesk.encoders.torch.compare.copies import Copies, enough_memory  # noqa: E402
from picdesk.encoders.torch.compare.products import Products, to_tf32, unit_rows  # noqa: E402
from picdesk.encoders.torch.compare.softmax import PhotoSums, log_means  # noqa: E402

DEVICES = ("cpu", "cuda") if torch.cuda.is_available() else ("cpu",)


def unit(rows: NDArray[np.floating]) -> NDArray[np.float32]:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def test_devices_have_torchs_names(monkeypatch: pytest.MonkeyPatch) -> None:
    assert device_named("cpu") == "cpu"
    for device in ("tpu", "cpu:1", "cuda:", "cuda:x", "cuda:-1", "CUDA", ""):
        with pytest.raises(InputError, match="no device called"):
            device_named(device)
    with pytest.raises(MissingError, match="finds no card cuda:99 here"):
        device_named("cuda:99")
    monkeypatch.setattr(machine, "cuda_cards", lambda: 0)
    assert device_named() == "cpu"
    monkeypatch.setattr(extra, "_PARTS", ("no_such_library",))
    with pytest.raises(ExtraMissing, match="computing on a card needs no_such_library"):
        device_named("cuda")


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("rounded", [True, False])
@pytest.mark.parametrize("dimension", [3, 512])
def test_no_cosine_is_further_off_than_its_blur(device: str, rounded: bool, dimension: int) -> None:
    generator = np.random.default_rng(dimension)
    # All numbers half way between two of TF32, and alike in sign, so that what is cut off adds up.
    worst = np.full((2, dimension), 2.0**-5 * (1 + 2.0**-11 * 0.999), dtype=np.float32)
    queries = np.concatenate([unit(generator.standard_normal((40, dimension))), worst])
    halves = (3 * generator.standard_normal((300, dimension))).astype(np.float16)
    halves[:2], halves[2] = np.full(dimension, 1 + 2.0**-9, dtype=np.float16), 0
    true = queries.astype(np.float64) @ halves.astype(np.float64).T
    lengths = np.linalg.norm(halves.astype(np.float64), axis=1)
    true = np.divide(true, lengths, out=np.zeros_like(true), where=lengths > 0)
    products = Products(queries, device, rounded=rounded)
    for part in (slice(0, 300), slice(0, 7), slice(0, 0)):  # rooms are used again
        compared = products.meet(torch.from_numpy(halves[part]).to(device))
        found, blur = compared.cosines.cpu().numpy(), compared.blur.cpu().numpy()
        assert (np.abs(found - true[:, part]) <= blur[:, None]).all()
        assert (blur < (2e-3 if rounded else 2e-4)).all()
    rows, columns = (each.to(device) for each in torch.meshgrid(torch.arange(42), torch.arange(7), indexing="ij"))
    exact = products.meet(torch.from_numpy(halves[:7]).to(device)).exact(rows.ravel(), columns.ravel())
    np.testing.assert_allclose(exact.cpu().numpy().reshape(42, 7), true[:, :7], atol=1e-14)
    np.testing.assert_allclose(
        unit_rows(torch.from_numpy(halves[3:])).numpy(), unit(halves[3:].astype(np.float64)), atol=1e-7
    )


def test_tf32_has_ten_bits_after_the_point() -> None:
    rows = torch.tensor([[1.0, -1.0, 1 + 2.0**-10, 1 + 2.0**-12, -1 - 3 * 2.0**-12, 2.0**-130, 0.0]])
    wanted = [[1.0, -1.0, 1 + 2.0**-10, 1.0, -1 - 2.0**-10, 2.0**-130, 0.0]]
    assert to_tf32(rows).tolist() == wanted


Exact = NDArray[np.float64]


def best_of(scores: Exact, k: int, width: int, blur: float, device: str) -> tuple[NDArray[np.int64], Exact]:
    """The best, offered in blocks and moved by up to ``blur``, as unkindly as can be: good photos down, others up."""
    best = BestOnDevice(len(scores), k, device)
    middle = np.median(scores, axis=1, keepdims=True)
    offered = (scores + 0.999 * blur * np.where(scores > middle, -1, 1)).astype(np.float32)
    true, rounded = torch.tensor(scores, device=device), torch.tensor(offered, device=device)
    blurs = torch.full((len(scores),), blur, dtype=torch.float64, device=device)
    for start in range(0, scores.shape[1], width):
        part = true[:, start : start + width]
        best.meet(rounded[:, start : start + width], lambda *pairs, part=part: part[pairs], blurs)
    return best.nearest()


@pytest.mark.parametrize("device", DEVICES)
@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    rows=st.integers(1, 9),
    k=st.integers(1, 60),
    columns=st.integers(1, 200),
    width=st.sampled_from([1, 7, 50, 999]),
    blur=st.sampled_from([1e-6, 0.3, 5.0, 1000.0]),
)
def test_the_best_are_kept_however_scores_are_rounded(
    device: str, seed: int, rows: int, k: int, columns: int, width: int, blur: float
) -> None:
    scores = np.random.default_rng(seed).permuted(np.tile(np.arange(columns, dtype=np.float64), (rows, 1)), axis=1)
    photos, values = best_of(scores, k, width, blur, device)
    there = min(k, columns)
    assert (photos[:, :there] == np.argsort(-scores, axis=1)[:, :k]).all()
    assert (values[:, :there] == -np.sort(-scores, axis=1)[:, :k]).all()
    assert (photos[:, there:] == -1).all()
    assert np.isneginf(values[:, there:]).all()


@pytest.mark.parametrize("device", DEVICES)
def test_rising_falling_and_equal_scores(device: str) -> None:
    rising = np.linspace(-1, 1, 5000)
    photos, values = best_of(np.stack([rising, rising[::-1], np.zeros(5000)]), 10, 1700, 1e-6, device)
    assert photos[0].tolist() == list(range(4999, 4989, -1))
    assert photos[1].tolist() == list(range(10))
    assert len(set(photos[2].tolist())) == 10
    assert (values[2] == 0).all()


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("temperature", [0.01, 20.0, 10_000.0])
def test_sums_of_softmax_are_those_of_float64(device: str, temperature: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("picdesk.encoders.torch.compare.softmax.EXPONENTIALS", 100)
    cosines = np.random.default_rng(0).uniform(-1, 1, (30, 41)).astype(np.float32)
    there = torch.from_numpy(cosines).to(device)
    values = temperature * cosines.astype(np.float64)
    means = log_means(there, temperature).cpu().numpy()
    np.testing.assert_allclose(means, logsumexp(values, axis=0) - np.log(30), atol=1e-6, rtol=1e-12)
    sums = PhotoSums(30, temperature, device)
    assert np.isneginf(sums.logs()).all()
    for part in (there[:, :5], there[:, 5:]):
        sums.meet(part)
    np.testing.assert_allclose(sums.logs(), logsumexp(values, axis=1), atol=1e-6, rtol=1e-12)


@pytest.mark.parametrize("device", DEVICES)
def test_copies_arrive_whole_and_in_turn(device: str) -> None:
    blocks = [np.random.default_rng(size).standard_normal((size, 8)).astype(np.float16) for size in (5, 9, 9, 2, 7)]
    copies = Copies(device)
    started = [copies.start(block.copy()) for block in blocks]
    for block, coming in zip(blocks, started, strict=True):
        assert (coming.arrived().cpu().numpy() == block).all()


def test_too_little_memory_is_said() -> None:
    with pytest.raises(MissingError, match="cuda:1 has too little memory free") as said, enough_memory("cuda:1"):
        raise torch.OutOfMemoryError("CUDA out of memory")
    assert "--device cpu" in said.value.hint


@pytest.mark.parametrize("device", DEVICES)
def test_every_list_gets_a_centre_of_its_own_and_vectors_the_nearest(
    device: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("picdesk.encoders.torch.compare.centres.PAIRS_AT_ONCE", 16 * 50)
    generator = np.random.default_rng(3)
    directions = unit(generator.standard_normal((16, 24)))
    halves = np.repeat(directions, 30, axis=0).astype(np.float16)
    halves[:60] = halves[0]
    halves.setflags(write=False)
    heard: list[int] = []
    centres = train_centres(halves, 16, 25, generator, device, heard.append)
    assert heard == list(range(1, 26))
    np.testing.assert_allclose(np.linalg.norm(centres, axis=1), 1, atol=1e-6)
    # Fifteen directions, one of them twice as often: each is found, and none of two centres is NaN or the same.
    assert len(np.unique(centres, axis=0)) == 16
    assert ((directions[[0, *range(2, 16)]] @ centres.T).max(axis=1) > 0.999).all()
    lists = Centres(centres, device).nearest(halves)
    flat = faiss.IndexFlatIP(24)
    flat.add(centres)
    best, _ = flat.search(unit(halves.astype(np.float32)), 1)
    cosines = (unit(halves.astype(np.float32)) * centres[lists]).sum(axis=1)
    np.testing.assert_allclose(cosines, best[:, 0], atol=1e-6)
    alike = train_centres(np.repeat(halves[:1], 50, axis=0), 4, 3, generator, device)
    assert np.isfinite(alike).all()
    assert (
        train_centres(halves, 16, 5, np.random.default_rng(1), "cpu")
        == (train_centres(halves, 16, 5, np.random.default_rng(1), "cpu"))
    ).all()
