"""Translating with a Marian model (opus-mt) through CTranslate2."""

from __future__ import annotations

import hashlib
import threading
from typing import TYPE_CHECKING, Any

from picdesk.articles.language import normal_code, three_letters
from picdesk.articles.translate.cut import cut
from picdesk.articles.translate.folder import read_folder
from picdesk.articles.translate.missing import need_translate
from picdesk.articles.translate.pieces import END, open_pieces
from picdesk.articles.translate.remember import Memory, open_memory
from picdesk.articles.translate.text import between
from picdesk.errors import TranslatorMissing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from picdesk.articles.translate.folder import ModelFolder

_BATCH = 32
_STEP = 8  # tokens by which the sources of a batch may differ: how far a translation may go is the same for all of them


class MarianTranslator:
    """A translator that reads a converted Marian folder.

    Each sentence is translated by itself, whatever else is asked for at the same time, and remembered on disk.

    Args:
        folder: as ``picdesk models convert`` wrote it, or another conversion to CTranslate2 with its ``.spm`` files.
        source: ISO 639-1 code of the language to read.
        target: of the language to write.
        name: what it is called; "" for the folder's name.
        beams: hypotheses that are followed; opus-mt's own setting is 4, and 1 is three times as fast.
        memory: where sentences are remembered; ``None`` for the user's cache.

    Raises:
        TranslatorMissing: the folder holds no such model, or one of another pair of languages.
        ExtraMissing: the ``translate`` extra is not installed.
    """

    def __init__(
        self,
        folder: Path,
        source: str,
        target: str,
        *,
        name: str = "",
        beams: int = 4,
        memory: Memory | None = None,
    ) -> None:
        need_translate()
        self._model = read_folder(folder)
        self._tag = _checked(self._model, source, target)
        self.name = name or folder.name
        self.source = source
        self.target = target
        self.fingerprint = self._model.fingerprint
        self._beams = beams
        self._memory = open_memory() if memory is None else memory
        self._pieces = open_pieces(self._model)
        self._engine: Any = None
        self._lock = threading.Lock()

    def translate(self, sentences: Sequence[str]) -> list[str]:
        """Translate sentences, in the order given.

        A sentence with more tokens than the model reads is translated in parts, cut at the ends of clauses. Sentences
        without a letter stay as they are.
        """
        wanted = {sentence: self._key(sentence) for sentence in dict.fromkeys(sentences) if has_letter(sentence)}
        known = self._memory.recall(wanted.values())
        new = [sentence for sentence, key in wanted.items() if key not in known]
        if new:
            fresh = {wanted[sentence]: answer for sentence, answer in zip(new, self._answers(new), strict=True)}
            self._memory.keep(fresh)
            known |= fresh
        return [known[wanted[sentence]] if sentence in wanted else sentence for sentence in sentences]

    def _key(self, sentence: str) -> bytes:
        said = "\0".join(("translate", self.fingerprint, str(self._beams), *self._tag, sentence))
        return hashlib.sha256(said.encode("utf-8", "surrogatepass")).digest()

    def _answers(self, sentences: list[str]) -> list[str]:
        parts = [[part for part in cut(sentence, self._fits) if has_letter(part)] for sentence in sentences]
        flat = [[*self._tag, *self._pieces.encode(part), END] for some in parts for part in some]
        said = iter(self._decoded(flat))
        joint = between(self.target)
        return [joint.join(filter(None, (next(said) for _ in some))) for some in parts]

    def _fits(self, text: str) -> bool:
        return len(self._pieces.encode(text)) + len(self._tag) + 1 <= self._model.limit

    def _decoded(self, sources: list[list[str]]) -> Iterable[str]:
        texts = [""] * len(sources)
        alike: dict[int, list[int]] = {}
        for number, pieces in enumerate(sources):
            alike.setdefault(-(-len(pieces) // _STEP) * _STEP, []).append(number)
        for length, numbers in sorted(alike.items()):
            for start in range(0, len(numbers), _BATCH):
                some = numbers[start : start + _BATCH]
                batch = self._batch([sources[number] for number in some], length)
                for number, text in zip(some, batch, strict=True):
                    texts[number] = text
        return texts

    def _batch(self, sources: list[list[str]], length: int) -> list[str]:
        """Translations of sources of at most so many tokens.

        One that has not ended at twice that length is caught in a loop; it is made again without repeated
        trigrams.
        """
        most = min(2 * length + 32, self._model.limit - 1)
        found = self._run(sources, most)
        if loops := [number for number, pieces in enumerate(found) if END not in pieces]:
            again = self._run([sources[number] for number in loops], most, no_repeat_ngram_size=3)
            for number, pieces in zip(loops, again, strict=True):
                found[number] = pieces
        return [self._pieces.decode(pieces).strip() for pieces in found]

    def _run(self, sources: list[list[str]], most: int, **more: Any) -> list[list[str]]:
        results = self._opened().translate_batch(
            sources,
            beam_size=self._beams,
            max_input_length=0,  # nothing is cut: no source is over the model's limit
            max_decoding_length=most,
            min_decoding_length=1,
            disable_unk=True,
            return_end_token=True,
            **more,
        )
        return [result.hypotheses[0] for result in results]

    def _opened(self) -> Any:
        """The model, loaded when a first sentence is not remembered."""
        with self._lock:
            if self._engine is None:
                self._engine = open_engine(self._model)
            return self._engine


def open_engine(model: ModelFolder) -> Any:
    """Load a model into CTranslate2: weights as they were converted, those of others in int8.

    Raises:
        TranslatorMissing: the files are damaged.
    """
    import ctranslate2

    try:
        return ctranslate2.Translator(str(model.path), device="cpu", compute_type="default" if model.ours else "int8")
    except (RuntimeError, ValueError, IndexError) as error:
        raise TranslatorMissing(
            f"the model in {model.path} cannot be read: {error}",
            "Fetch it again with picdesk models get NAME, or convert it again: picdesk models convert FOLDER OUT",
        ) from error


def has_letter(text: str) -> bool:
    """Whether there is anything to translate: a letter of any script."""
    return any(letter.isalpha() for letter in text)


def _checked(model: ModelFolder, source: str, target: str) -> list[str]:
    """The tokens that tell the model its target, if it must be told; refuses a model of another pair."""
    if model.kind != "marian":
        raise TranslatorMissing(
            f"{model.path} holds a {model.kind} model, which does not translate", "Give the folder of a Marian model."
        )
    said = ((model.source, source), (model.target, target))
    if not model.tags and any(own is not None and own != asked for own, asked in said):
        raise TranslatorMissing(
            f"{model.path} translates from {model.source or '?'} to {model.target or '?'}, "
            f"not from {source} to {target}",
            f"Give the folder of a model for that pair, or fetch one: picdesk models get opus-mt-{source}-{target}",
        )
    fitting = sorted(tag for tag in model.tags if normal_code(tag.strip("<>")) == target)
    if model.tags and not fitting:
        raise TranslatorMissing(
            f"{model.path} translates into {', '.join(sorted(model.tags))[:200]}, not into {three_letters(target)}",
            "Give the folder of another model.",
        )
    return fitting[:1]
