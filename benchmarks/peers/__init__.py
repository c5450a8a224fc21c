"""Picdesk beside what people would use instead, each from the package registry, in an environment of its own.

``python -m benchmarks.peers``; see ``__main__.py``. Who they are, what is compared and where one of them wins:
``docs/peers.md``.
"""
