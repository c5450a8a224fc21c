"""Where photos come from: folders, lists, tar shards, the benchmark's data set, single files."""

from __future__ import annotations

from picdesk.photos.sources.found import Found, Source
from picdesk.photos.sources.recognise import FORMATS, open_source

__all__ = ["FORMATS", "Found", "Source", "open_source"]
