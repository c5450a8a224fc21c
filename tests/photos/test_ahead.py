"""Work ahead of the reader: in order, bounded, and errors in their place."""

from __future__ import annotations

import threading
import time

import pytest

from picdesk.photos.ahead import ahead


@pytest.mark.parametrize("items", [0, 1, 7, 50])
@pytest.mark.parametrize("reach", [1, 4, 100])
def test_results_come_in_order_and_few_are_begun(items: int, reach: int) -> None:
    begun: list[int] = []
    lock = threading.Lock()

    def work(item: int) -> int:
        with lock:
            begun.append(item)
        time.sleep(0.001 * (item % 3))
        return item * item

    for place, result in enumerate(ahead(work, range(items), threads=3, reach=reach)):
        assert result == place * place
        with lock:
            assert len(begun) <= place + 1 + reach
    assert sorted(begun) == list(range(items))


def test_an_error_comes_where_its_result_would_have_come() -> None:
    results = ahead(lambda item: 1 // (3 - item), range(9), threads=2, reach=5)
    assert [next(results) for _ in range(3)] == [0, 0, 1]
    with pytest.raises(ZeroDivisionError):
        next(results)
