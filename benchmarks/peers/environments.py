"""A Python environment for each peer, made by pip alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[1]

CONSTRAINTS = "torch==2.13.0+cpu\n"
"""The build for processors alone: any other brings gigabytes of libraries for graphics cards, or pip finds none."""

LONGEST = 1800
"""Seconds after which a job is given up."""

DROPPED = ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "OMP_NUM_THREADS", "VIRTUAL_ENV", "PIP_CONSTRAINT")
"""Variables of this process that would set a peer apart from one that a user starts."""


class Failed(Exception):
    """A peer could not do what it was asked; the text says what it said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """Who is compared.

    Attributes:
        module: name of its file in ``sides/``.
        name: what it is called in print.
        install: what pip is asked for.
        versions: packages whose versions are printed.
    """

    module: str
    name: str
    install: tuple[str, ...]
    versions: tuple[str, ...]


def read_peers(only: list[str]) -> list[Peer]:
    """All of ``peers.toml``, or those named by module or name."""
    said = tomllib.loads((HERE / "peers.toml").read_text(encoding="utf-8"))
    peers = [
        Peer(module=module, name=each["name"], install=tuple(each["install"]), versions=tuple(each["versions"]))
        for module, each in said.items()
    ]
    unknown = set(only) - {name for peer in peers for name in (peer.module, peer.name)}
    if unknown:
        raise SystemExit(f"no such peer: {', '.join(sorted(unknown))}; there are {', '.join(said)}")
    return [peer for peer in peers if not only or {peer.module, peer.name} & set(only)]


@dataclass(frozen=True, slots=True)
class Environment:
    """One peer's environment, and what is run in it.

    Attributes:
        peer: whose.
        folder: where it is.
        wheels: a folder with Picdesk's own wheel, which no registry has in this state.
    """

    peer: Peer
    folder: Path
    wheels: Path

    @property
    def python(self) -> Path:
        return self.folder / "bin/python"

    def create(self) -> None:
        """An empty one, and all that pip will want in pip's cache."""
        run([sys.executable, "-m", "venv", "--clear", str(self.folder)])
        thrown_away = self.folder.with_suffix(".wheels")
        run([*self._pip("wheel"), "--wheel-dir", str(thrown_away), *self.peer.install])
        run(["rm", "-r", str(thrown_away)])

    def install(self) -> None:
        run([*self._pip("install"), *self.peer.install])

    def is_there(self) -> bool:
        """Whether it was installed before, all of it."""
        try:
            return bool(self.versions())
        except (Failed, OSError):
            return False

    def versions(self) -> dict[str, str]:
        code = "import json,sys,importlib.metadata as m; print(json.dumps({n: m.version(n) for n in sys.argv[1:]}))"
        said, _ = run([str(self.python), "-c", code, *self.peer.versions])
        return dict(json.loads(said.splitlines()[-1]))

    def megabytes(self) -> int:
        return megabytes_of(self.folder)

    def job(self, job: str, **asked: Any) -> dict[str, Any]:
        """One job in a process of its own; beside what it says, its ``whole`` seconds and ``peak`` megabytes.

        Raises:
            Failed: it ended otherwise.
        """
        said = {name: str(value) if isinstance(value, Path) else value for name, value in asked.items()}
        command = [str(self.python), "-m", "benchmarks.peers.inside", self.peer.module, job, json.dumps(said)]
        start = time.perf_counter()
        output, peak = run(command)
        return {**json.loads(output.splitlines()[-1]), "whole": time.perf_counter() - start, "peak": peak}

    def _pip(self, verb: str) -> list[str]:
        constraints = self.wheels / "constraints.txt"
        if not constraints.exists():
            constraints.write_text(CONSTRAINTS)
        pip = [str(self.python), "-m", "pip", verb, "--quiet", "--disable-pip-version-check"]
        return [*pip, "--constraint", str(constraints), "--find-links", str(self.wheels)]


def build_wheel(folder: Path) -> Path:
    """Picdesk as it is here, as a wheel; its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    run([sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT)])
    return folder


def run(command: list[str]) -> tuple[str, int]:
    """What a program prints, and the most memory that it and its children held at a time, in MB.

    Raises:
        Failed: it ended with an error, or ran for longer than half an hour.
    """
    kept = {name: value for name, value in os.environ.items() if name not in DROPPED}
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=kept | {"HF_HUB_OFFLINE": "1", "WANDB_MODE": "disabled"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        watched = Watched(process.pid)
        try:
            output, errors = process.communicate(timeout=LONGEST)
        except subprocess.TimeoutExpired as error:
            process.kill()
            raise Failed(f"nothing after {LONGEST} s") from error
        finally:
            peak = watched.stop()
    if process.returncode:
        raise Failed(
            f"exit code {process.returncode}: {' | '.join((errors or output).strip().splitlines()[-4:])[-600:]}"
        )
    return output, peak


def megabytes_of(folder: Path) -> int:
    """What a folder takes on disk, links not followed."""
    sizes = (path.lstat().st_size for path in folder.rglob("*") if not path.is_dir() or path.is_symlink())
    return round(sum(sizes) / 1e6)


class Watched:
    """The most memory that the processes of a session held at a time, in kB: a shared page is shared out among them."""

    def __init__(self, session: int) -> None:
        self._session = session
        self._others: set[str] = set()
        self.most = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> int:
        self._ended.set()
        self._thread.join()
        return round(self.most / 1000)

    def _watch(self) -> None:
        while not self._ended.wait(0.2):
            numbers = {path.name for path in Path("/proc").iterdir() if path.name.isdigit()}
            self.most = max(self.most, sum(self._kilobytes(Path("/proc", name)) for name in numbers - self._others))

    def _kilobytes(self, process: Path) -> int:
        try:
            if int((process / "stat").read_text().rpartition(")")[2].split()[3]) != self._session:
                self._others.add(process.name)
                return 0
            lines = (process / "smaps_rollup").read_text().splitlines()
        except (OSError, IndexError):  # it has ended meanwhile
            return 0
        return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
