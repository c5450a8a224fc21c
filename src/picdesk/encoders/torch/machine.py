"""What torch computes on and with here."""

from __future__ import annotations

import re

from picdesk.encoders.runtimes.cuda import cuda_cards
from picdesk.encoders.torch.extra import has_torch, need_torch
from picdesk.errors import InputError, MissingError


def has_cuda() -> bool:
    """Whether torch can use a CUDA card; loads torch only where a driver reports a card."""
    if not cuda_cards() or not has_torch():
        return False
    import torch

    return bool(torch.cuda.is_available())


def torch_device() -> str:
    """``cuda`` or ``cpu``."""
    return "cuda" if has_cuda() else "cpu"


def device_named(device: str | None = None) -> str:
    """Torch's name of a device that is asked for; loads torch only where a driver reports a card.

    Args:
        device: ``cpu``, ``cuda``, ``cuda:N``; ``None`` for a card where there is one, else the processor.

    Raises:
        ExtraMissing: a card is asked for, and torch is not installed.
        InputError: no such device.
        MissingError: there is no such card here.
    """
    if device is None:
        return torch_device()
    if not re.fullmatch(r"cpu|cuda(:[0-9]+)?", device):
        raise InputError(f"no device called {device!r}", "Choose cpu, cuda or cuda:N.")
    if device != "cpu":
        need_torch("computing on a card")
        import torch

        if not has_cuda() or int(device[5:] or 0) >= torch.cuda.device_count():
            raise MissingError(f"torch finds no card {device} here", "Leave --device out to compute on the processor.")
    return device


def fast_precisions(device: str) -> tuple[str, ...]:
    """Precisions below float32 that the device is built for, the one to try first first.

    On a card bfloat16 and float16 are as fast as each other; bfloat16 cannot overflow where float32 does not, so it
    goes first. A processor that imitates bfloat16 is slower with it than without.

    Args:
        device: ``cuda`` or ``cpu``.
    """
    import torch

    if device == "cuda":
        return ("bf16", "fp16") if torch.cuda.is_bf16_supported(including_emulation=False) else ("fp16",)
    built_for = torch.cpu.get_capabilities()
    return ("bf16",) if any(built_for.get(name) for name in ("amx_bf16", "avx512_bf16", "bf16")) else ()


def torch_runtimes() -> tuple[str, ...]:
    """Every precision in which torch can run a checkpoint here, the most exact first; none without the extra."""
    if not has_torch():
        return ()
    fast = fast_precisions(torch_device())
    return ("torch-float32", *(f"torch-{precision}" for precision in reversed(fast)))
