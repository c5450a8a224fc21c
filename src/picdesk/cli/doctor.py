"""The verb that says what works on this machine."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
import shutil
from contextlib import suppress
from dataclasses import asdict, dataclass

import typer

from picdesk.cli.options import Json, Quiet
from picdesk.cli.panels import START
from picdesk.cli.show import console, show_json

EXTRAS = {
    "demo": ("skimage",),
    "torch": ("torch", "transformers", "safetensors", "onnx", "onnxscript"),
    "train": ("torch", "safetensors", "onnx"),
    "translate": ("ctranslate2", "sentencepiece"),
    "report": ("matplotlib",),
    "ratings": ("openpyxl",),
    "desk": ("fastapi", "jinja2", "uvicorn", "argon2", "python_multipart", "prometheus_client", "fpdf", "uharfbuzz"),
    "cloud": ("obstore",),
    "cluster": ("ray", "pandas", "grpc"),
}
CORE = (
    *("lancedb", "pyarrow", "faiss-cpu", "onnxruntime", "openvino", "tokenizers", "pillow", "trafilatura"),
    *("lingua-language-detector", "pysbd", "selectolax", "resiliparse"),
)
INSTEAD = {"onnxruntime": ("onnxruntime-gpu", "onnxruntime-directml"), "faiss-cpu": ("faiss-gpu",)}
"""Other builds of the same library."""
FOREIGN = ("open_clip", "timm")
"""What opens models with towers that are neither OpenAI's nor SigLIP's; installed without torchvision."""


def register(app: typer.Typer) -> None:
    """Put this file's verb on the command line."""
    app.command(rich_help_panel=START, epilog="Example: picdesk doctor --json")(doctor)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that works here or not, and the line that installs it."""

    name: str
    works: bool
    what: str


def doctor(as_json: Json = False, quiet: Quiet = False) -> None:
    """Say what works on this machine and what is missing."""
    extras = [_extra(name, parts) for name, parts in EXTRAS.items()]
    checks = [_python(), *map(_library, CORE), _runtime(), *extras, _foreign(), _apertium()]
    if as_json:
        show_json({"ok": all(check.works for check in _needed(checks)), "checks": [asdict(check) for check in checks]})
    else:
        for check in checks:
            if not quiet or not check.works:
                mark = "[green]ok[/]     " if check.works else "[yellow]missing[/]"
                console().print(f"{mark} {check.name:<26}", end="")
                console().print(check.what, markup=False)
    if not all(check.works for check in _needed(checks)):
        raise typer.Exit(3)


def _needed(checks: list[Check]) -> list[Check]:
    return [check for check in checks if not check.name.startswith(("extra ", "also "))]


def _python() -> Check:
    return Check("python", True, f"{platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores")


def _library(name: str) -> Check:
    for build in (name, *INSTEAD.get(name, ())):
        with suppress(importlib.metadata.PackageNotFoundError):
            version = importlib.metadata.version(build)
            return Check(name, True, version if build == name else f"{build} {version}")
    # OpenVINO has wheels for x86 only, and ONNX Runtime does its work elsewhere.
    needed = name != "openvino" or platform.machine() in {"x86_64", "AMD64"}
    return Check(name, not needed, f"pip install {name}" if needed else "not for this processor, not needed")


def _runtime() -> Check:
    from picdesk.encoders import describe_runtime
    from picdesk.errors import PicdeskError

    try:
        return Check("encoder runtime", True, describe_runtime())
    except PicdeskError as error:
        return Check("encoder runtime", False, error.message)


def _extra(name: str, parts: tuple[str, ...]) -> Check:
    missing = [part for part in parts if importlib.util.find_spec(part) is None]
    what = f"pip install 'picdesk[{name}]'" if missing else ", ".join(parts)
    return Check(f"extra {name}", not missing, what)


def _foreign() -> Check:
    missing = [part for part in FOREIGN if importlib.util.find_spec(part) is None]
    what = "pip install --no-deps open_clip_torch timm" if missing else ", ".join(FOREIGN)
    return Check("also foreign towers", not missing, what)


def _apertium() -> Check:
    here = shutil.which("apertium") is not None
    return Check("also apertium", here, "translates some pairs" if here else "a system package, for some languages")
