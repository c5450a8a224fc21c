"""What a desk counts, for Prometheus (text format 0.0.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.responses import Response

if TYPE_CHECKING:
    from collections.abc import Callable

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.5, 5.0, 10.0)

router = APIRouter(include_in_schema=False)


class Metrics:
    """Counters of one desk.

    Args:
        waiting: asked for the searches that wait for a thread.
    """

    def __init__(self, waiting: Callable[[], int]) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "picdesk_requests",
            "Requests answered, by route, method and status.",
            ["route", "method", "status"],
            registry=self.registry,
        )
        self.seconds = Histogram(
            "picdesk_request_seconds",
            "Seconds from a request's head to the end of its answer.",
            ["route", "method"],
            buckets=SECONDS,
            registry=self.registry,
        )
        self.searches = Histogram(
            "picdesk_search_seconds",
            "Seconds that searches took in their thread, without waiting.",
            buckets=SECONDS,
            registry=self.registry,
        )
        self.texts = Counter(
            "picdesk_texts",
            "Texts that an encoder was asked for, by whether they were remembered.",
            ["encoder", "remembered"],
            registry=self.registry,
        )
        self.batches = Histogram(
            "picdesk_text_batch",
            "Texts that an encoder read in one go.",
            ["encoder"],
            buckets=(1, 2, 4, 8, 16, 32),
            registry=self.registry,
        )
        Gauge("picdesk_waiting", "Searches that wait for a thread.", registry=self.registry).set_function(waiting)
        self.thumbnails = Counter(
            "picdesk_thumbnails",
            "Small pictures sent, by whether they were made before.",
            ["made_before"],
            registry=self.registry,
        )


@router.get("/metrics")
def metrics(request: Request) -> Response:
    """The counters as text."""
    registry = request.app.state.desk.metrics.registry
    return Response(generate_latest(registry), media_type="text/plain; version=0.0.4; charset=utf-8")
