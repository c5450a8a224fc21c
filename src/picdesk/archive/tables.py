"""LanceDB's tables in an object store, with the store's failures as our errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from picdesk.objects import ObjectPath
from picdesk.objects.bucket import is_failure, unavailable

if TYPE_CHECKING:
    from picdesk.errors import StorageUnavailable
    from picdesk.objects import Place


class AnsweringTable:
    """Anything of LanceDB's, face unchanged: what its store refuses is raised as `StorageUnavailable`.

    LanceDB quotes the store's whole answer, with addresses that are signed and names of keys; none of that leaves here.

    Args:
        inner: a connection, a table or a query.
        folder: of the archive.
    """

    def __init__(self, inner: Any, folder: ObjectPath) -> None:
        self._inner = inner
        self._folder = folder

    def __getattr__(self, name: str) -> Any:
        try:
            value = getattr(self._inner, name)
        except AttributeError:
            raise
        except Exception as error:
            raise failure_of(self._folder, error) or error from None
        return self._called(value) if callable(value) else value

    def _called(self, method: Any) -> Any:
        def call(*arguments: Any, **named: Any) -> Any:
            try:
                result = method(*arguments, **named)
            except Exception as error:
                raise failure_of(self._folder, error) or error from None
            # Tables of connections, and queries that are put together step by step, ask the store later.
            return AnsweringTable(result, self._folder) if type(result).__module__.startswith("lancedb") else result

        return call


def failure_of(folder: Place, error: Exception) -> StorageUnavailable | None:
    """The error to raise where LanceDB failed because an object store did; ``None`` where it has another cause."""
    return unavailable(folder.address, error) if isinstance(folder, ObjectPath) and is_failure(error) else None
