"""Tiny Marian and T5 models with random weights, as transformers writes them: what they say is nonsense, but real."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

# Short stories in four languages, two of them without the Latin alphabet and one without spaces.
STORIES = {
    "de": "Großbrand in Köln\n\nIn einer Lagerhalle in Köln ist am Dienstag ein Feuer ausgebrochen. Verletzt wurde "
    "niemand, sagte ein Sprecher der Feuerwehr. Die Polizei sucht Zeugen!",
    "ru": "Пожар на складе\n\nВо вторник вечером в Москве загорелся склад. Пострадавших нет, сообщили спасатели. "
    "Причина пожара устанавливается.",
    "ja": "倉庫で火災\n\n火曜日の夜、東京の倉庫で火災が発生した。けが人はいないと消防が発表した。"
    "警察は原因を調べている。",
    "ar": "حريق في مستودع\n\nاندلع حريق مساء الثلاثاء في مستودع في القاهرة. "
    "وقالت الشرطة إنه لم يصب أحد. هل كان متعمدا؟",
}
_ENGLISH = (
    "A fire broke out in a warehouse on Tuesday evening. Nobody was hurt, the police said. The mayor visited the town."
)


def build_marian(
    folder: Path, *, source: str = "de", target: str = "en", limit: int = 48, seed: int = 0, tags: Sequence[str] = ()
) -> Path:
    """Write a tiny Marian model: one layer a side, 16 numbers a token.

    Args:
        folder: to make.
        source: as the tokenizer's settings say.
        target: as the tokenizer's settings say.
        limit: tokens that a sentence may have.
        seed: of the weights.
        tags: targets that the vocabulary knows (``>>deu<<``).
    """
    import torch
    from transformers import MarianConfig, MarianMTModel

    folder.mkdir(parents=True)
    pieces = _train(folder / "source.spm", " ".join(STORIES.values()) + _ENGLISH, tags)
    shutil.copy(folder / "source.spm", folder / "target.spm")
    vocabulary = {piece: number for number, piece in enumerate(["</s>", "<unk>", *pieces, "<pad>"])}
    _write(folder / "vocab.json", vocabulary)
    _write(folder / "tokenizer_config.json", {"source_lang": source, "target_lang": target, "model_max_length": limit})
    torch.manual_seed(seed)
    pad = len(vocabulary) - 1
    config = MarianConfig(
        vocab_size=len(vocabulary),
        d_model=16,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=32,
        decoder_ffn_dim=32,
        max_position_embeddings=limit,
        activation_function="swish",
        scale_embedding=True,
        init_std=0.3,
        pad_token_id=pad,
        eos_token_id=0,
        bos_token_id=None,
        decoder_start_token_id=pad,
        forced_eos_token_id=0,
    )
    _save(MarianMTModel(config), folder)
    return folder


def build_t5(folder: Path, *, seed: int = 0) -> Path:
    """Write a tiny T5 model with its SentencePiece vocabulary."""
    import torch
    from transformers import T5Config, T5ForConditionalGeneration

    folder.mkdir(parents=True)
    pieces = _train(folder / "spiece.model", "paraphrase: " + _ENGLISH + STORIES["de"], ())
    _write(
        folder / "tokenizer_config.json",
        {"tokenizer_class": "T5Tokenizer", "extra_ids": 0, "model_max_length": 64, "eos_token": "</s>"},
    )
    torch.manual_seed(seed)
    settings: dict[str, Any] = {
        "vocab_size": len(pieces) + 3,
        "d_model": 16,
        "d_kv": 8,
        "d_ff": 32,
        "num_layers": 1,
        "num_heads": 2,
        "n_positions": 64,
        "initializer_factor": 3.0,
        "tie_word_embeddings": True,
        "decoder_start_token_id": 0,
    }
    _save(T5ForConditionalGeneration(T5Config(**settings)), folder)
    return folder


def _train(path: Path, text: str, tags: Sequence[str]) -> list[str]:
    """Train a SentencePiece model on a text; its pieces without the special ones."""
    from sentencepiece import SentencePieceProcessor, SentencePieceTrainer

    model = io.BytesIO()
    SentencePieceTrainer.train(
        sentence_iterator=iter(text.replace(". ", ".\n").split("\n") * 20),
        model_writer=model,
        vocab_size=300,
        hard_vocab_limit=False,
        character_coverage=1.0,
        user_defined_symbols=list(tags),
        pad_id=0,
        eos_id=1,
        unk_id=2,
        bos_id=-1,
        minloglevel=2,
    )
    path.write_bytes(model.getvalue())
    processor = SentencePieceProcessor(model_file=str(path))
    return [processor.id_to_piece(number) for number in range(3, processor.get_piece_size())]


def _save(model: object, folder: Path) -> None:
    with contextlib.redirect_stderr(io.StringIO()):  # transformers draws a bar
        model.save_pretrained(folder)  # type: ignore[attr-defined]


def _write(path: Path, settings: dict[str, object] | dict[str, int]) -> None:
    path.write_text(json.dumps(settings, ensure_ascii=False), encoding="utf-8")
