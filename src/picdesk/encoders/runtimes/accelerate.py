"""The fastest runtime that is true to float32, where there is more than a processor."""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import TYPE_CHECKING

from picdesk.encoders.cache import writable_cache
from picdesk.encoders.runtimes.agreement import CLOSE_ENOUGH, agreement
from picdesk.encoders.runtimes.onnxruntime import OnnxRuntimeSession, import_onnxruntime
from picdesk.encoders.runtimes.providers import providers_here
from picdesk.errors import MissingError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from picdesk.encoders.graph import Graph
    from picdesk.encoders.runtimes.session import Feeds, Session

_LOG = logging.getLogger("picdesk.encoders")
"""Warnings of a program that sets up no logging appear on stderr as they are."""


def open_accelerated(
    graph: Graph, output: int, digest: str, probe: Callable[[], Feeds], *, otherwise: str
) -> Session | None:
    """The graph on the fastest provider that starts and agrees with float32; ``None`` where none does.

    A provider that this build lists, and which then is not used, is never passed over in silence: the log of
    ``picdesk.encoders`` says at level WARNING why.

    Args:
        graph: the model.
        output: which of its outputs is wanted.
        digest: SHA-256 over the model's files, under which the agreement is remembered.
        probe: gives typical input.
        otherwise: what will run the graph if none of them does, for the message.
    """
    for name in providers_here(import_onnxruntime()):
        try:
            session = OnnxRuntimeSession(graph, output, name)
            cosine = _remembered_agreement(session, name, graph, output, digest, probe)
        except MissingError as error:
            problem = error.message
        except Exception as error:  # out of the device's memory, or an operator that it has not after all
            problem = f"onnxruntime-{name} starts, but cannot run this graph: {' '.join(str(error).split())[:300]}"
        else:
            if cosine >= CLOSE_ENOUGH:
                return session
            problem = (
                f"onnxruntime-{name} is not true to float32 (a cosine of {cosine:.5f}, {CLOSE_ENOUGH} is demanded)"
            )
        _LOG.warning("%s: %s; %s runs it instead", graph.path, problem, otherwise)
    return None


def _remembered_agreement(
    session: Session, name: str, graph: Graph, output: int, digest: str, probe: Callable[[], Feeds]
) -> float:
    """Smallest cosine between provider and processor, kept in the cache: asking opens the graph a second time."""
    folder = writable_cache(f"onnxruntime-{import_onnxruntime().__version__}", digest)
    kept = folder / f"{name}.txt" if folder else None
    cosine = _read(kept)
    if cosine is None:
        first = graph.inputs[0].shape
        cosine = agreement(session, OnnxRuntimeSession(graph, output), probe(), (first[0] if first else None) or 1)
        if kept:
            with suppress(OSError):
                kept.write_text(f"{cosine:.6f}\n", encoding="utf-8")
    return cosine


def _read(kept: Path | None) -> float | None:
    with suppress(OSError, ValueError):  # a damaged file is measured anew
        return float(kept.read_text(encoding="utf-8")) if kept else None
    return None
