"""The desk's functions as JSON under ``/api/v1``; one file a resource."""
