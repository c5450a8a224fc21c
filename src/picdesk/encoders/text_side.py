"""The text side of an ONNX folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from picdesk.encoders.graph import read_graph
from picdesk.encoders.probe import PROBE_TEXTS
from picdesk.encoders.side import Side, only
from picdesk.encoders.tokenize import read_tokens
from picdesk.errors import EncoderMissing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

_MASK, _TYPES = "attention_mask", "token_type_ids"


class TextSide:
    """``textual/``: a graph and its tokenizer.

    Args:
        folder: holds ``model.onnx`` and ``tokenizer.json``, maybe ``tokenizer_config.json``.
        config: the model's ``config.json``; need not exist.
        runtime: name of the runtime, ``None`` for the fastest that is true to float32.
        digest: SHA-256 over the side's files.

    Raises:
        EncoderMissing: a file is missing or unusable.
    """

    def __init__(self, folder: Path, config: Path, runtime: str | None, digest: str) -> None:
        graph = read_graph(folder / "model.onnx")
        names = [tensor.name for tensor in graph.inputs]
        known = {"text", "input_ids", _MASK, _TYPES}
        if len(names) > 1 and (not set(names) <= known or len({"text", "input_ids"} & set(names)) != 1):
            raise EncoderMissing(
                f"{graph.path} wants the inputs {', '.join(names)}",
                "Export it with text, or with input_ids, attention_mask and maybe token_type_ids.",
            )
        for tensor in graph.inputs:
            only(tensor, ("int32", "int64"), 2, graph)
        self._tokens_input = next((name for name in names if name not in (_MASK, _TYPES)), names[0])
        shape = next(tensor.shape for tensor in graph.inputs if tensor.name == self._tokens_input)
        length = shape[1] if shape else None
        self.tokens = read_tokens(folder, config, length)
        # Without a mask the model takes every place for text, so there is one length that it was made for.
        self._length = length if length or _MASK in names else self.tokens.limit
        self.side = Side(graph, runtime, digest, lambda: self._feeds(*self.tokens(PROBE_TEXTS, self._length)))

    @property
    def runtime(self) -> str:
        """Library and precision; asking compiles the graph."""
        return self.side.session.runtime

    def dimension(self) -> int:
        """Length of the vectors.

        Raises:
            EncoderMissing: the output is no vector.
        """
        return self.side.dimension()

    def encode(self, texts: Sequence[str]) -> NDArray[Any]:
        """Texts, at least one, to ``(n, d)``, of any length.

        Where the graph gives a vector a token, ``(n, length, d)``, the mean over the text's tokens is taken.
        """
        tokens, mask = self.tokens(texts, self._length)
        lengths = mask.sum(axis=1)
        # Texts of like length go together, so that little padding is computed.
        order = np.argsort(lengths, kind="stable")
        size = self.side.piece(len(texts))
        pieces = []
        for rows in (order[at : at + size] for at in range(0, len(order), size)):
            width = self._length or max(1, int(lengths[rows].max()))
            pieces.append((tokens[rows, :width], mask[rows, :width]))
        outputs = self.side.run([self._feeds(*piece) for piece in pieces])
        pooled = [self._pooled(output, mask) for output, (_, mask) in zip(outputs, pieces, strict=True)]
        return np.concatenate(pooled)[np.argsort(order)]

    def _feeds(self, tokens: NDArray[np.int64], mask: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
        every = {_MASK: mask, _TYPES: np.zeros_like(tokens), self._tokens_input: tokens}
        return {tensor.name: every[tensor.name] for tensor in self.side.graph.inputs}

    def _pooled(self, output: NDArray[Any], mask: NDArray[np.int64]) -> NDArray[Any]:
        if output.ndim == 2:
            return output
        if output.ndim != 3 or output.shape[:2] != mask.shape:
            raise EncoderMissing(
                f"{self.side.graph.path} gives {output.shape} for {mask.shape} tokens, "
                "where (n, d) or (n, length, d) is wanted"
            )
        weights = mask[:, :, None].astype(np.float32)
        pooled: NDArray[Any] = (output * weights).sum(axis=1) / np.maximum(weights.sum(axis=1), 1)
        return pooled
