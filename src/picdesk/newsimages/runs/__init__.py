"""Runs on disk: what a system answered to many articles, in the formats of the field."""

from __future__ import annotations

from picdesk.newsimages.runs.formats import RUN_FORMATS, read_run, run_format, write_run
from picdesk.newsimages.runs.make import make_run

__all__ = ["RUN_FORMATS", "make_run", "read_run", "run_format", "write_run"]
