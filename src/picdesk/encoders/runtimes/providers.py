"""What ONNX Runtime runs a graph on beside the processor: its execution providers."""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from picdesk.errors import ExtraMissing

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Provider:
    """An execution provider.

    Attributes:
        name: ONNX Runtime's name for it.
        install: the line that brings it.
        piece: items a call.
        options: what it is given.
    """

    name: str
    install: str
    piece: int
    options: Mapping[str, str] = field(default_factory=dict)


PROVIDERS = {
    # Algorithms by rule: trying every one for every new batch size takes seconds each time.
    "cuda": Provider(
        "CUDAExecutionProvider",
        "pip uninstall onnxruntime, then pip install 'onnxruntime-gpu[cuda,cudnn]'",
        64,
        {"cudnn_conv_algo_search": "HEURISTIC"},
    ),
    # The older format knows few of a transformer's operators and leaves the others to the processor, one by one.
    "coreml": Provider("CoreMLExecutionProvider", "pip install onnxruntime on macOS", 32, {"ModelFormat": "MLProgram"}),
}
"""By the name that follows ``onnxruntime-``; the fastest first."""

# An ONNX model that hands through one number: IR 8, opset 17, "Identity" from a to b.
_NOTHING = bytes.fromhex(
    "08083a3a0a100a016112016222084964656e7469747912046e6f6e655a0f0a0161120a0a08080112040a0208"
    "01620f0a0162120a0a08080112040a02080142040a001011"
)


def providers_here(onnxruntime: Any) -> tuple[str, ...]:
    """The providers that this build of ONNX Runtime lists, the fastest first; whether they start is another matter."""
    listed = onnxruntime.get_available_providers()
    return tuple(name for name, provider in PROVIDERS.items() if provider.name in listed)


def open_on(onnxruntime: Any, model: str | bytes, options: Any, name: str) -> Any:
    """An ``InferenceSession`` on a provider, or an error: never one that quietly works on the processor instead.

    ONNX Runtime itself goes on without a provider whose libraries do not load, and writes a line to stderr.

    Args:
        onnxruntime: the library.
        model: path or content of the graph.
        options: ``SessionOptions``.
        name: a key of ``PROVIDERS``.

    Raises:
        ExtraMissing: this build has no such provider, or it does not start.
    """
    provider = PROVIDERS[name]
    if name not in providers_here(onnxruntime):
        raise ExtraMissing(f"onnxruntime has no {name} here", f"Install it with: {provider.install}")
    # Operators that a provider has not, such as those on shapes, go to the processor: it stands second.
    providers = [(provider.name, dict(provider.options)), "CPUExecutionProvider"]
    reason = _preload(onnxruntime) if name == "cuda" else ""
    try:
        session = onnxruntime.InferenceSession(model, options, providers=providers, enable_fallback=0)
    except Exception as error:  # the library raises its own kinds and RuntimeError
        if _runs_alone(onnxruntime, model, options):
            raise _not_started(name, str(error)) from error
        raise  # the graph is at fault, not the provider
    if provider.name not in session.get_providers():
        raise _not_started(name, reason or "its libraries do not load, or there is no device")
    return session


def start_problem(onnxruntime: Any, name: str) -> str:
    """Why a listed provider does not start, tried with a graph of nothing; "" where it does."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    try:
        open_on(onnxruntime, _NOTHING, options, name)
    except ExtraMissing as error:
        return error.message
    return ""


def _preload(onnxruntime: Any) -> str:
    """Load CUDA's libraries from pip's packages, where they lie; what the library has to say of it."""
    said = io.StringIO()
    preload = getattr(onnxruntime, "preload_dlls", None)
    if preload is not None:
        with contextlib.redirect_stdout(said):  # it prints, and stdout is for answers
            preload()
    return " ".join(said.getvalue().split())


def _runs_alone(onnxruntime: Any, model: str | bytes, options: Any) -> bool:
    try:
        onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception:
        return False
    return True


def _not_started(name: str, reason: str) -> ExtraMissing:
    reason = " ".join(reason.split())
    reason = reason if len(reason) <= 300 else f"{reason[:300]} ..."
    return ExtraMissing(
        f"onnxruntime lists {name}, but it does not start: {reason}",
        f"See whether card, driver and libraries fit this build, or install again: {PROVIDERS[name].install}",
    )
