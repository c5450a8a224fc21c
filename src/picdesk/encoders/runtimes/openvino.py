"""OpenVINO on the processor."""

from __future__ import annotations

import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np

from picdesk.encoders.cache import writable_cache
from picdesk.encoders.runtimes.agreement import CLOSE_ENOUGH, smallest_cosine
from picdesk.encoders.runtimes.session import cores, saved_precision
from picdesk.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from picdesk.encoders.graph import Graph
    from picdesk.encoders.runtimes.session import Feeds

_HINTS = {"bf16": "bf16", "float32": "f32"}
"""Picdesk's words for precisions, and OpenVINO's."""


def import_openvino() -> Any:
    """Import OpenVINO without its telemetry; the house imports it nowhere else.

    A plain ``import openvino`` makes a client id in the user's home and reports the import to Google Analytics,
    without asking. It leaves that out where its telemetry package cannot be imported.
    """
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    import openvino  # noqa: TID251

    return openvino


def knows_bfloat16(core: Any) -> bool:
    """Whether the processor is built for bfloat16: those that imitate it list it too, but prefer float32."""
    listed = "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    return listed and core.get_property("CPU", "INFERENCE_PRECISION_HINT").to_string() == "bf16"


def describe_openvino() -> str:
    """Version and best precision."""
    openvino = import_openvino()
    precision = "bf16 where a model bears it" if knows_bfloat16(openvino.Core()) else "float32"
    return f"openvino {_version(openvino)}, {precision}"


def _version(openvino: Any) -> str:
    return str(openvino.__version__).partition("-")[0]


class OpenVinoSession:
    """A graph in OpenVINO, a stream for each few cores.

    Arithmetic is bfloat16 where the processor is built for it and where it has been seen to agree with float32 on this
    very model: a cosine of at least 0.999 for every probe. Vision transformers pass and run four times as fast;
    MobileNet v1 does not (0.991).

    Args:
        graph: the model.
        output: which of its outputs is wanted.
        digest: SHA-256 over the model's files, under which compiled code is kept.
        probe: gives typical input, on which bfloat16 is tried.
        precision: ``bf16`` or ``float32`` to have that whatever a trial would say; empty to choose.

    Raises:
        InputError: bfloat16 is asked for and the processor is not built for it.
    """

    piece = 8

    def __init__(self, graph: Graph, output: int, digest: str, probe: Callable[[], Feeds], precision: str = "") -> None:
        openvino = import_openvino()
        self._core = openvino.Core()
        self._graph, self._output = graph, output
        folder = writable_cache(f"openvino-{_version(openvino)}", digest)
        if precision == "bf16" and not knows_bfloat16(self._core):
            raise InputError("this processor is not built for bfloat16", "Choose openvino-float32.")
        if not precision:
            precision = self._precision(folder, probe) if knows_bfloat16(self._core) else "float32"
        compiled = self._cached(precision, folder) if folder else self._compile(precision, {})
        self.runtime = f"openvino {'int8' if saved_precision(graph) == 'int8' else precision}"
        self.parallel = int(compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS"))
        self._requests = [compiled.create_infer_request() for _ in range(self.parallel)]
        self._lock = threading.Lock()

    def run(self, pieces: Sequence[Feeds]) -> list[NDArray[Any]]:
        """Run each piece; the output of each, in order."""
        outputs = []
        with self._lock:
            try:
                for number, piece in enumerate(pieces):
                    request = self._requests[number % self.parallel]
                    if number >= self.parallel:
                        outputs.append(self._finished(request))
                    # Inputs are copied, never shared: with shared ones OpenVINO 2026.4 writes later inputs into the
                    # caller's array, and after its end into freed memory.
                    request.start_async(dict(piece), share_inputs=False)
                waiting = range(len(outputs), len(pieces))
                outputs += [self._finished(self._requests[number % self.parallel]) for number in waiting]
            except BaseException:
                for request in self._requests:
                    with suppress(RuntimeError):
                        request.wait()
                raise
        return outputs

    def _finished(self, request: Any) -> NDArray[Any]:
        request.wait()
        return np.array(request.get_output_tensor(self._output).data)

    def _compile(self, precision: str, more: dict[str, str]) -> Any:
        settings = {
            # Several streams, not several threads a stream: decoders work beside them, and a stream then waits for no
            # other thread. Pinned threads would meet those of another process on the same core.
            "PERFORMANCE_HINT": "THROUGHPUT",
            "INFERENCE_PRECISION_HINT": _HINTS[precision],
            "INFERENCE_NUM_THREADS": cores(),
            "ENABLE_CPU_PINNING": False,
        }
        return self._core.compile_model(str(self._graph.path), "CPU", settings | more)

    def _cached(self, precision: str, folder: Path) -> Any:
        try:
            # A folder a digest: OpenVINO's own key is the path, which may hold another model tomorrow.
            return self._compile(precision, {"CACHE_DIR": str(folder)})
        except RuntimeError:  # such as a full disk; a graph that is at fault itself fails again here
            return self._compile(precision, {})

    def _precision(self, folder: Path | None, probe: Callable[[], Feeds]) -> str:
        """``bf16`` or ``float32``, remembered in the cache: checking compiles the graph twice."""
        verdict = folder / "precision.txt" if folder else None
        if verdict:
            with suppress(OSError, UnicodeDecodeError):
                said = verdict.read_text(encoding="utf-8").split()
                if said and said[0] in _HINTS:
                    return said[0]
        cosine = self._agreement(probe())
        precision = "bf16" if cosine >= CLOSE_ENOUGH else "float32"
        if verdict:
            with suppress(OSError):
                verdict.write_text(f"{precision} {cosine:.6f}\n", encoding="utf-8")
        return precision

    def _agreement(self, feeds: Feeds) -> float:
        """Smallest cosine between the rows that bfloat16 and float32 give; NaN where a row has no direction."""
        outputs = []
        for precision in _HINTS:
            request = self._compile(precision, {}).create_infer_request()
            rows = []
            for item in range(len(next(iter(feeds.values())))):
                request.infer({name: values[item : item + 1] for name, values in feeds.items()}, share_inputs=False)
                rows.append(np.array(request.get_output_tensor(self._output).data, dtype=np.float64).ravel())
            outputs.append(np.stack(rows))
        return smallest_cosine(*outputs)
