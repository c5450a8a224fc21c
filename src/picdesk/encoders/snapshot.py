"""An encoder in the cache that every tool of a hub shares.

The cache is laid out as the Hugging Face Hub documents it ("Understand caching"): ``blobs/`` holds each file under the
hash that the hub gives for it, ``snapshots/COMMIT/`` links to them under their names, ``refs/main`` names the commit.
"""

from __future__ import annotations

import hashlib
import os
import re
import uuid
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from picdesk.encoders.graph import read_graph
from picdesk.errors import EncoderMissing, MissingError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from picdesk.encoders.catalogue import CatalogueEntry

_SIDE_FILES = {
    "visual": ("model.onnx", "preprocess_cfg.json"),
    "textual": ("model.onnx", "tokenizer.json", "tokenizer_config.json"),
}
_COMMIT = re.compile(r"[0-9a-f]{40}")


def find_snapshot(entry: CatalogueEntry) -> Path | None:
    """The folder of an encoder in the hub's cache, ``None`` where it is not there with all its files."""
    repository = repository_folder(entry)
    with suppress(OSError, UnicodeDecodeError):
        commit = (repository / "refs" / "main").read_text(encoding="utf-8").strip()
        folder = repository / "snapshots" / commit
        if entry.onnx and _COMMIT.fullmatch(commit) and _is_complete(folder, entry):
            return folder
    return None


def entry_of(folder: Path, entries: Sequence[CatalogueEntry]) -> CatalogueEntry | None:
    """The entry whose place in a hub's cache a path is, whether anything is there or not."""
    if folder.parent.name != "snapshots":
        return None
    return next((entry for entry in entries if entry.onnx and _folder_name(entry) == folder.parents[1].name), None)


def repository_folder(entry: CatalogueEntry) -> Path:
    """Where the cache keeps an encoder's repository; it need not exist."""
    from huggingface_hub import constants

    return Path(constants.HF_HUB_CACHE).expanduser() / _folder_name(entry)


def wanted_files(entry: CatalogueEntry) -> list[str]:
    """The files that every encoder has, the small ones first."""
    names = [f"{side}/{name}" for side in entry.sides for name in _SIDE_FILES[side]]
    return ["config.json", *sorted(names, key=lambda name: name.endswith(".onnx"))]


def settle_weights(folder: Path) -> None:
    """Make models with weight files in a hub's snapshot readable for OpenVINO, which refuses links out of a folder.

    Each such link becomes a second name (hard link) of the same file, so that nothing is copied and every other tool
    finds what it found.

    Args:
        folder: a snapshot in a hub's cache; others are left alone.
    """
    if folder.parent.name != "snapshots":
        return
    for model in (folder / side / "model.onnx" for side in _SIDE_FILES):
        # Where the graph cannot be read or the cache not be written to, opening the encoder says so.
        with suppress(MissingError, OSError):
            names = read_graph(model).weights
            for path in (model, *(model.parent / name for name in names)) if names else ():
                if path.is_symlink():
                    twin = path.with_name(f".{uuid.uuid4().hex}")
                    os.link(path.resolve(), twin)
                    twin.replace(path)


def hash_like(example: str, path: Path) -> str:
    """A file's hash of the kind that the hub gives: SHA-256 for large files, Git's blob SHA-1 for the rest."""
    if len(example) == 64:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    content = path.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def forget_damaged(folder: Path, entry: CatalogueEntry) -> list[Path]:
    """Remove files that are not what their blob's name says; where blobs have no such names, nothing is known."""
    blobs = {blob.stat().st_ino: blob.name for blob in _blobs(folder) if blob.exists()}
    damaged = []
    for side in ("", *entry.sides):
        for path in sorted((folder / side).iterdir()):
            name = blobs.get(path.stat().st_ino, "") if path.is_file() else ""
            if len(name) in (40, 64) and hash_like(name, path) != name:
                damaged.append(path)
    for path in damaged:
        forget(path)
    return damaged


def forget(path: Path) -> None:
    """Take a file out of the cache, under all its names."""
    number = path.stat().st_ino
    snapshot = next(parent for parent in path.parents if parent.parent.name == "snapshots")
    for blob in [blob for blob in _blobs(snapshot) if blob.exists() and blob.stat().st_ino == number]:
        blob.unlink()
    path.unlink()


def seal(repository: Path, commit: str) -> None:
    """Name the commit that is here, in one step and after everything else."""
    reference = repository / "refs" / "main"
    reference.parent.mkdir(parents=True, exist_ok=True)
    draft = reference.with_name(f".{uuid.uuid4().hex}")
    draft.write_text(commit, encoding="utf-8")
    draft.replace(reference)


def _folder_name(entry: CatalogueEntry) -> str:
    return f"models--{entry.onnx.replace('/', '--')}"


def _is_complete(folder: Path, entry: CatalogueEntry) -> bool:
    if not all((folder / name).is_file() for name in wanted_files(entry)):
        return False
    try:
        for side in entry.sides:
            read_graph(folder / side / "model.onnx")
    except EncoderMissing:
        return False
    return True


def _blobs(folder: Path) -> Iterator[Path]:
    blobs = folder.parents[1] / "blobs"
    return blobs.iterdir() if blobs.is_dir() else iter(())
