"""YFCC100M (Thomee et al., CACM 2016): tables of 100 million photos and videos of Flickr, joined with pictures."""

from __future__ import annotations

from picdesk.photos.sources.yfcc100m.source import Yfcc100m, is_yfcc100m, open_yfcc100m

__all__ = ["Yfcc100m", "is_yfcc100m", "open_yfcc100m"]
