"""What runs an ONNX graph: one interface, one file a runtime."""

from picdesk.encoders.runtimes.choose import (
    asked_runtime,
    check_runtime,
    choose_runtime,
    describe_runtime,
    open_session,
    runtimes_here,
)
from picdesk.encoders.runtimes.session import Feeds, Session

__all__ = [
    "Feeds",
    "Session",
    "asked_runtime",
    "check_runtime",
    "choose_runtime",
    "describe_runtime",
    "open_session",
    "runtimes_here",
]
