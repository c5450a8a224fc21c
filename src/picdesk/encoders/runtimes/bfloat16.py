"""Products of two matrices in bfloat16, by processors built for it: with AMX, four times as fast as in float32.

Numbers are rounded to 8 binary digits and their products summed in float32. What the rounding does is bounded: by
Cauchy and Schwarz, the product of two vectors moves by no more than the lengths of what was cut off them.
"""

from __future__ import annotations

import functools
import threading
from typing import TYPE_CHECKING, Any

import numpy as np

from picdesk.encoders.runtimes.openvino import import_openvino, knows_bfloat16
from picdesk.encoders.runtimes.session import cores

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

ROUNDING = 2.0**-8
"""The most that rounding moves a number, as a share of it."""

_PER_SUM = 2.0**-22
"""How far one addition may move a sum of products of unit vectors: twice the last place of float32."""


class Bfloat16Product:
    """Inner products of the rows of two matrices ``(n, d)`` and ``(m, d)`` float32, rounded on the way.

    Each product runs on one core; to use all of them, call it in as many threads.

    Memory: 4 bytes a thread for each pair of its largest product.

    Args:
        dimension: ``d``.
    """

    def __init__(self, dimension: int) -> None:
        self._compiled = _compiled(dimension)
        self._of_thread = threading.local()

    def __call__(self, left: Floats, right: Floats) -> Floats:
        """``left @ right.T``, ``(n, m)`` float32; the thread's next product is written over it."""
        request = getattr(self._of_thread, "request", None)
        if request is None:
            request = self._of_thread.request = self._compiled.create_infer_request()
        found: Floats = request.infer([left, right], share_inputs=True, share_outputs=True)[0]
        return found


def blur_of_products(left: Floats) -> NDArray[np.float64]:
    """How far the products of unit rows ``(n, d)`` with any other unit rows may be from the exact ones: ``(n,)``.

    What is cut off these rows is measured, of the others the most is assumed that can be.
    """
    cut = np.linalg.norm((left - rounded(left)).astype(np.float64), axis=1)
    blur: NDArray[np.float64] = cut + (1 + cut) * ROUNDING + (left.shape[1] + 4) * _PER_SUM
    return blur


def rounded(rows: Floats) -> Floats:
    """The nearest bfloat16 numbers, the even one of two, as float32."""
    bits = np.ascontiguousarray(rows).view(np.uint32)
    half = np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))
    return ((bits + half) & np.uint32(0xFFFF0000)).view(np.float32)


@functools.cache
def multiplies_bfloat16() -> bool:
    """Whether this processor is built for it and rounds as it should: to the nearest number, and nothing but the input.

    Both are looked at, once a process: the bounds above rest on them.
    """
    if not knows_bfloat16(_core()):
        return False
    generator = np.random.default_rng(0)
    one_by_one = np.eye(32, dtype=np.float32)
    numbers = generator.standard_normal((4096, 32), dtype=np.float32)
    as_they_are = Bfloat16Product(32)(one_by_one, numbers)
    sums = Bfloat16Product(32)(rounded(numbers[:64]), rounded(numbers))
    exact = rounded(numbers[:64]).astype(np.float64) @ rounded(numbers).astype(np.float64).T
    return np.array_equal(as_they_are, rounded(numbers).T) and np.allclose(sums, exact, rtol=0, atol=1e-4)


@functools.cache
def _core() -> Any:
    return import_openvino().Core()


@functools.cache
def _compiled(dimension: int) -> Any:
    import_openvino()
    from openvino import Model, opset13  # noqa: TID251

    left, right = (opset13.parameter([-1, dimension], np.float32) for _ in range(2))
    graph = Model([opset13.matmul(left, right, False, True)], [left, right])
    settings = {"INFERENCE_PRECISION_HINT": "bf16", "NUM_STREAMS": str(cores())}
    return _core().compile_model(graph, "CPU", settings)
