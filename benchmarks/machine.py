"""What a measurement must say about where it was made."""

from __future__ import annotations

import json
import os
import platform
import resource
import statistics
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

LIBRARIES = ("picdesk", "lancedb", "openvino", "onnxruntime", "pillow", "numpy")


def machine() -> dict[str, Any]:
    """Processor, cores and versions."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in LIBRARIES},
    }


def report(benchmark: str, **figures: Any) -> None:
    """Print one JSON line."""
    program = Path(sys.argv[0])
    name = program.parent.name if program.stem == "__main__" else program.stem
    command = " ".join(["python", "-m", f"benchmarks.{name}", *map(_without_path, sys.argv[1:])])
    print(json.dumps({"benchmark": benchmark, **figures, "command": command, "machine": machine()}), flush=True)


def spread(values: list[float]) -> dict[str, float]:
    """Median, smallest and largest of repeated measurements."""
    return {
        "median": round(statistics.median(values), 4),
        "min": round(min(values), 4),
        "max": round(max(values), 4),
        "runs": len(values),
    }


def held() -> dict[str, float]:
    """What this process holds, in MB: memory of its own, and with pages of files."""
    lines = Path("/proc/self/status").read_text().splitlines()
    said = {line.split(":")[0]: int(line.split()[1]) / 1000 for line in lines if line.startswith(("RssAnon", "VmRSS"))}
    return {"own": round(said["RssAnon"], 1), "resident": round(said["VmRSS"], 1)}


def peak_memory() -> float:
    """The most memory this process ever held, in MB."""
    scale = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale / 1e6


def _without_path(argument: str) -> str:
    return Path(argument).name if os.sep in argument else argument


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    model = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.processor())
    flags = next((line for line in lines if line.startswith("flags")), "")
    known = [name for name in ("avx2", "avx512_vnni", "avx512_bf16", "amx_bf16") if f" {name}" in flags]
    return f"{model} ({', '.join(known)})" if known else model
