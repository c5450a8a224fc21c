"""What --on means, and what is said where there is no cluster, or no Ray."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from picdesk.cluster.connect import answering, cluster_address
from picdesk.errors import ClusterUnavailable, InputError
from tests.command_line import ENVIRONMENT, picdesk


@pytest.mark.parametrize(
    ("on", "said", "address"),
    [
        ("ray", "", None),
        ("ray", "local", None),
        ("ray", "auto", "auto"),
        ("ray", "head:6379", "head:6379"),
        ("ray", "ray://head:10001", "ray://head:10001"),
        ("head.example:6379", "other:1", "head.example:6379"),
        ("ray://[::1]:10001", "", "ray://[::1]:10001"),
    ],
)
def test_the_address(on: str, said: str, address: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_ADDRESS", said)
    assert cluster_address(on) == address


@pytest.mark.parametrize("on", ["", "spark", "http://head:8265", "ray://", "head", "head:port", "Ray"])
def test_what_is_no_address(on: str) -> None:
    with pytest.raises(InputError, match="no address of a cluster"):
        cluster_address(on)


def test_an_environment_that_names_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_ADDRESS", "somewhere")
    with pytest.raises(InputError, match=r"\$RAY_ADDRESS is 'somewhere'"):
        cluster_address("ray")


def test_nobody_there(tmp_path: Path, photos: Path) -> None:
    pytest.importorskip("ray")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = "{}:{}".format(*free.getsockname())
        for on in (address, f"ray://{address}"):
            said = picdesk("add", tmp_path / "archive", photos, "--on", on)
            assert said.code == 3
            assert f"no cluster answers at {on}" in said.err
    assert not (tmp_path / "archive").exists()


def test_ray_that_is_not_installed(tmp_path: Path, photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    said = picdesk("add", tmp_path / "archive", photos, "--on", "ray")
    assert said.code == 3
    assert "pip install 'picdesk[cluster]'" in said.err


def test_what_is_of_one_machine_only(tmp_path: Path, photos: Path) -> None:
    said = picdesk("add", tmp_path / "archive", photos, "--on", "ray", "--workers", "2")
    assert (said.code, "threads of this machine" in said.err) == (2, True)


OWN = """
import signal
from picdesk.cluster.connect import connected
before = signal.getsignal(signal.SIGTERM)
with connected("ray") as ray:
    assert ray.get(ray.remote(lambda: 3).remote()) == 3
    assert signal.getsignal(signal.SIGTERM) is before
assert not ray.is_initialized()
"""


def test_a_cluster_of_our_own_comes_and_goes_without_a_word(tmp_path: Path) -> None:
    pytest.importorskip("ray")
    # Ray keeps the key of a cluster of one's own in the home folder.
    alone = {name: value for name, value in ENVIRONMENT.items() if not name.startswith("RAY_")}
    done = subprocess.run(
        [sys.executable, "-c", OWN], env=alone | {"HOME": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_lost_cluster_is_said_in_words() -> None:
    ray = pytest.importorskip("ray")
    with pytest.raises(ClusterUnavailable, match="did not go on: RaySystemError"), answering(ray):
        raise ray.exceptions.RaySystemError("gone")
