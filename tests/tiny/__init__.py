"""Tiny encoders for tests."""

from tests.tiny.clip import COLOURS, build_clip

__all__ = ["COLOURS", "build_clip"]
