"""Files that lie in an object store (S3, Google Cloud Storage, Azure Blob) instead of on a disk."""

from __future__ import annotations

from picdesk.objects.object_path import ObjectPath, Place, place_of

__all__ = ["ObjectPath", "Place", "place_of"]
