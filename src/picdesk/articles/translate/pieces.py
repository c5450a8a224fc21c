"""A text as the pieces of words that a model reads, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from picdesk.errors import TranslatorMissing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from picdesk.articles.translate.folder import ModelFolder

END = "</s>"
"""The end of a sentence, in Marian's models and in T5's."""


class Pieces(Protocol):
    """A tokenizer, without the special tokens around a text."""

    def encode(self, text: str) -> list[str]:
        """The pieces of a text."""
        ...

    def decode(self, pieces: Sequence[str]) -> str:
        """The text of pieces, special ones left out."""
        ...


def open_pieces(model: ModelFolder) -> Pieces:
    """The tokenizer of a model.

    Raises:
        TranslatorMissing: its files are damaged.
    """
    path = model.path
    try:
        if model.kind == "marian":
            return _SentencePieces(str(path / "source.spm"), str(path / "target.spm"))
        if (path / "spiece.model").is_file():
            return _SentencePieces(str(path / "spiece.model"), str(path / "spiece.model"))
        return _Tokenizer(str(path / "tokenizer.json"))
    except Exception as error:  # each library has its own errors for a damaged file, the plainest one among them
        raise TranslatorMissing(
            f"the tokenizer in {path} cannot be read: {error}", "Convert it again: picdesk models convert FOLDER OUT"
        ) from error


class _SentencePieces:
    """SentencePiece (T. Kudo and J. Richardson, EMNLP 2018), one model a side."""

    def __init__(self, source: str, target: str) -> None:
        from sentencepiece import SentencePieceProcessor

        self._source = SentencePieceProcessor(model_file=source)
        self._target = self._source if target == source else SentencePieceProcessor(model_file=target)

    def encode(self, text: str) -> list[str]:
        return list(self._source.encode(text, out_type=str))

    def decode(self, pieces: Sequence[str]) -> str:
        return str(self._target.decode([piece for piece in pieces if not _is_special(piece)]))


class _Tokenizer:
    """A fast tokenizer of transformers, for folders that have no SentencePiece model."""

    def __init__(self, path: str) -> None:
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_file(path)
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()

    def encode(self, text: str) -> list[str]:
        return list(self._tokenizer.encode(text, add_special_tokens=False).tokens)

    def decode(self, pieces: Sequence[str]) -> str:
        numbers = [self._tokenizer.token_to_id(piece) for piece in pieces if not _is_special(piece)]
        return str(self._tokenizer.decode([number for number in numbers if number is not None]))


def _is_special(piece: str) -> bool:
    return piece in ("<pad>", "<unk>", "<s>", END) or piece.startswith("<extra_id_")
