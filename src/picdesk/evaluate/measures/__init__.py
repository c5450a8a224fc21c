"""Measures as values: ``parse_measure("nDCG@10").of(judge(run, truth))``."""

from __future__ import annotations

from picdesk.evaluate.measures.judged import Judged, judge
from picdesk.evaluate.measures.known import MEASURES, parse_measure
from picdesk.evaluate.measures.measure import Measure

__all__ = ["MEASURES", "Judged", "Measure", "judge", "parse_measure"]
