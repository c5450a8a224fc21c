"""Which runtime runs which graph."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import platform
from typing import TYPE_CHECKING

from picdesk.errors import EncoderMissing, ExtraMissing, InputError, PicdeskError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from picdesk.encoders.graph import Graph
    from picdesk.encoders.runtimes.session import Feeds, Session

NAMES = ("openvino", "openvino-bf16", "openvino-float32", "onnxruntime")
"""What a caller may ask for: a library, or a library and its precision."""


def quantises_while_running(graph: Graph) -> bool:
    """Whether the graph derives int8 scales from what it is given, all items of a call together.

    The result for one item then depends on its neighbours: all-MiniLM-L6-v2 with int8 weights gives a text alone and
    in a batch of 32 vectors with a cosine of 0.988.
    """
    return any(name.startswith("DynamicQuantize") for _, name in graph.operators)


def check_runtime(runtime: str | None) -> None:
    """Refuse a runtime that is unknown or not installed.

    Raises:
        InputError: unknown.
        ExtraMissing: not installed.
    """
    if runtime is not None and runtime not in NAMES:
        raise InputError(f"no runtime called {runtime!r}", f"Choose one of: {', '.join(NAMES)}.")
    library = runtime.partition("-")[0] if runtime else "onnxruntime"
    if importlib.util.find_spec(library) is None:
        raise ExtraMissing(f"the runtime {library} is not installed", f"pip install {library}")


def runtimes_here() -> tuple[str, ...]:
    """Every runtime and precision that this machine has, those with the most exact arithmetic first.

    Raises:
        ExtraMissing: there is none.
    """
    check_runtime(None)
    if not _has_openvino():
        return ("onnxruntime",)
    from picdesk.encoders.runtimes.openvino import import_openvino, knows_bfloat16

    fast = ("openvino-bf16",) if knows_bfloat16(import_openvino().Core()) else ()
    return ("onnxruntime", "openvino-float32", *fast)


def choose_runtime(graph: Graph) -> str:
    """The faster runtime for a graph: OpenVINO on x86, else ONNX Runtime.

    Graphs made for ONNX Runtime stay with it: those with its own operators, and those that quantise while they run
    (on two cores with AMX it encodes 870 texts/s with all-MiniLM-L6-v2 int8, OpenVINO 300).
    """
    if not _has_openvino():
        return "onnxruntime"
    own = any(domain not in ("", "ai.onnx") for domain, _ in graph.operators)
    return "onnxruntime" if own or quantises_while_running(graph) else "openvino"


def _has_openvino() -> bool:
    return platform.machine() in ("x86_64", "AMD64") and importlib.util.find_spec("openvino") is not None


def describe_runtime() -> str:
    """What runs encoders on this machine, the faster runtime first, such as ``openvino 2026.4.1, bf16 ...``.

    Raises:
        ExtraMissing: nothing does.
    """
    check_runtime(None)
    other = f"onnxruntime {importlib.metadata.version('onnxruntime')}"
    if not _has_openvino():
        return other
    from picdesk.encoders.runtimes.openvino import describe_openvino

    return f"{describe_openvino()}; {other}"


def open_session(runtime: str, graph: Graph, output: int, digest: str, probe: Callable[[], Feeds]) -> Session:
    """Compile a graph.

    Args:
        runtime: one of ``NAMES``.
        graph: the model.
        output: which of its outputs is wanted.
        digest: SHA-256 over the model's files, under which compiled code is kept.
        probe: gives typical input, on which a runtime may check its precision.

    Raises:
        EncoderMissing: the runtime cannot use the file.
        InputError: the processor does not compute in the precision that was asked for.
    """
    from picdesk.encoders.runtimes.onnxruntime import OnnxRuntimeSession
    from picdesk.encoders.runtimes.openvino import OpenVinoSession

    library, _, precision = runtime.partition("-")
    try:
        if library == "openvino":
            return OpenVinoSession(graph, output, digest, probe, precision)
        return OnnxRuntimeSession(graph, output)
    except PicdeskError:
        raise
    except Exception as error:  # each runtime has its own tree of errors, with RuntimeError or Exception as the root
        raise unusable(graph.path, runtime, error) from error


def unusable(path: Path, runtime: str, error: Exception) -> EncoderMissing:
    """The error for a file that a runtime refuses, on one line."""
    reason = " ".join(str(error).split())
    reason = reason if len(reason) <= 300 else f"{reason[:300]} ..."
    return EncoderMissing(f"{path} cannot be used with {runtime}: {reason}", "Fetch the encoder's folder again.")
