"""Tensors out of a TorchScript archive, without running any of its code.

The archive is a ZIP file: ``data.pkl`` is a pickle of the module tree, ``data/N`` are the bytes of the tensors, and
``code/`` is the program, which nobody opens here. The pickle is read with an unpickler that knows nothing but tensors,
containers of numbers, and modules as empty shells.
"""

from __future__ import annotations

import collections
import pickle
import zipfile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import IO

    import torch

_STORAGES = {
    "DoubleStorage": "float64",
    "FloatStorage": "float32",
    "HalfStorage": "float16",
    "BFloat16Storage": "bfloat16",
    "LongStorage": "int64",
    "IntStorage": "int32",
    "ShortStorage": "int16",
    "CharStorage": "int8",
    "ByteStorage": "uint8",
    "BoolStorage": "bool",
}


class ForbiddenContent(Exception):
    """A pickle asks for something that is no tensor."""


class _Shell:
    """Stands for a module: its attributes, none of its code."""

    def __setstate__(self, state: object) -> None:
        if not isinstance(state, dict):
            raise ForbiddenContent("a module that is no set of attributes")
        self.attributes = state


def is_torchscript(path: Path) -> bool:
    """Whether a file is a TorchScript archive: only those have constants beside their data."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return any(name.endswith("/constants.pkl") and name.count("/") == 1 for name in archive.namelist())


def read_torchscript(path: Path) -> dict[str, torch.Tensor]:
    """Every parameter and buffer of the module in an archive, by its dotted name, as ``state_dict`` names them.

    Raises:
        ForbiddenContent: the archive's pickle asks for anything but tensors, numbers and modules.
        Exception: the archive is damaged; ``zipfile``, ``pickle`` and torch each have their own errors.
    """
    with zipfile.ZipFile(path) as archive:
        inside = next(name for name in archive.namelist() if name.endswith("/data.pkl") and name.count("/") == 1)
        with archive.open(inside) as file:
            root = _Unpickler(file, archive, inside.removesuffix(".pkl")).load()
    if not isinstance(root, _Shell):
        raise ForbiddenContent("something that is no module")
    return dict(_tensors(root))


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: IO[bytes], archive: zipfile.ZipFile, folder: str) -> None:
        super().__init__(file)
        self._archive, self._folder = archive, folder
        self._storages: dict[str, torch.Tensor] = {}

    def find_class(self, module: str, name: str) -> Any:
        if module == "__torch__" or module.startswith("__torch__."):
            return type("Shell", (_Shell,), {})
        if module == "torch" and name in _STORAGES:
            return name
        makers: dict[tuple[str, str], Callable[..., Any]] = {
            ("torch._utils", "_rebuild_tensor_v2"): lambda *parts: _rebuilt(*parts),
            ("torch._utils", "_rebuild_parameter"): lambda tensor, *_: tensor,
            ("collections", "OrderedDict"): collections.OrderedDict,
        }
        if module == "torch.jit._pickle" and name.startswith("build_"):
            return lambda values: list(values)
        if (module, name) in makers:
            return makers[module, name]
        raise ForbiddenContent(f"{module}.{name}")

    def persistent_load(self, pid: Any) -> torch.Tensor:
        import torch

        _, kind, key, _, count = pid
        if key not in self._storages:
            entry = self._archive.getinfo(f"{self._folder}/{key}")
            dtype = getattr(torch, _STORAGES[kind])
            # Archives store tensors as they are; a compressed one could unpack to more than the machine holds.
            if entry.compress_type != zipfile.ZIP_STORED or entry.file_size < count * dtype.itemsize:
                raise ForbiddenContent(f"a tensor of {count} numbers in {entry.file_size} bytes")
            data = bytearray(self._archive.read(entry))
            self._storages[key] = torch.frombuffer(data, dtype=dtype) if data else torch.empty(0, dtype=dtype)
        return self._storages[key]


def _rebuilt(storage: torch.Tensor, offset: int, size: list[int], stride: list[int], *_: object) -> torch.Tensor:
    # as_strided refuses what lies outside the storage.
    return storage.as_strided(tuple(size), tuple(stride), offset)


def _tensors(shell: _Shell, before: str = "") -> Iterator[tuple[str, torch.Tensor]]:
    import torch

    for name, value in getattr(shell, "attributes", {}).items():
        if isinstance(value, _Shell):
            yield from _tensors(value, f"{before}{name}.")
        elif isinstance(value, torch.Tensor):
            yield f"{before}{name}", value
