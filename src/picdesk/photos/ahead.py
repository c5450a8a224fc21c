"""Work in threads, a bounded number of items ahead of the reader."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    T = TypeVar("T")
    R = TypeVar("R")


def ahead(work: Callable[[T], R], items: Iterable[T], *, threads: int, reach: int) -> Iterator[R]:
    """What ``work`` makes of each item, in order.

    An executor's own ``map`` asks everything at once and holds what nobody has fetched yet.

    Args:
        work: called in threads; what it raises is raised where its result would have come.
        items: taken as they are needed.
        threads: how many work at a time.
        reach: items that are begun before they are asked for.
    """
    left = iter(items)
    with ThreadPoolExecutor(threads, thread_name_prefix="ahead") as pool:
        waiting = deque(pool.submit(work, item) for item in islice(left, reach))
        while waiting:
            done = waiting.popleft().result()
            waiting.extend(pool.submit(work, item) for item in islice(left, 1))
            yield done
