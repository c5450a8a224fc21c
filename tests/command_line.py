"""Run the command line as a user does, in this process (fast) or in one of its own (honest)."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

ROOT = Path(__file__).resolve().parents[1]
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if name not in {"FORCE_COLOR", "PYTHONDONTWRITEBYTECODE"}},
    "HF_HUB_OFFLINE": "1",
    "OMP_NUM_THREADS": "1",  # sums in another order have other last bits, and two tests run at a time
    "PICDESK_CACHE": str(Path(tempfile.gettempdir()) / f"picdesk-tests-{os.getuid()}"),
    "NO_COLOR": "1",
    "COLUMNS": "100",
    "TERM": "dumb",
}


@dataclass(frozen=True)
class Said:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        document = json.loads(self.out)
        assert isinstance(document, dict)
        return document


def picdesk(*arguments: object, stdin: str = "", cwd: Path | None = None) -> Said:
    """Run ``picdesk ARGUMENTS`` in this process, which saves the second or two of a start."""
    from picdesk.cli import main

    out, err = io.StringIO(), io.StringIO()
    code = 0
    with (
        mock.patch.object(sys, "argv", ["picdesk", *map(str, arguments)]),
        mock.patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8")),
        mock.patch.dict(os.environ, ENVIRONMENT),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        contextlib.chdir(cwd or Path.cwd()),
    ):
        try:
            main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
    return Said(code, out.getvalue(), err.getvalue())


def start_picdesk(*arguments: object, cwd: Path | None = None, code: str = "") -> subprocess.Popen[str]:
    """Start ``picdesk ARGUMENTS`` as a process of its own, in which ``code`` is run first."""
    return subprocess.Popen(
        [sys.executable, "-c", f"{code}\nfrom picdesk.cli import main; main()", *map(str, arguments)],
        cwd=cwd,
        env=ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run_picdesk(*arguments: object, cwd: Path | None = None, timeout: float = 600) -> Said:
    """Run ``picdesk ARGUMENTS`` as a process of its own."""
    process = start_picdesk(*arguments, cwd=cwd)
    out, err = process.communicate(timeout=timeout)
    return Said(process.returncode, out, err)
