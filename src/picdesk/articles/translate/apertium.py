"""Translating with Debian's ``apertium``: rules and dictionaries, no model; rough, and there at once."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING

from picdesk.articles.language import normal_code
from picdesk.articles.translate.marian import has_letter
from picdesk.errors import TranslatorMissing

if TYPE_CHECKING:
    from collections.abc import Sequence

_SECONDS = 20.0
"""For a question and its start; real pairs translate some thousand sentences a second."""
_PER_SENTENCE = 0.05
_AT_ONCE = 2000
_SERBO_CROATIAN = {"sr", "hr", "bs"}  # Apertium has one code for them: hbs


class ApertiumTranslator:
    """A translator that asks ``apertium`` on this machine (M. L. Forcada et al., Machine Translation 25, 2011).

    Args:
        source: ISO 639-1 code of the language to read.
        target: of the language to write.
        seconds: for one question, beside the time that its sentences may take.

    Raises:
        TranslatorMissing: ``apertium`` is not installed, or without this pair.
    """

    def __init__(self, source: str, target: str, *, seconds: float = _SECONDS) -> None:
        mode = find_mode(source, target)
        if mode is None:
            what = "apertium is not installed" if shutil.which("apertium") is None else "apertium here has no such pair"
            raise TranslatorMissing(
                f"{what}: {source} to {target}",
                "On Debian its pairs are packages: apt install apertium, and one of those that "
                "apt search '^apertium-' lists; apertium -l says what is here.",
            )
        self._mode = mode
        self._seconds = seconds
        self.name = f"apertium {mode}"
        self.source = source
        self.target = target

    def translate(self, sentences: Sequence[str]) -> list[str]:
        """Translate sentences, in the order given; those without a letter stay as they are.

        Raises:
            TranslatorMissing: ``apertium`` fails, or takes too long.
        """
        wanted = [" ".join(sentence.split()) for sentence in dict.fromkeys(sentences) if has_letter(sentence)]
        said: dict[str, str] = {}
        for start in range(0, len(wanted), _AT_ONCE):
            some = wanted[start : start + _AT_ONCE]
            said |= dict(zip(some, self._lines(some), strict=True))
        return [said.get(" ".join(sentence.split()), sentence) for sentence in sentences]

    def _lines(self, lines: list[str]) -> list[str]:
        """Translations of lines: all in one question, or one question each where lines were run together."""
        # An empty line keeps a rule from reaching over into the next sentence.
        answers = [line for line in self._ask("\n\n".join(lines) + "\n", len(lines)).split("\n") if line.strip()]
        if len(answers) != len(lines):
            answers = [self._ask(line + "\n", 1) for line in lines]
        return [" ".join(answer.split()) for answer in answers]

    def _ask(self, text: str, count: int) -> str:
        code, out, err = _run(["apertium", "-u", self._mode], text, self._seconds + _PER_SENTENCE * count)
        if code is None:
            raise TranslatorMissing(
                f"apertium {self._mode} did not answer within {self._seconds + _PER_SENTENCE * count:.0f} s",
                f"Try it by hand: echo Text | apertium {self._mode}",
            )
        if code or not out.strip():
            reason = " ".join(err.split())[:300] or f"exit code {code}, and no text"
            raise TranslatorMissing(
                f"apertium {self._mode} failed: {reason}", f"Try it by hand: echo Text | apertium {self._mode}"
            )
        return out


def find_mode(source: str, target: str) -> str | None:
    """What ``apertium`` here calls a pair; ``None`` where it is not installed, or without that pair."""
    if shutil.which("apertium") is None:
        return None
    code, out, _ = _run(["apertium", "-l"], "", _SECONDS)
    if code != 0:
        return None
    fitting = [mode for mode in out.split() if _fits(mode, source, target)]
    return min(fitting, key=lambda mode: (len(mode), mode), default=None)  # the plain pair before its variants


def _fits(mode: str, source: str, target: str) -> bool:
    read, _, write = mode.partition("-")
    return source in _codes(read) and target in _codes(write)


def _codes(part: str) -> set[str | None]:
    return set(_SERBO_CROATIAN) if part.partition("_")[0] == "hbs" else {normal_code(part)}


def _run(command: list[str], text: str, seconds: float) -> tuple[int | None, str, str]:
    """Exit code, ``None`` where time ran out, and what was printed."""
    try:
        process = subprocess.Popen(  # noqa: S603
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,  # it is a shell script with a pipeline: all of it has to be stopped
        )
    except OSError as error:
        return 127, "", str(error)
    with process:
        try:
            out, err = process.communicate(text.encode("utf-8", "replace"), timeout=seconds)
        except subprocess.TimeoutExpired:
            return None, "", ""
        finally:
            if process.poll() is None:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
    return process.returncode, out.decode("utf-8", "replace"), err.decode("utf-8", "replace")
