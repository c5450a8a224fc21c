"""open_clip, also where torchvision is missing or does not fit torch.

open_clip and timm import torchvision for image transforms and for one class that they compare with; a model needs
neither. The builds of torchvision that pip finds do not fit torch for processors alone: importing them fails.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any

from picdesk.errors import ExtraMissing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_NAME = "torchvision"


def import_open_clip() -> Any:
    """The module ``open_clip``, with timm behind it.

    Where torchvision cannot be imported, an empty one stands in for it while open_clip and timm are imported, and is
    gone afterwards: whoever asks for torchvision later finds what was there before. One that works is used.

    Raises:
        ExtraMissing: open_clip or timm is not installed, or does not fit what else is.
    """
    packages = {"open_clip": "open_clip_torch", "timm": "timm"}
    hint = "Install them without their own demands, which bring a torchvision for GPUs: "
    hint += "pip install --no-deps open_clip_torch timm"
    missing = [package for name, package in packages.items() if importlib.util.find_spec(name) is None]
    if missing:
        raise ExtraMissing(f"a model of this architecture needs {' and '.join(missing)}", hint)
    try:
        if "open_clip" in sys.modules or _torchvision_works():
            return importlib.import_module("open_clip")
        from transformers.utils import import_utils

        import_utils.is_torchvision_available()  # remembers its answer, which has to be the true one
        with _stand_in():
            return importlib.import_module("open_clip")
    except Exception as error:  # whatever two libraries may raise that were not made for each other's version
        reason = " ".join(str(error).split())
        raise ExtraMissing(f"open_clip cannot be imported: {reason[:200]}", hint) from error


def _torchvision_works() -> bool:
    try:
        importlib.import_module(_NAME)
    except Exception:  # ImportError where it is missing, RuntimeError where it was built for another torch
        return False
    return True


@contextmanager
def _stand_in() -> Iterator[None]:
    """An empty torchvision in place of the one that is missing or broken."""
    before = _take_out()
    finder = _EmptyTorchvision()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        _take_out()
        sys.modules.update(before)


def _take_out() -> dict[str, ModuleType]:
    """Remove what is imported of torchvision; a failed import leaves parts behind."""
    names = [name for name in sys.modules if name.partition(".")[0] == _NAME]
    return {name: sys.modules.pop(name) for name in names}


class _Anything(type):
    """A class that has every attribute."""

    def __getattr__(cls, name: str) -> Any:
        return _named(name)


class _EmptyTorchvision(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Any module of torchvision, and any class in it, with nothing inside."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        del path, target
        inside = fullname.partition(".")[0] == _NAME
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True) if inside else None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        module = ModuleType(spec.name)
        module.__getattr__ = _named  # type: ignore[method-assign]
        return module

    def exec_module(self, module: ModuleType) -> None:
        """There is nothing to run."""


def _named(name: str) -> Any:
    if name.startswith("__"):  # what Python itself looks for, such as __file__
        raise AttributeError(name)
    return _Anything(name, (), {})
