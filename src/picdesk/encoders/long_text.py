"""Texts over an encoder's limit: cut, kept to whole sentences, or read in windows. Nothing is cut silently."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from picdesk.encoders.sentences import sentences
from picdesk.encoders.unit import unit_rows
from picdesk.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from picdesk.encoders.protocol import Encoder

POLICIES = ("truncate", "sentences", "pool")


@dataclass(frozen=True, slots=True, eq=False)
class LongTexts:
    """The vectors of texts, and what was left out for them.

    Attributes:
        vectors: ``(n, d)`` float32, unit rows.
        cut: tokens of each text that were not read; 0 where all were.
    """

    vectors: NDArray[np.float32]
    cut: tuple[int, ...]


def encode_long(encoder: Encoder, texts: Sequence[str], policy: str = "truncate") -> LongTexts:
    """Encode texts of any length.

    Args:
        encoder: any with a text side.
        texts: any texts.
        policy: for texts over the encoder's limit. ``truncate`` reads the first tokens. ``sentences`` reads the first
            sentences, as many as fit whole; a first sentence that alone is too long is cut. ``pool`` reads everything,
            in windows of whole sentences (words, characters, where a sentence does not fit), and takes the mean of the
            windows' unit vectors, made a unit vector again.

    Raises:
        InputError: no such policy, the encoder has no text side, or a text has no vector.
    """
    if policy not in POLICIES:
        raise InputError(f"no policy for long texts called {policy!r}", f"Choose one of: {', '.join(POLICIES)}.")
    plans = [[text] for text in texts]
    cut = [0] * len(texts)
    ruler = _Ruler(encoder)
    for number, count in enumerate(encoder.count_tokens(texts)):
        if count <= ruler.limit:
            continue
        if policy == "pool":
            plans[number] = ruler.windows(texts[number])
            cut[number] = sum(ruler.excess(window) for window in plans[number])
        elif policy == "sentences":
            plans[number], rest = ruler.opening(texts[number])
            cut[number] = ruler.excess(plans[number][0]) + ruler.inside(rest)
        else:
            cut[number] = count - ruler.limit
    rows = encoder.encode_texts([window for plan in plans for window in plan])
    return LongTexts(_means(rows, [len(plan) for plan in plans], encoder.name), tuple(cut))


class _Ruler:
    """Measures texts in an encoder's tokens.

    Tokens of parts do not add up to those of the whole, so a text that is put together is counted as a whole.
    """

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.limit = encoder.text_limit or 0
        (self._special,) = encoder.count_tokens([""])

    def excess(self, text: str) -> int:
        """Tokens over the limit."""
        return max(0, self._encoder.count_tokens([text])[0] - self.limit)

    def inside(self, text: str) -> int:
        """Tokens without special ones."""
        return self._encoder.count_tokens([text])[0] - self._special

    def opening(self, text: str) -> tuple[list[str], str]:
        """The first sentences that fit, at least one, and the rest of the text."""
        pieces = sentences(text)
        taken = self._fitting(pieces)
        return ["".join(pieces[:taken])], "".join(pieces[taken:])

    def windows(self, text: str) -> list[str]:
        """The text in windows that fit, without windows in which there is nothing to read."""
        windows = self._divided(text, (sentences, _words, list))
        return [window for window in windows if self.inside(window)] or [text]

    def _divided(self, text: str, ways: Sequence[Callable[[str], list[str]]]) -> list[str]:
        way, *finer = ways
        pieces = way(text)
        windows: list[str] = []
        while pieces:
            taken = self._fitting(pieces)
            window = "".join(pieces[:taken])
            pieces = pieces[taken:]
            if finer and self.excess(window):
                windows += self._divided(window, finer)
            else:
                windows.append(window)
        return windows

    def _fitting(self, pieces: Sequence[str]) -> int:
        """How many pieces, at least one, fit from the start: doubled while they fit, then halved in between."""
        fits, over = 1, 2
        while over <= len(pieces) and not self.excess("".join(pieces[:over])):
            fits, over = over, 2 * over
        over = min(over, len(pieces) + 1)
        while over - fits > 1:
            middle = (fits + over) // 2
            if self.excess("".join(pieces[:middle])):
                over = middle
            else:
                fits = middle
        return fits


def _words(text: str) -> list[str]:
    """Words, each with the white space behind it."""
    return re.findall(r"^\s+|\S+\s*", text)


def _means(rows: NDArray[np.float32], sizes: Sequence[int], encoder: str) -> NDArray[np.float32]:
    """The mean of each run of so many rows, as unit rows; a single row stays as it is."""
    if len(rows) == len(sizes):
        return rows
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    means = unit_rows(np.add.reduceat(rows.astype(np.float64), starts), encoder, "text")
    single = np.flatnonzero(np.asarray(sizes) == 1)
    means[single] = rows[starts[single]]
    return means
