"""From what the user calls an encoder to the encoder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from picdesk.errors import EncoderMissing, InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from picdesk.encoders.catalogue import CatalogueEntry
    from picdesk.encoders.protocol import Encoder


def load_encoder(
    where: str | Path, *, runtime: str | None = None, entries: Sequence[CatalogueEntry] | None = None
) -> Encoder:
    """Open an encoder; the network is never asked.

    A folder holds ``visual/model.onnx`` and ``visual/preprocess_cfg.json``, or ``textual/model.onnx`` and
    ``textual/tokenizer.json``, or both: the layout of CLIP exports to ONNX as Immich publishes them. Nothing in it is
    executed but the graphs. Weights of another make (OpenAI, open_clip, Long-CLIP, transformers, M-CLIP) are
    written out as such a folder once, into the cache, with the ``torch`` extra.

    Args:
        where: the folder, the file of weights, or the name of a model of the catalogue that is in the hub's cache.
            What is on disk wins.
        runtime: ``openvino`` (or ``openvino-bf16``, ``openvino-float32``), ``onnxruntime`` (or ``onnxruntime-cuda``,
            ``onnxruntime-coreml``), for weights also ``torch`` (or ``torch-float32``, ``torch-bf16``, ``torch-fp16``).
            ``None`` for what ``$PICDESK_RUNTIME`` says, else the fastest that is true to float32: a card where there is
            one (torch for weights, ONNX Runtime for ONNX folders), then OpenVINO on x86 for graphs that it runs well,
            then ONNX Runtime on the processor.
        entries: the catalogue; ``None`` for the one that comes with Picdesk.

    Raises:
        EncoderMissing: no such folder and no such model here, or its files are missing or unusable.
        ExtraMissing: the runtime is not installed.
        InputError: no such runtime, or torch is asked for and it is an ONNX folder.
    """
    from picdesk.encoders.joined import SPACES, JoinedFolder
    from picdesk.encoders.onnx_folder import OnnxFolder
    from picdesk.encoders.runtimes import asked_runtime
    from picdesk.encoders.runtimes.choose import TORCH
    from picdesk.encoders.snapshot import settle_weights

    runtime = asked_runtime(runtime)
    place, name = _found(where, entries)
    if is_checkpoint(place):
        from picdesk.encoders.torch.cached import load_checkpoint_encoder

        return load_checkpoint_encoder(place, runtime=runtime)
    if runtime in TORCH:
        raise InputError(
            f"torch cannot run {place}: it is an ONNX folder, and torch runs weights",
            "Name the file or folder of weights, or choose openvino or onnxruntime.",
        )
    settle_weights(place)
    kind = JoinedFolder if (place / SPACES).is_file() else OnnxFolder
    return kind(place, runtime, name)


def is_checkpoint(place: Path) -> bool:
    """Whether it is weights of another make: a file, or a folder with the configuration of another library."""
    if place.is_file():
        return True
    sides = (place / side / "model.onnx" for side in ("visual", "textual"))
    configured = any((place / name).exists() for name in ("config.json", "open_clip_config.json", "modules.json"))
    return configured and not any(side.exists() for side in sides)


def _found(where: str | Path, entries: Sequence[CatalogueEntry] | None) -> tuple[Path, str]:
    """The folder, and what the encoder is called: a model of the catalogue by its name there, whatever the route."""
    from picdesk.encoders.catalogue import catalogue, find_entry, not_ready
    from picdesk.encoders.snapshot import entry_of, find_snapshot

    known = catalogue() if entries is None else entries
    try:
        folder = Path(where).expanduser().resolve()
        found = folder.exists()
    except (OSError, RuntimeError, ValueError) as error:  # too long a name, no home folder, a NUL character
        raise _unknown(where, known) from error
    if found:
        entry = entry_of(folder, known)
        return folder, entry.name if entry else folder.name
    entry = find_entry(str(where), known) or entry_of(folder, known)
    if entry is None:
        raise _unknown(where, known)
    snapshot = find_snapshot(entry)
    if snapshot:
        return snapshot.resolve(), entry.name
    if not entry.onnx:
        raise not_ready(entry)
    raise EncoderMissing(
        f"the encoder {entry.name} is not on this machine", f"Fetch it once: picdesk models get {entry.name}"
    )


def _unknown(where: str | Path, entries: Sequence[CatalogueEntry]) -> EncoderMissing:
    from picdesk.encoders.catalogue import close_names

    close = close_names(str(where), entries)
    meant = f" Did you mean {' or '.join(close)}?" if close else ""
    return EncoderMissing(
        f"no encoder called {str(where)[:200]!r} here",
        f"Give the folder of an ONNX export (visual/, textual/), or a name that picdesk models lists.{meant}",
    )
