"""LanceDB, loaded without what no archive needs: nearly half a second of the start of every verb that opens one."""

from __future__ import annotations

import sys
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import Any

REST_CLIENT = "lance_namespace_urllib3_client"
"""Classes of LanceDB's catalogues over HTTP, made at import by pydantic; LanceDB takes only records out of it."""


class _Unread(ModuleType):
    """A package whose modules can be imported, and which is itself read when something of its own is asked for."""

    def __getattr__(self, name: str) -> Any:
        if self.__class__ is not _Unread or self.__spec__ is None or self.__spec__.loader is None:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        self.__class__ = ModuleType  # type: ignore[assignment]
        self.__spec__.loader.exec_module(self)
        return getattr(self, name)


def import_lancedb() -> Any:
    """Import LanceDB; the house imports it nowhere else first.

    LanceDB's records of a catalogue lie in a package that imports a client for each of its services, 0.4 s on the
    machine of docs/numbers.md, whether or not a catalogue is used. It stays unread until somebody asks for a client.
    """
    if REST_CLIENT not in sys.modules and (found := find_spec(REST_CLIENT)) is not None:
        package = module_from_spec(found)
        package.__class__ = _Unread
        sys.modules[REST_CLIENT] = package
    import lancedb

    return lancedb
