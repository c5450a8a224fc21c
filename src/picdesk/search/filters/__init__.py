"""Which photos may be in an answer: single conditions, and conditions joined by and, or, not."""

from picdesk.search.filters.record import ORIENTATIONS, Filters

__all__ = ["ORIENTATIONS", "Filters"]
