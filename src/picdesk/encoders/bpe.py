"""CLIP's byte-pair encoding.

After Radford et al. 2021, *Learning Transferable Visual Models From Natural Language Supervision*, and Sennrich et al.
2016, *Neural Machine Translation of Rare Words with Subword Units*. OpenAI CLIP, open_clip, Long-CLIP and MobileCLIP
share it; only the number of tokens that a text may have differs.
"""

from __future__ import annotations

import gzip
import json
from importlib import resources
from typing import TYPE_CHECKING

from picdesk.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from tokenizers import Tokenizer

START, END = "<|startoftext|>", "<|endoftext|>"
PAD = "!"
"""CLIP pads with zeros, and 0 happens to be the exclamation mark."""

_MERGES = 49152 - 256 - 2
_END_OF_WORD = "</w>"
# Case does not count in CLIP's pattern: the long s of "'ſ" is an s.
_WORDS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"


def clip_tokenizer(context: int) -> Tokenizer:
    """CLIP's tokenizer with its 49,408 tokens.

    It lowers case; what else CLIP does to a text beforehand is ``clean_clip``. The start and end tokens spelt out in a
    text are plain text.

    Args:
        context: tokens that a text may have, start and end included; longer ones are cut, the end token kept.

    Raises:
        InputError: the context leaves no room beside the start and end tokens.
    """
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

    if context < 3:
        raise InputError(f"a context of {context} tokens leaves no room beside start and end", "Ask for at least 3.")
    numbers, merges = _vocabulary()
    tokenizer = Tokenizer(models.BPE(numbers, merges, end_of_word_suffix=_END_OF_WORD, fuse_unk=False))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_WORDS), behavior="removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    # The two are no "added tokens", which a tokenizer would look for in the text.
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{START} $A {END}", special_tokens=[(START, numbers[START]), (END, numbers[END])]
    )
    tokenizer.enable_truncation(context)
    return tokenizer


def write_clip_tokenizer(folder: Path, context: int) -> None:
    """Write ``tokenizer.json`` and ``tokenizer_config.json`` as the text side of an ONNX folder has them.

    Args:
        folder: must exist.
        context: tokens that a text may have, start and end included.

    Raises:
        InputError: the context leaves no room beside the start and end tokens.
    """
    clip_tokenizer(context).save(str(folder / "tokenizer.json"), pretty=False)
    settings = {
        "model_max_length": context,
        "bos_token": START,
        "eos_token": END,
        "pad_token": PAD,
        "clean": "lower",  # open_clip's word for clean_clip
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")


def clean_clip(text: str) -> str:
    """What CLIP does to a text before it looks for words: mend mojibake and HTML entities, one space, lower case.

    The same as open_clip's ``clean="lower"``.
    """
    return mended(text).lower()


def mended(text: str) -> str:
    """A text without mojibake and HTML entities, one space between words; the same as open_clip's ``whitespace``.

    Entities are resolved twice, because captions from the web were often escaped twice.
    """
    import html

    import ftfy

    return " ".join(html.unescape(html.unescape(ftfy.fix_text(text))).split())


def _vocabulary() -> tuple[dict[str, int], list[tuple[str, str]]]:
    """Tokens by number, and the merges, most frequent first."""
    packed = resources.files("picdesk.encoders").joinpath("data", "bpe_simple_vocab_16e6.txt.gz").read_bytes()
    lines = gzip.decompress(packed).decode("utf-8").split("\n")[1 : _MERGES + 1]
    merges = [(first, second) for first, second in map(str.split, lines)]
    letters = _letters()
    tokens = [*letters, *(letter + _END_OF_WORD for letter in letters), *map("".join, merges), START, END]
    return {token: number for number, token in enumerate(tokens)}, merges


def _letters() -> list[str]:
    """The character that stands for each byte: visible bytes for themselves, first; the others from U+0100 on."""
    visible = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    return [*map(chr, visible), *(chr(0x100 + place) for place in range(256 - len(visible)))]
