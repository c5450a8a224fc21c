"""Texts become the numbers that a text encoder takes."""

from __future__ import annotations

import string
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from picdesk.encoders.bpe import clean_clip, clip_tokenizer, mended
from picdesk.encoders.settings import read_settings
from picdesk.errors import EncoderMissing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from tokenizers import Encoding, Tokenizer

_USUAL_LIMIT = 512
# transformers writes 1e30 into model_max_length where nobody set it.
_LARGEST_LIMIT = 1_000_000
_WITHOUT_PUNCTUATION = str.maketrans("_", " ", string.punctuation.replace("_", ""))


@dataclass(frozen=True, slots=True, eq=False)
class TextTokens:
    """A tokenizer with its limit and its padding.

    Attributes:
        limit: tokens that a text may have, special ones included.
        pad: the padding token.
        clean: what is done to a text before the tokenizer sees it.
    """

    limit: int
    pad: int
    clean: Callable[[str], str]
    _tokenizer: Tokenizer

    def count(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text before any cut, special ones included."""
        special = self._tokenizer.num_special_tokens_to_add(False)
        return [len(encoding) + special for encoding in self._encodings(texts)]

    def __call__(self, texts: Sequence[str], length: int | None) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Tokenize, cut to the limit, pad.

        What is cut is the text: special tokens that close it, such as CLIP's end-of-text, stay. A special token spelt
        out in a text is plain text.

        Args:
            texts: any texts, empty ones too.
            length: pad to this many tokens; ``None`` for the longest of these texts.

        Returns:
            Tokens and mask (1 for a token, 0 for padding), each ``(n, length)`` int64.
        """
        room = self.limit - self._tokenizer.num_special_tokens_to_add(False)
        rows = []
        for encoding in self._encodings(texts):
            encoding.truncate(room)
            rows.append(self._tokenizer.post_process(encoding).ids)
        width = length or max((len(row) for row in rows), default=0)
        tokens = np.full((len(rows), max(width, 1)), self.pad, dtype=np.int64)
        mask = np.zeros_like(tokens)
        for number, row in enumerate(rows):
            tokens[number, : len(row)] = row
            mask[number, : len(row)] = 1
        return tokens, mask

    def _encodings(self, texts: Sequence[str]) -> list[Encoding]:
        return self._tokenizer.encode_batch([self._clean(text) for text in texts], add_special_tokens=False)

    def _clean(self, text: str) -> str:
        text = text.encode("utf-8", "replace").decode()  # a lone surrogate, as from JSON, is no text
        return self.clean(text)


def one_space(text: str) -> str:
    """Words with one space between them."""
    return " ".join(text.split())


def canonical(text: str) -> str:
    """Neither case nor punctuation, as open_clip's ``clean="canonicalize"`` (SigLIP)."""
    return one_space(text.translate(_WITHOUT_PUNCTUATION).lower())


_CLEANERS = {"canonicalize": canonical, "lower": clean_clip, "whitespace": mended}


def clip_tokens(context: int) -> TextTokens:
    """CLIP's tokens as open_clip makes them, for models that come without a tokenizer.

    Args:
        context: tokens that a text may have, start and end included.

    Raises:
        InputError: the context leaves no room for a text.
    """
    tokenizer = _plain(clip_tokenizer(context))
    return TextTokens(context, 0, clean_clip, tokenizer)


def read_tokens(folder: Path, config: Path, length: int | None) -> TextTokens:
    """Read ``tokenizer.json``, with ``tokenizer_config.json`` and the model's ``config.json`` where they are.

    Texts are cleaned as ``clean`` of ``tokenizer_config.json`` says, else as that of open_clip's ``tokenizer_kwargs``:
    ``lower`` as CLIP, ``canonicalize`` as SigLIP, ``whitespace`` as open_clip's text towers of transformers. Where
    neither says so, the tokenizer gets the text as it is, but for white space.

    Args:
        folder: the text side's folder.
        config: open_clip's model configuration; need not exist.
        length: tokens that the graph has room for, where that is fixed. It outranks ``model_max_length`` of
            ``tokenizer_config.json``, that the truncation in ``tokenizer.json``, and that ``context_length`` of
            ``config.json``; where nothing is said the limit is 512.

    Raises:
        EncoderMissing: a file is missing or broken, or the limit leaves no room for a text.
    """
    path = folder / "tokenizer.json"
    settings = read_settings(path)
    extra = folder / "tokenizer_config.json"
    named = read_settings(extra) if extra.is_file() else {}
    text_settings = _inner(read_settings(config) if config.is_file() else {}, "text_cfg")
    tokenizer = _tokenizer(path)
    stated = (
        length,
        named.get("model_max_length"),
        _inner(settings, "truncation").get("max_length"),
        text_settings.get("context_length"),
    )
    limit = next((number for number in map(_whole, stated) if number), _USUAL_LIMIT)
    special = tokenizer.num_special_tokens_to_add(False)
    if limit <= special:
        raise EncoderMissing(f"{folder}: a limit of {limit} tokens leaves no room beside {special} special ones")
    said = named.get("clean") or _inner(text_settings, "tokenizer_kwargs").get("clean")
    clean = _CLEANERS.get(said, one_space) if isinstance(said, str) else one_space
    return TextTokens(limit, _pad(tokenizer, settings, named), clean, tokenizer)


def _tokenizer(path: Path) -> Tokenizer:
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises bare Exception
        reason = str(error).partition("\n")[0]
        raise EncoderMissing(f"{path} is no usable tokenizer: {reason}", "Fetch the encoder's folder again.") from error
    return _plain(tokenizer)


def _plain(tokenizer: Tokenizer) -> Tokenizer:
    tokenizer.no_truncation()
    tokenizer.no_padding()
    # Otherwise "<|endoftext|>" inside an article would end the text for the model.
    tokenizer.encode_special_tokens = True
    return tokenizer


def _whole(number: Any) -> int:
    return int(number) if isinstance(number, int | float) and 0 < number <= _LARGEST_LIMIT else 0


def _inner(settings: dict[str, Any], key: str) -> dict[str, Any]:
    inner = settings.get(key)
    return inner if isinstance(inner, dict) else {}


def _pad(tokenizer: Tokenizer, settings: dict[str, Any], named: dict[str, Any]) -> int:
    """The padding token as the files name it, else the usual names, else 0 as open_clip pads."""
    token = named.get("pad_token")
    token = token.get("content") if isinstance(token, dict) else token
    for name in (token, _inner(settings, "padding").get("pad_token"), "[PAD]", "<pad>"):
        number = tokenizer.token_to_id(name) if isinstance(name, str) else None
        if number is not None:
            return int(number)
    return 0
