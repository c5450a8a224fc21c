"""ONNX Runtime on the processor, or on what it calls an execution provider."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from picdesk.encoders.runtimes.providers import PROVIDERS, open_on
from picdesk.encoders.runtimes.session import cores, saved_precision

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from picdesk.encoders.graph import Graph
    from picdesk.encoders.runtimes.session import Feeds

_FATAL = 4


def import_onnxruntime() -> Any:
    """Import ONNX Runtime without its telemetry; the house imports it nowhere else.

    From 1.29 on the official Linux and macOS builds make a device id in the user's home and report what is run to
    Microsoft, unless this variable is set before the library is loaded; Windows builds have the function for it.
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime  # noqa: TID251

    onnxruntime.disable_telemetry_events()
    return onnxruntime


class OnnxRuntimeSession:
    """A graph in ONNX Runtime, with the precision that it was saved in (CUDA takes TF32 for float32 where it can).

    Args:
        graph: the model.
        output: which of its outputs is wanted.
        provider: a key of ``PROVIDERS``; empty for the processor.

    Raises:
        ExtraMissing: the provider is not in this build, or does not start.
    """

    parallel = 1

    def __init__(self, graph: Graph, output: int, provider: str = "") -> None:
        onnxruntime = import_onnxruntime()
        options = onnxruntime.SessionOptions()
        options.log_severity_level = _FATAL  # what goes wrong is raised; nothing is to be written to stderr
        options.intra_op_num_threads = cores()
        path = str(graph.path)
        if provider:
            self._session = open_on(onnxruntime, path, options, provider)
        else:
            self._session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self.piece = PROVIDERS[provider].piece if provider else 32
        self._output = graph.outputs[output].name
        library = f"onnxruntime-{provider}" if provider else "onnxruntime"
        self.runtime = f"{library} {saved_precision(graph)}"

    def run(self, pieces: Sequence[Feeds]) -> list[NDArray[Any]]:
        """Run each piece; the output of each, in order."""
        return [self._session.run([self._output], dict(piece))[0] for piece in pieces]
