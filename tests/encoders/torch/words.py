"""A tokenizer of letters, as XLM-RoBERTa numbers its special tokens."""

from __future__ import annotations

import json
from pathlib import Path

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.,;'&"
WORDS = 4 + len(LETTERS)
"""Tokens that there are."""

SENTENCES = ("a dog", "Fire in the harbour; nobody was hurt", "x", "word " * 30, "The  mayor\tsays &amp; does")


def write_word_tokenizer(folder: Path, limit: int = 512) -> None:
    """Write ``tokenizer.json`` and ``tokenizer_config.json``: a letter a token, between <s> and </s>."""
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers, processors

    special = {"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3}
    numbers = special | {letter: number for number, letter in enumerate(LETTERS, len(special))}
    tokenizer = Tokenizer(models.WordLevel(numbers, "<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(r"\S"), behavior="removed", invert=True)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    named = {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": limit, "unk_token": "<unk>"}
    named |= {"bos_token": "<s>", "cls_token": "<s>", "eos_token": "</s>", "sep_token": "</s>", "pad_token": "<pad>"}
    (folder / "tokenizer_config.json").write_text(json.dumps(named))
