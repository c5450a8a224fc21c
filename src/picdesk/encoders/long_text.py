"""Texts over an encoder's limit: cut, kept to whole sentences, or read in windows. Nothing is cut silently."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from picdesk.encoders.sentences import sentences
from picdesk.encoders.unit import unit_rows
from picdesk.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from picdesk.encoders.protocol import Encoder

_PARAGRAPH_END = re.compile(r"\n[^\S\n]*+\n\s*+")

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


@dataclass(frozen=True, slots=True)
class Fitted:
    """A text as an encoder reads it.

    Attributes:
        windows: what is read: the text, its beginning, or all of it in windows.
        tokens: of the whole text, special ones included.
        cut: tokens that are not read.
        rest: the text behind what is read, where whole sentences were left out.
    """

    windows: tuple[str, ...]
    tokens: int
    cut: int = 0
    rest: str = ""


class TokenCounter(Protocol):
    """As much of an encoder as it takes to measure texts."""

    @property
    def name(self) -> str:
        """The encoder's name."""

    @property
    def text_limit(self) -> int | None:
        """Tokens that a text may have, special ones included."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text before any cut, special ones included."""


def fit_texts(
    counter: TokenCounter,
    texts: Sequence[str],
    policy: str = "truncate",
    *,
    budget: int | None = None,
    divide: Callable[[str], list[str]] = sentences,
) -> list[Fitted]:
    """What an encoder reads of texts of any length, see ``encode_long``.

    Args:
        counter: the encoder, or as much of it as counts tokens.
        texts: any texts.
        policy: for texts over the limit.
        budget: tokens a text may have, special ones included, where that is less than the encoder's limit. A text, or
            its first sentence, that must be cut inside a sentence is cut at this many tokens too.
        divide: a text to its sentences, each with the white space behind it; none goes on over an empty line.

    Raises:
        InputError: no such policy, or a budget with no room for a word.
    """
    if policy not in POLICIES:
        raise InputError(f"no policy for long texts called {policy!r}", f"Choose one of: {', '.join(POLICIES)}.")
    ruler = _Ruler(counter, divide, budget)
    fitted = []
    for text, count in zip(texts, counter.count_tokens(texts), strict=True):
        if count <= ruler.limit:
            fitted.append(Fitted((text,), count))
        elif policy == "pool":
            windows = ruler.windows(text)
            fitted.append(Fitted(tuple(windows), count, sum(map(ruler.excess, windows))))
        elif policy == "sentences":
            first, rest = ruler.opening(text)
            fitted.append(Fitted((ruler.shortened(first),), count, ruler.excess(first) + ruler.inside(rest), rest))
        else:
            fitted.append(Fitted((ruler.shortened(text),), count, count - ruler.limit))
    return fitted


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
    return encode_fitted(encoder, fit_texts(encoder, texts, policy))


def encode_fitted(encoder: Encoder, fitted: Sequence[Fitted]) -> LongTexts:
    """Encode texts that were fitted to this encoder: of several windows the mean, as a unit vector.

    Raises:
        InputError: the encoder has no text side, or a text has no vector.
    """
    rows = encoder.encode_texts([window for text in fitted for window in text.windows])
    means = _means(rows, [len(text.windows) for text in fitted], encoder.name)
    return LongTexts(means, tuple(text.cut for text in fitted))


class _Ruler:
    """Measures texts in an encoder's tokens.

    Tokens of parts do not add up to those of the whole, so a text that is put together is counted as a whole.
    """

    def __init__(self, encoder: TokenCounter, divide: Callable[[str], list[str]], budget: int | None) -> None:
        self._encoder = encoder
        self._divide = divide
        self._budget = budget
        self.limit = encoder.text_limit or 0
        (self._special,) = encoder.count_tokens([""])
        if budget is not None:
            if budget <= self._special:
                raise InputError(
                    f"a budget of {budget} tokens leaves no room for a text", f"Give more than {self._special}."
                )
            self.limit = min(self.limit, budget)

    def excess(self, text: str) -> int:
        """Tokens over the limit."""
        return max(0, self._encoder.count_tokens([text])[0] - self.limit)

    def inside(self, text: str) -> int:
        """Tokens without special ones."""
        return self._encoder.count_tokens([text])[0] - self._special

    def opening(self, text: str) -> tuple[str, str]:
        """The first sentences that fit, at least one, and the rest of the text."""
        pieces = self._divide(self._enough(text))
        first = "".join(pieces[: self._fitting(pieces)])
        return first, text[len(first) :]

    def _enough(self, text: str) -> str:
        """The first paragraphs, more than fit: dividing a whole story takes long, and most of it is left out."""
        ends = [match.end() for match in _PARAGRAPH_END.finditer(text)]
        count = 1
        while count <= len(ends) and not self.excess(text[: ends[count - 1]]):
            count *= 2
        return text[: ends[count - 1]] if count <= len(ends) else text

    def shortened(self, text: str) -> str:
        """The text up to a budget, by characters; the encoder itself cuts what is over its own limit."""
        if self._budget is None or not self.excess(text):
            return text
        characters = list(text)
        return "".join(characters[: self._fitting(characters)])

    def windows(self, text: str) -> list[str]:
        """The text in windows that fit, without windows in which there is nothing to read."""
        windows = self._divided(text, (self._divide, _words, list))
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
