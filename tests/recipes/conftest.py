"""Drawn data and tiny models, made once."""

from __future__ import annotations

import pytest

from tests.recipes.drawn_set import World, make_world


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Not to be changed."""
    return make_world(tmp_path_factory.mktemp("world"))
