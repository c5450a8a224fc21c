"""The cluster that is described for others is one that Ray's launcher takes."""

from __future__ import annotations

import tomllib

import pytest

from tests.command_line import ROOT

FILE = ROOT / "deploy/ray-cluster.yaml"


def test_rays_launcher_takes_the_file() -> None:
    pytest.importorskip("ray")
    import yaml  # type: ignore[import-untyped]
    from ray.autoscaler._private.util import prepare_config, validate_config

    config = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    validate_config(prepare_config(config))
    assert set(config["available_node_types"]) == {"head", "decode", "encode"}


def test_it_installs_what_the_extra_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (ray,) = project["optional-dependencies"]["cluster"]
    least = ray.removeprefix("ray[client,data]>=").partition(",")[0]
    assert f"'ray[client,data,default]=={least}.0'" in FILE.read_text(encoding="utf-8")
