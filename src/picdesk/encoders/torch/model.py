"""A checkpoint's model on the device and in the precision that it runs in."""

from __future__ import annotations

import copy
import logging
import threading
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import numpy as np

from picdesk.encoders.probe import PROBE_TEXTS, probe_pixels
from picdesk.encoders.runtimes.agreement import CLOSE_ENOUGH, smallest_cosine
from picdesk.encoders.torch.machine import fast_precisions, torch_device
from picdesk.encoders.torch.placed import compile_towers, place_towers, run_tower
from picdesk.encoders.torch.trace import quiet
from picdesk.errors import EncoderMissing, InputError, PicdeskError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from picdesk.encoders.preprocess import Preparation
    from picdesk.encoders.tokenize import TextTokens
    from picdesk.encoders.torch.checkpoint import Checkpoint
    from picdesk.encoders.torch.placed import Towers

Answer = TypeVar("Answer")
Rows: TypeAlias = "list[NDArray[np.float32]]"

_LOG = logging.getLogger("picdesk.encoders")


class TorchModel:
    """Both towers of a checkpoint, moved to their device when they are first asked. Safe to use from several threads.

    Without a precision it is the first of ``fast_precisions`` whose smallest cosine to float32, on typical images and
    texts, is at least 0.999; else float32. On CUDA the towers go through ``torch.compile``, once for all sizes.

    Args:
        where: what is loaded, for messages.
        checkpoint: as ``read_checkpoint`` gives it.
        prepare: how its images are prepared; ``None`` without an image side.
        tokens: its tokenizer.
        precision: ``float32``, ``bf16`` or ``fp16`` to have that whatever a trial would say; empty to choose.
    """

    def __init__(
        self, where: str, checkpoint: Checkpoint, prepare: Preparation | None, tokens: TextTokens, precision: str = ""
    ) -> None:
        self._where, self._prepare, self._tokens = where, prepare, tokens
        self._model: Any = checkpoint.model
        self._asked, self._precision, self._device = precision, "", ""
        self._towers: Towers | None = None
        self._lock = threading.RLock()
        self.dimension = checkpoint.dimension
        self.length = checkpoint.text_limit if checkpoint.fixed_length else None

    @property
    def runtime(self) -> str:
        """Library and precision, such as ``torch-cuda bf16``; asking moves the model to its device."""
        self._open()
        return f"torch{'-cuda' if self._device == 'cuda' else ''} {self._precision}"

    @property
    def piece(self) -> int:
        """Items a call; asking moves the model to its device."""
        self._open()
        return 64 if self._device == "cuda" else 16

    def encode_pixels(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Prepared images ``(n, 3, height, width)`` uint8, n > 0, to ``(n, d)`` float32, of any length."""
        towers = self._open()
        with self._lock:
            return self._guarded(lambda: run_tower(towers["visual"], (pixels,), self._device))

    def encode_tokens(self, tokens: NDArray[np.int64], mask: NDArray[np.int64]) -> NDArray[np.float32]:
        """Tokens and mask ``(n, length)``, n > 0, to ``(n, d)`` float32, of any length."""
        towers = self._open()
        with self._lock:
            return self._guarded(lambda: run_tower(towers["textual"], self._text_inputs(tokens, mask), self._device))

    def _text_inputs(self, tokens: NDArray[np.int64], mask: NDArray[np.int64]) -> tuple[NDArray[Any], ...]:
        return (tokens,) if self.length else (tokens, mask)

    def _open(self) -> Towers:
        with self._lock:
            if self._towers is None:
                self._towers = self._guarded(self._chosen)
                self._model = None  # the copy on the device is the one that counts
            return self._towers

    def _chosen(self) -> Towers:
        self._device = torch_device()
        fast = fast_precisions(self._device)
        if self._asked:
            if self._asked not in ("float32", *fast):
                raise InputError(
                    f"this {'card' if self._device == 'cuda' else 'processor'} is not built for {self._asked}",
                    "Choose torch, which takes what fits, or torch-float32.",
                )
            return self._tried(self._asked)[0]
        reference = self._tried("float32", compiled=False)[1]
        for precision in fast:
            try:
                towers, rows = self._tried(precision)
            except Exception as error:  # an operator that does not know the precision
                problem = f"fails: {' '.join(str(error).split())[:300]}"
            else:
                cosine = float(np.min([smallest_cosine(*pair) for pair in zip(rows, reference, strict=True)]))
                if cosine >= CLOSE_ENOUGH:
                    return towers
                problem = f"is not true to float32 (a cosine of {cosine:.5f}, {CLOSE_ENOUGH} is demanded)"
            _LOG.warning("%s: %s in torch %s", self._where, precision, problem)
        return self._tried("float32")[0]

    def _tried(self, precision: str, *, compiled: bool = True) -> tuple[Towers, Rows]:
        """The towers in a precision, and what they make of typical images and texts."""
        self._precision = precision
        # Weights that are to stay what they are need no second place in memory.
        same = self._device == "cpu" and precision == "float32"
        model = self._model if same else copy.deepcopy(self._model)
        towers = place_towers(model, self._prepare, self._device, precision)
        if compiled and self._device == "cuda":
            try:
                quick = compile_towers(towers)
                return quick, self._rows(quick)
            except Exception as error:  # Triton or a compiler is missing, or an operator has no code
                reason = " ".join(str(error).split())[:300]
                _LOG.warning("%s: torch.compile does not work here (%s); it runs uncompiled", self._where, reason)
        return towers, self._rows(towers)

    def _rows(self, towers: Towers) -> Rows:
        inputs = {"textual": self._text_inputs(*self._tokens(PROBE_TEXTS, self.length))}
        if self._prepare:
            inputs["visual"] = (probe_pixels(self._prepare.height, self._prepare.width),)
        with quiet():
            return [run_tower(tower, inputs[side], self._device) for side, tower in towers.items()]

    def _guarded(self, work: Callable[[], Answer]) -> Answer:
        try:
            return work()
        except PicdeskError:
            raise
        except Exception as error:  # torch and transformers each have their own tree of errors
            reason = " ".join(str(error).split())[:300]
            raise EncoderMissing(
                f"{self._where} cannot be run by torch: {reason}",
                "Choose another runtime: set PICDESK_RUNTIME to openvino or onnxruntime.",
            ) from error
