"""Headlines said in other words, by a T5 model that the user has.

Leventakis et al. (MediaEval 2023, NewsImages) added paraphrases of the headlines to their training data, and averaged
over them at query time.
"""

from __future__ import annotations

import hashlib
import json
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from picdesk.articles.translate.folder import is_converted, model_type, read_folder
from picdesk.articles.translate.marian import has_letter, open_engine
from picdesk.articles.translate.missing import need_translate
from picdesk.articles.translate.models import close_models, find_converted, find_model, models_folder
from picdesk.articles.translate.pieces import END, open_pieces
from picdesk.articles.translate.remember import Memory, open_memory
from picdesk.errors import InputError, TranslatorMissing

if TYPE_CHECKING:
    from collections.abc import Sequence

PREFIX = "paraphrase: "
"""What T5 paraphrasers are trained to find before a text."""

_ROUNDS = 3
_SEEDING = threading.Lock()  # CTranslate2 has one seed a process
_T5 = ("t5", "mt5")


class Paraphraser(Protocol):
    """Something that says a text in other words.

    Attributes:
        name: what it is called, for the record of how a query was made.
    """

    name: str

    def paraphrase(self, texts: Sequence[str], n: int = 1, *, seed: int = 0) -> list[tuple[str, ...]]:
        """Up to ``n`` variants of each text, in the order of the texts."""
        ...


class T5Paraphraser:
    """A paraphraser that reads a T5 model converted to CTranslate2.

    Args:
        folder: as ``picdesk models convert`` wrote it, or another conversion with ``spiece.model`` or
            ``tokenizer.json``.
        name: what it is called; "" for the folder's name.
        prefix: what is put before every text; ``None`` for what the folder says, else ``PREFIX``.
        top_k: tokens that are drawn from at each step.
        temperature: below 1 the likelier tokens are drawn more often.
        memory: where variants are remembered; ``None`` for the user's cache.

    Raises:
        TranslatorMissing: the folder holds no such model.
        ExtraMissing: the ``translate`` extra is not installed.
    """

    def __init__(
        self,
        folder: Path,
        *,
        name: str = "",
        prefix: str | None = None,
        top_k: int = 50,
        temperature: float = 1.0,
        memory: Memory | None = None,
    ) -> None:
        need_translate()
        self._model = read_folder(folder)
        if self._model.kind != "t5":
            raise TranslatorMissing(
                f"{folder} holds a {self._model.kind} model, which does not paraphrase", "Give a T5 model's folder."
            )
        self.name = name or folder.name
        self.fingerprint = self._model.fingerprint
        self._prefix = next(said for said in (prefix, self._model.prefix, PREFIX) if said is not None)
        self._settings = {"sampling_topk": top_k, "sampling_temperature": temperature}
        self._memory = open_memory() if memory is None else memory
        self._pieces = open_pieces(self._model)

    def paraphrase(self, texts: Sequence[str], n: int = 1, *, seed: int = 0) -> list[tuple[str, ...]]:
        """Draw variants of texts; the same seed draws the same ones, whatever else is asked for at the same time.

        Args:
            texts: headlines or sentences.
            n: variants of each.
            seed: of the draw; each text has a generator of its own, made of seed and text.

        Returns:
            For each text up to ``n`` variants, no two alike and none like the text itself (but for case and spaces).
            Fewer where the model does not come upon more in three rounds, or the text has no letter.

        Raises:
            InputError: ``n`` is negative, or a text has more tokens than the model reads.
        """
        if n < 0:
            raise InputError(f"{n} variants were asked for", "Ask for none or more.")
        wanted = {text: self._key(text, n, seed) for text in dict.fromkeys(texts) if n and has_letter(text)}
        known = self._memory.recall(wanted.values())
        sources = {text: self._source(text) for text, key in wanted.items() if key not in known}
        for text, source in sources.items():
            answer = json.dumps(self._variants(text, source, n, seed), ensure_ascii=False)
            known[wanted[text]] = answer
            self._memory.keep({wanted[text]: answer})  # one by one: what was drawn stays when a long run is stopped
        return [tuple(json.loads(known[wanted[text]])) if text in wanted else () for text in texts]

    def _key(self, text: str, n: int, seed: int) -> bytes:
        said = json.dumps(["paraphrase", self.fingerprint, self._prefix, self._settings, n, seed, text])
        return hashlib.sha256(said.encode()).digest()

    def _source(self, text: str) -> list[str]:
        source = [*self._pieces.encode(self._prefix + " ".join(text.split())), END]
        if len(source) > self._model.limit:
            raise InputError(
                f"a text of {len(source)} tokens is over the {self._model.limit} that {self.name} reads: {text[:80]!r}",
                "Paraphrase headlines, or single sentences.",
            )
        return source

    def _variants(self, text: str, source: list[str], n: int, seed: int) -> list[str]:
        found: dict[str, str] = {_plain(text): text}
        for draw in range(_ROUNDS):
            for variant in self._drawn(source, 2 * n, f"{seed}\0{draw}\0{text}"):
                if has_letter(variant):
                    found.setdefault(_plain(variant), variant)
            if len(found) > n:
                break
        return list(found.values())[1 : n + 1]

    def _drawn(self, source: list[str], count: int, seed: str) -> list[str]:
        """Draw sequences.

        CTranslate2 seeds a generator when a thread first draws from it, and never again (its issue 1757): only a model
        that was just opened, with threads of its own, draws what the seed says.
        """
        import ctranslate2

        number = int.from_bytes(hashlib.sha256(seed.encode("utf-8", "surrogatepass")).digest()[:4], "big") >> 1
        with _SEEDING:
            ctranslate2.set_random_seed(number)
            result = open_engine(self._model).translate_batch(
                [source],
                beam_size=1,
                num_hypotheses=count,
                max_input_length=0,
                max_decoding_length=min(2 * len(source) + 16, self._model.limit),
                disable_unk=True,
                **self._settings,
            )[0]
        return [" ".join(self._pieces.decode(pieces).split()) for pieces in result.hypotheses]


def load_paraphraser(where: str, *, prefix: str | None = None, remember: bool = True) -> Paraphraser:
    """Open a paraphraser; the network is never asked.

    Args:
        where: a folder that ``picdesk models convert`` wrote, a folder of transformers with a T5 model (it is converted
            once, into the user's cache, with the ``torch`` extra), or the name of a model that was fetched.
        prefix: what is put before every text; ``None`` for what the model is known to want.
        remember: whether variants are kept on disk, in the user's cache.

    Raises:
        TranslatorMissing: no such folder and no such model here, or its files are unusable.
        ExtraMissing: the ``translate`` extra is not installed, or ``torch`` where a folder has to be converted.
        InputError: a folder that cannot be converted.
    """
    memory: Any = open_memory(wanted=remember)
    try:
        folder = Path(where).expanduser().resolve()
        found = folder.exists()
    except (OSError, RuntimeError, ValueError):  # too long a name, no home folder, a NUL character
        found = False
    if found:
        name = folder.name
        if not is_converted(folder) and model_type(folder) in _T5:
            folder = _converted(folder)
        return T5Paraphraser(folder, name=name, prefix=prefix, memory=memory)
    model = find_model(where)
    if model is None or model.job != "paraphrase":
        close = [name for name in close_models(where) if name.startswith("t5-")]
        meant = f" Did you mean {' or '.join(close)}?" if close else ""
        raise TranslatorMissing(
            f"no paraphraser called {where[:200]!r} here",
            f"Give the folder of a T5 model, or the name of a fetched one that picdesk models lists.{meant}",
        )
    here = find_converted(model)
    if here is None:
        raise TranslatorMissing(
            f"the model {model.name} is not on this machine", f"Fetch it once: picdesk models get {model.name}"
        )
    return T5Paraphraser(here, name=model.name, prefix=model.prefix if prefix is None else prefix, memory=memory)


def _converted(folder: Path) -> Path:
    """A folder of transformers as one for CTranslate2, which is kept under the hash of its files."""
    from picdesk.articles.translate.convert import convert_model
    from picdesk.encoders.fingerprint import file_digests, fingerprint

    names = sorted(path.name for path in folder.iterdir() if path.is_file())
    digest = fingerprint(file_digests({name: folder / name for name in names}))
    out = models_folder() / f"converted-{digest[:32]}"
    if not is_converted(out):
        try:
            convert_model(folder, out)
        except InputError:
            if not is_converted(out):  # else another process was first
                raise
    return out


def _plain(text: str) -> str:
    return " ".join(text.lower().split())
