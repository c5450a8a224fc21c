"""Whether there is an NVIDIA card, asked of its driver, without a library that takes seconds to load."""

from __future__ import annotations

import ctypes
import sys


def cuda_cards() -> int:
    """Cards that CUDA programs may use here; ``CUDA_VISIBLE_DEVICES`` counts."""
    name = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"
    count = ctypes.c_int(0)
    try:
        driver = ctypes.CDLL(name)
        if driver.cuInit(0) != 0 or driver.cuDeviceGetCount(ctypes.byref(count)) != 0:
            return 0
    except (OSError, AttributeError):  # no driver, or a library of that name that is none
        return 0
    return count.value
