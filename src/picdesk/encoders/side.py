"""One side of an encoder: a graph that is compiled when it is first asked."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np

from picdesk.encoders.runtimes.choose import open_fastest, open_session, quantises_while_running, unusable
from picdesk.errors import EncoderMissing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from picdesk.encoders.graph import Graph, Tensor
    from picdesk.encoders.runtimes.session import Feeds, Session

_EMBEDDINGS = ("embedding", "sentence_embedding", "image_embeds", "text_embeds")


class Side:
    """A graph with the choice of its output, its batch size and its runtime.

    Args:
        graph: the model.
        runtime: name of the runtime, ``None`` for the fastest that is true to float32.
        digest: SHA-256 over the side's files.
        probe: gives a few typical inputs.
    """

    def __init__(self, graph: Graph, runtime: str | None, digest: str, probe: Callable[[], Feeds]) -> None:
        self.graph = graph
        self._runtime = runtime
        self._digest, self._probe = digest, probe
        names = [output.name for output in graph.outputs]
        self._output = next((names.index(name) for name in _EMBEDDINGS if name in names), 0)
        self._session: Session | None = None
        self._lock = threading.Lock()
        first = graph.inputs[0].shape
        self._batch = first[0] if first else None

    @property
    def session(self) -> Session:
        """The compiled graph; the first call compiles it."""
        with self._lock:
            if self._session is None:
                asked = (self.graph, self._output, self._digest, lambda: self._typed(dict(self._probe())))
                self._session = open_session(self._runtime, *asked) if self._runtime else open_fastest(*asked)
            return self._session

    def piece(self, items: int) -> int:
        """How many of so many items go into one call, so that streams share them evenly and none sways another."""
        if self._batch or quantises_while_running(self.graph):
            return self._batch or 1
        session = self.session
        return max(1, min(session.piece, -(-items // session.parallel)))

    def run(self, pieces: Sequence[dict[str, NDArray[Any]]]) -> list[NDArray[Any]]:
        """Run pieces of at most ``piece`` items; what comes out for each, without the rows that fill a fixed batch.

        Raises:
            EncoderMissing: the runtime refuses the graph.
        """
        sizes = [len(next(iter(piece.values()))) for piece in pieces]
        full = [self._typed(piece) for piece in pieces]
        session = self.session
        try:
            outputs = session.run(full)
        except (
            Exception
        ) as error:  # each runtime has its own tree of errors, with RuntimeError or Exception as the root
            raise unusable(self.graph.path, session.runtime, error) from error
        return [output[:size] for output, size in zip(outputs, sizes, strict=True)]

    def dimension(self) -> int:
        """Length of the vectors, from the file where it says it, else from a run.

        Raises:
            EncoderMissing: the output is no vector.
        """
        shape = self.graph.outputs[self._output].shape
        if shape is None or not shape or shape[-1] is None:
            one = {name: values[:1] for name, values in self._probe().items()}
            shape = self.run([one])[0].shape
        if len(shape) not in (2, 3):
            raise EncoderMissing(f"{self.graph.path} gives {len(shape)} axes where (n, d) or (n, length, d) is wanted")
        return int(shape[-1] or 0)

    def _typed(self, piece: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        typed = {}
        for tensor in self.graph.inputs:
            values = piece[tensor.name]
            if self._batch and len(values) < self._batch:
                values = np.concatenate([values, np.repeat(values[-1:], self._batch - len(values), axis=0)])
            typed[tensor.name] = np.ascontiguousarray(values, dtype=tensor.dtype)
        return typed


def only(tensor: Tensor, dtypes: tuple[str, ...], axes: int, graph: Graph) -> None:
    """Refuse an input of another type or number of axes than wanted.

    Raises:
        EncoderMissing: it is another.
    """
    if tensor.dtype not in dtypes or (tensor.shape is not None and len(tensor.shape) != axes):
        raise EncoderMissing(
            f"{graph.path}: input {tensor.name!r} is {tensor.dtype} {tensor.shape}, "
            f"not {' or '.join(dtypes)} with {axes} axes",
            "Export the model with that input.",
        )
