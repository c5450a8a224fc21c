"""Which runtime runs which graph."""

from __future__ import annotations

import importlib.util
import os
import platform
from typing import TYPE_CHECKING

from picdesk.encoders.runtimes.cuda import cuda_cards
from picdesk.encoders.runtimes.providers import PROVIDERS, providers_here, start_problem
from picdesk.errors import EncoderMissing, ExtraMissing, InputError, PicdeskError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from picdesk.encoders.graph import Graph
    from picdesk.encoders.runtimes.session import Feeds, Session

TORCH = ("torch", "torch-float32", "torch-bf16", "torch-fp16")
"""What runs weights as they are, without an ONNX graph."""
NAMES = (
    *("openvino", "openvino-bf16", "openvino-float32"),
    *("onnxruntime", *(f"onnxruntime-{provider}" for provider in PROVIDERS)),
    *TORCH,
)
"""What a caller may ask for: a library (ONNX Runtime: on the processor), or a library and its precision or provider."""
_PACKAGES = {"torch": "'picdesk[torch]'"}


def quantises_while_running(graph: Graph) -> bool:
    """Whether the graph derives int8 scales from what it is given, all items of a call together.

    The result for one item then depends on its neighbours: all-MiniLM-L6-v2 with int8 weights gives a text alone and
    in a batch of 32 vectors with a cosine of 0.988.
    """
    return any(name.startswith("DynamicQuantize") for _, name in graph.operators)


def asked_runtime(runtime: str | None) -> str | None:
    """The runtime that is wanted: the caller's, else that of ``$PICDESK_RUNTIME``, else ``None`` for the fastest.

    Raises:
        InputError: unknown.
        ExtraMissing: not installed.
    """
    wanted = runtime if runtime is not None else os.environ.get("PICDESK_RUNTIME") or None
    check_runtime(wanted)
    return wanted


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
        raise ExtraMissing(f"the runtime {library} is not installed", f"pip install {_PACKAGES.get(library, library)}")


def runtimes_here() -> tuple[str, ...]:
    """Every runtime and precision for ONNX graphs that this machine has, those with the most exact arithmetic first.

    Providers of ONNX Runtime are named where it lists them; whether they start shows when they are used.

    Raises:
        ExtraMissing: there is none.
    """
    check_runtime(None)
    from picdesk.encoders.runtimes.onnxruntime import import_onnxruntime

    providers = tuple(f"onnxruntime-{name}" for name in providers_here(import_onnxruntime()))
    if not _has_openvino():
        return ("onnxruntime", *providers)
    from picdesk.encoders.runtimes.openvino import import_openvino, knows_bfloat16

    fast = ("openvino-bf16",) if knows_bfloat16(import_openvino().Core()) else ()
    return ("onnxruntime", "openvino-float32", *fast, *providers)


def choose_runtime(graph: Graph) -> str:
    """The faster runtime for a graph on the processor: OpenVINO on x86, else ONNX Runtime.

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

    Providers that ONNX Runtime lists are tried with a graph of nothing.

    Raises:
        ExtraMissing: nothing does.
    """
    check_runtime(None)
    from picdesk.encoders.runtimes.onnxruntime import import_onnxruntime

    onnxruntime = import_onnxruntime()
    said = [f"onnxruntime {onnxruntime.__version__}"]
    listed = providers_here(onnxruntime)
    for name in listed:
        problem = start_problem(onnxruntime, name)
        said.append(f"{name} does not start ({problem})" if problem else name)
    if "cuda" not in listed and cuda_cards():
        said.append(f"built without CUDA though a card is here ({PROVIDERS['cuda'].install})")
    other = ", ".join(said)
    if not _has_openvino():
        return other
    from picdesk.encoders.runtimes.openvino import describe_openvino

    return f"{describe_openvino()}; {other}"


def open_fastest(graph: Graph, output: int, digest: str, probe: Callable[[], Feeds]) -> Session:
    """Compile a graph for the fastest runtime whose smallest cosine to float32 is at least 0.999.

    A graphics card comes first, where ONNX Runtime was built for it, it starts and it passes; then the processor. Int8
    graphs that take their scales while they run were made for the processor and stay there.

    Args:
        graph: the model.
        output: which of its outputs is wanted.
        digest: SHA-256 over the model's files, under which compiled code is kept.
        probe: gives typical input, on which a runtime may check its precision.

    Raises:
        EncoderMissing: no runtime can use the file.
    """
    from picdesk.encoders.runtimes.accelerate import open_accelerated

    usual = choose_runtime(graph)
    session = None
    if not quantises_while_running(graph):
        session = open_accelerated(graph, output, digest, probe, otherwise=usual)
    return session or open_session(usual, graph, output, digest, probe)


def open_session(runtime: str, graph: Graph, output: int, digest: str, probe: Callable[[], Feeds]) -> Session:
    """Compile a graph.

    Args:
        runtime: one of ``NAMES``.
        graph: the model.
        output: which of its outputs is wanted.
        digest: SHA-256 over the model's files, under which compiled code is kept.
        probe: gives typical input, on which a runtime may check its precision.

    Raises:
        EncoderMissing: the runtime cannot use the file, or takes no ONNX graphs.
        ExtraMissing: the provider that was asked for is not here, or does not start.
        InputError: the processor does not compute in the precision that was asked for.
    """
    from picdesk.encoders.runtimes.onnxruntime import OnnxRuntimeSession
    from picdesk.encoders.runtimes.openvino import OpenVinoSession

    library, _, kind = runtime.partition("-")
    try:
        if library == "openvino":
            return OpenVinoSession(graph, output, digest, probe, kind)
        return OnnxRuntimeSession(graph, output, kind)
    except PicdeskError:
        raise
    except Exception as error:  # each runtime has its own tree of errors, with RuntimeError or Exception as the root
        raise unusable(graph.path, runtime, error) from error


def unusable(path: Path, runtime: str, error: Exception) -> EncoderMissing:
    """The error for a file that a runtime refuses, on one line."""
    reason = " ".join(str(error).split())
    reason = reason if len(reason) <= 300 else f"{reason[:300]} ..."
    return EncoderMissing(f"{path} cannot be used with {runtime}: {reason}", "Fetch the encoder's folder again.")
