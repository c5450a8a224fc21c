"""Encoders are fetched from a hub of models into the cache that every tool of that hub shares."""

from __future__ import annotations

import functools
import os
import queue
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from picdesk.encoders.catalogue import CatalogueEntry, not_ready
from picdesk.encoders.graph import read_graph
from picdesk.encoders.snapshot import (
    find_snapshot,
    forget,
    forget_damaged,
    hash_like,
    repository_folder,
    seal,
    settle_weights,
    wanted_files,
)
from picdesk.errors import EncoderMissing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Answer = TypeVar("Answer")

_PATIENCE = 1.4
"""Seconds for a hub to answer, the time to load its client included."""
_WEIGHTS_BESIDE = (
    *("config.json", "open_clip_config.json", "preprocessor_config.json", "processor_config.json"),
    *("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"),
    *("modules.json", "sentence_bert_config.json", "1_Pooling/config.json", "2_Dense/config.json"),
)
_COPY_HINT = "Or copy the model's folder from elsewhere and give the folder in place of the name."


@dataclass(frozen=True, slots=True)
class Fetched:
    """What fetching an encoder did.

    Attributes:
        folder: where the encoder is.
        already: whether it was there before.
        bytes: size of what was fetched.
        seconds: how long it took.
    """

    folder: Path
    already: bool
    bytes: int
    seconds: float


@dataclass(frozen=True, slots=True)
class _Remote:
    """A file in a repository: its size, and its hash as the hub gives it."""

    size: int
    hash: str


def fetch_encoder(entry: CatalogueEntry, progress: Callable[[int, int], None] = lambda _done, _total: None) -> Fetched:
    """Bring an encoder into the hub's cache, unless it is there.

    Only the files that the encoder is read from are fetched, and each is compared with the hash that the hub gives
    for it. What arrived stays when a run is stopped; the encoder counts as here when its last file has been checked.
    Environment variables of the hub's client hold here too: ``HF_ENDPOINT``, ``HF_HUB_OFFLINE``, ``HF_HOME``,
    ``HF_TOKEN``, proxies, and ``HF_HUB_ETAG_TIMEOUT`` for how long a hub may take to answer.

    Args:
        entry: the encoder.
        progress: called with the bytes that are here and those that are known to be needed.

    Raises:
        EncoderMissing: there is no ready export, no hub answers (said in under 2 s), it refuses, or a file arrives
            damaged twice.
    """
    start = time.perf_counter()
    if not entry.onnx:
        raise not_ready(entry)
    folder = find_snapshot(entry)
    if folder and not forget_damaged(folder, entry):
        return Fetched(folder, already=True, bytes=0, seconds=time.perf_counter() - start)
    commit, remotes = _listing(entry)
    folder = repository_folder(entry) / "snapshots" / commit
    done = _fetch_all(entry, commit, remotes, wanted_files(entry), 0, progress)
    weights = [
        f"{side}/{name}"
        for side in entry.sides
        for name in read_graph(folder / side / "model.onnx", complete=False).weights
    ]
    done = _fetch_all(entry, commit, remotes, weights, done, progress)
    settle_weights(folder)
    seal(repository_folder(entry), commit)
    return Fetched(folder, already=False, bytes=done, seconds=time.perf_counter() - start)


def fetch_weights(entry: CatalogueEntry, progress: Callable[[int, int], None] = lambda _done, _total: None) -> Path:
    """Bring a model's original weights into the hub's cache, for an export; checked and kept as ``fetch_encoder`` does.

    Args:
        entry: the model.
        progress: as for ``fetch_encoder``.

    Returns:
        The file of weights, or the folder of transformers.

    Raises:
        EncoderMissing: the weights are of a kind that cannot be read here, no hub answers (said in under 2 s), it
            refuses, or a file arrives damaged twice.
    """
    if not entry.loadable:
        raise not_ready(entry)
    source = replace(entry, onnx=entry.weights)
    commit, remotes = _listing(source)
    beside = [name for name in _WEIGHTS_BESIDE if name in remotes]
    names = [*beside, entry.file] if entry.file else [*beside, *_transformers_weights(remotes), *_dense(remotes)]
    _fetch_all(source, commit, remotes, names, 0, progress)
    folder = repository_folder(source) / "snapshots" / commit
    return folder / entry.file if entry.file else folder


def fetch_files(
    name: str,
    repository: str,
    choose: Callable[[Sequence[str]], Sequence[str]],
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Path:
    """Bring files of any repository into the hub's cache; checked and kept as ``fetch_encoder`` does.

    Args:
        name: what errors call it.
        repository: its name on the hub.
        choose: from the names of its files, those that are wanted.
        progress: as for ``fetch_encoder``.

    Returns:
        The snapshot's folder, which ``files_folder`` finds from then on.

    Raises:
        EncoderMissing: no hub answers (said in under 2 s), it refuses, or a file arrives damaged twice.
    """
    source = _of_repository(name, repository)
    commit, remotes = _listing(source)
    _fetch_all(source, commit, remotes, choose(sorted(remotes)), 0, progress)
    seal(repository_folder(source), commit)
    return repository_folder(source) / "snapshots" / commit


def files_folder(repository: str) -> Path | None:
    """The folder of what ``fetch_files`` brought from a repository; ``None`` where it was not fetched to the end."""
    folder = repository_folder(_of_repository(repository, repository))
    with suppress(OSError, UnicodeDecodeError):
        snapshot = folder / "snapshots" / (folder / "refs" / "main").read_text(encoding="utf-8").strip()
        return snapshot if snapshot.parent == folder / "snapshots" and snapshot.is_dir() else None
    return None


def _of_repository(name: str, repository: str) -> CatalogueEntry:
    """What the functions below ask about: a name for errors, and a repository."""
    return CatalogueEntry(
        name=name,
        family="",
        weights=repository,
        onnx=repository,
        sides=(),
        dimension=0,
        languages=(),
        licence="",
        size=0,
        verified=False,
    )


def _transformers_weights(remotes: Mapping[str, _Remote]) -> list[str]:
    """The weights of a folder of transformers, the safe format first; shards with their index."""
    shards = sorted(name for name in remotes if name.startswith("model-") and name.endswith(".safetensors"))
    for names in (["model.safetensors"], [*shards, "model.safetensors.index.json"], ["pytorch_model.bin"]):
        if all(name in remotes for name in names):
            return names
    return ["model.safetensors"]  # which is then said to be missing


def _dense(remotes: Mapping[str, _Remote]) -> list[str]:
    """The matrix after the transformer in a folder of sentence-transformers, the safe format first."""
    names = ("2_Dense/model.safetensors", "2_Dense/pytorch_model.bin")
    return [name for name in names if name in remotes][:1]


def _listing(entry: CatalogueEntry) -> tuple[str, dict[str, _Remote]]:
    """Commit and files of the repository; the first question to the hub, and the one that may not take long."""
    seconds = _seconds()

    def ask() -> Any:
        from huggingface_hub import HfApi

        return HfApi().model_info(entry.onnx, files_metadata=True, timeout=seconds)

    try:
        info = _within(seconds, ask)
    except Exception as error:  # each version of the hub's client has its own HTTP library, with its own errors
        raise _explained(entry, error, seconds) from error
    remotes = {
        file.rfilename: _Remote(file.size or 0, file.lfs.sha256 if file.lfs else file.blob_id or "")
        for file in info.siblings or ()
    }
    return str(info.sha), remotes


def _seconds() -> float:
    """How long a hub may take to answer: as its client is told, else short."""
    from huggingface_hub import constants

    return float(constants.HF_HUB_ETAG_TIMEOUT) if os.environ.get("HF_HUB_ETAG_TIMEOUT") else _PATIENCE


def _within(seconds: float, ask: Callable[[], Answer]) -> Answer:
    """Ask, but wait no longer: looking up a name or a proxy's address heeds no timeout of an HTTP client."""
    answers: queue.SimpleQueue[tuple[Answer | None, Exception | None]] = queue.SimpleQueue()

    def run() -> None:
        try:
            answers.put((ask(), None))
        except Exception as error:
            answers.put((None, error))

    threading.Thread(target=run, daemon=True).start()
    try:
        answer, error = answers.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError from None
    if error:
        raise error
    return answer  # type: ignore[return-value]


def _explained(entry: CatalogueEntry, error: Exception, seconds: float) -> EncoderMissing:
    from huggingface_hub import constants, errors

    hub = constants.ENDPOINT
    if isinstance(error, errors.LocalEntryNotFoundError) and isinstance(error.__cause__, Exception):
        error = error.__cause__  # the client says what it lacks first, and why second
    status = getattr(getattr(error, "response", None), "status_code", None)
    what, hint = f"{entry.name} cannot be fetched", _COPY_HINT
    if isinstance(error, errors.OfflineModeIsEnabled):
        what, hint = f"{what}: HF_HUB_OFFLINE forbids the network", f"Unset HF_HUB_OFFLINE. {hint}"
    elif isinstance(error, errors.GatedRepoError):
        what = f"{what}: {hub} gives {entry.onnx} only to those who accepted its terms"
        hint = f"Accept them at {hub}/{entry.onnx} and sign in with: hf auth login"
    elif isinstance(error, errors.RepositoryNotFoundError) or status in (401, 403, 404):
        what = f"{what}: {hub} has no repository {entry.onnx}, or hides it (it answered {status})"
        hint = "Sign in with hf auth login, or choose another encoder; picdesk models lists them."
    elif status is not None:
        what, hint = f"{what}: {hub} answered {status}", f"Try again later. {hint}"
    elif isinstance(error, OSError) and error.errno is not None and error.filename is not None:
        what = f"{what}: {error.filename} cannot be written: {error.strerror}"
        hint = f"Make room in {constants.HF_HUB_CACHE}, or name another place in HF_HOME."
    else:
        late = isinstance(error, TimeoutError) or "Timeout" in type(error).__name__
        reason = f"no answer within {seconds:g} s" if late else " ".join(str(error).split())[:300]
        what = f"{what} from {hub}: {reason or type(error).__name__}"
        hint = f"Check the network and HTTPS_PROXY; HF_HUB_ETAG_TIMEOUT=10 waits longer for a slow line. {hint}"
    return EncoderMissing(what, hint)


def _fetch_all(
    entry: CatalogueEntry,
    commit: str,
    remotes: dict[str, _Remote],
    names: Sequence[str],
    done: int,
    progress: Callable[[int, int], None],
) -> int:
    """Files one after another; the bytes that are here then."""
    if absent := [name for name in names if name not in remotes]:
        raise EncoderMissing(
            f"the repository {entry.onnx} has no {absent[0]}", "Choose another encoder; picdesk models lists them."
        )
    total = done + sum(remotes[name].size for name in names)
    for name in names:
        _fetch(entry, commit, name, remotes[name].hash, functools.partial(_advance, progress, done, total))
        done += remotes[name].size
        progress(done, total)
    return done


def _advance(progress: Callable[[int, int], None], done: int, total: int, more: int) -> None:
    progress(min(done + more, total), total)


def _fetch(entry: CatalogueEntry, commit: str, name: str, wanted: str, report: Callable[[int], None]) -> None:
    """One file, checked; if it is damaged, here or on arrival, once more."""
    from huggingface_hub import hf_hub_download

    for _ in range(2):
        try:
            arrived = Path(hf_hub_download(entry.onnx, name, revision=commit, tqdm_class=_counting(report)))
        except Exception as error:  # as in _listing
            explained = _explained(entry, error, _seconds())
            again = "Run the same command again to go on: files that arrived are kept."
            raise EncoderMissing(f"{explained.message} (at {name})", f"{again} {explained.hint}") from error
        if hash_like(wanted, arrived) == wanted:
            return
        forget(arrived)
    raise EncoderMissing(
        f"{entry.name}: {name} arrived damaged twice: its hash is not the one that the hub gives",
        "Try again later; if it stays so, something on the way changes what it passes on.",
    )


def _counting(report: Callable[[int], None]) -> Any:
    """A class like tqdm's bars that draws nothing and passes on how far the furthest of its bars is."""
    from huggingface_hub.utils import tqdm  # type: ignore[attr-defined]

    furthest = 0

    class Counting(tqdm):
        def __init__(self, *positional: Any, **named: Any) -> None:
            super().__init__(*positional, **(named | {"disable": True}))  # type: ignore[no-untyped-call]
            self.so_far = 0

        def update(self, n: float | None = 1) -> None:
            nonlocal furthest
            self.so_far += int(n or 0)
            furthest = max(furthest, self.so_far)
            report(furthest)

    return Counting
