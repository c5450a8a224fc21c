"""Translating with tiny models, from a transformers folder to an article; remembering; what is missing."""

from __future__ import annotations

import json
import multiprocessing
import shutil
import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from picdesk.articles.text import article_from_text
from picdesk.articles.translate import (
    TranslatorMissing,
    load_translator,
    marian,
    models,
    translate_article,
    translate_text,
)
from picdesk.articles.translate.convert import convert_model
from picdesk.articles.translate.cut import cut
from picdesk.articles.translate.folder import read_folder
from picdesk.articles.translate.marian import MarianTranslator
from picdesk.articles.translate.pieces import open_pieces
from picdesk.articles.translate.remember import Memory
from picdesk.errors import ExtraMissing, InputError, MissingError
from tests.tiny.text_models import STORIES, build_marian, build_t5


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_marian(tmp_path_factory.mktemp("models") / "marian")


@pytest.fixture(scope="module")
def converted(original: Path) -> Path:
    return convert_model(original, original.parent / "converted").folder


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PICDESK_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("PATH", str(tmp_path / "no-apertium"))
    return tmp_path / "cache"


class Echo:
    """A translator that shows what it was given."""

    name, source, target = "echo", "de", "en"

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def translate(self, sentences: Sequence[str]) -> list[str]:
        self.asked.append(list(sentences))
        return [f"<{sentence}>" for sentence in sentences]


def test_the_same_tokens_as_transformers_finds_by_itself(original: Path, tmp_path: Path) -> None:
    """Unquantised and greedy, the converted model says what the original says in transformers."""
    import torch
    from transformers import MarianMTModel

    folder = convert_model(original, tmp_path / "exact", quantization="float32").folder
    translator = MarianTranslator(folder, "de", "en", beams=1, memory=Memory(None))
    model: Any = MarianMTModel.from_pretrained(original)
    model.eval()
    vocabulary = json.loads((original / "vocab.json").read_text())
    pieces = {number: piece for piece, number in vocabulary.items()}
    tokenizer = open_pieces(read_folder(folder))
    for sentence in ("Verletzt wurde niemand.", "火曜日の夜", "Пожар на складе", "حريق في مستودع"):
        tokens = [*tokenizer.encode(sentence), "</s>"]
        with torch.no_grad():
            out = model.generate(
                torch.tensor([[vocabulary.get(token, 1) for token in tokens]]),
                num_beams=1,
                do_sample=False,
                max_new_tokens=20,
                forced_eos_token_id=None,
                bad_words_ids=[[1]],
            )[0]
        expected = [pieces[int(number)] for number in out[1:]]
        found = translator._run([tokens], 20)[0]
        assert found == expected[: len(found)]
        assert len(found) == 20 or found[-1] == "</s>"


@pytest.mark.parametrize("code", STORIES)
def test_articles_end_to_end(code: str, original: Path, tmp_path: Path) -> None:
    shutil.copytree(original, tmp_path / code)
    settings = {"source_lang": code, "target_lang": "en", "model_max_length": 48}
    (tmp_path / code / "tokenizer_config.json").write_text(json.dumps(settings))
    folder = convert_model(tmp_path / code, tmp_path / "out").folder
    translator = load_translator(str(folder), code, remember=False)
    article = article_from_text(STORIES[code], id="7")
    english = translate_article(article, translator)
    assert (english.language, english.id, english.read_by) == ("en", "7", article.read_by)
    assert english.headline == translator.translate([article.headline])[0]
    for before, after in ((article.headline, english.headline), (article.lead, english.lead)):
        assert after.strip()
        assert after != before
    assert english.text.count("\n\n") == article.text.count("\n\n")
    assert translate_article(article, translator) == english


def test_lines_stay_where_they_are_and_one_question_is_asked() -> None:
    echo = Echo()
    text = "Erster Satz. Zweiter Satz!\n\nDritter.\n\n\n„Vierter“, sagte er.\n"
    said = translate_text(text, echo)
    assert said == "<Erster Satz.> <Zweiter Satz!>\n\n<Dritter.>\n\n\n<„Vierter“, sagte er.>\n"
    assert len(echo.asked) == 1
    assert translate_text("火事だ。逃げろ！", echo) == "<火事だ。> <逃げろ！>"
    for empty in ("", "\n\n", "   "):
        assert translate_text(empty, echo).strip() == ""


def test_what_has_no_letters_is_not_given_to_the_model(converted: Path) -> None:
    translator = load_translator(str(converted), "de", remember=False)
    assert translator.translate(["12:30", "***", "", "– 7 –", "🔥"]) == ["12:30", "***", "", "– 7 –", "🔥"]
    assert translator.translate([]) == []


def test_a_sentence_over_the_limit_is_translated_in_parts(converted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    translator = MarianTranslator(converted, "de", "en", memory=Memory(None))
    seen: list[list[str]] = []
    run = MarianTranslator._run

    def spy(self: MarianTranslator, sources: list[list[str]], most: int, **more: object) -> list[list[str]]:
        seen.extend(sources)
        return run(self, sources, most, **more)

    monkeypatch.setattr(MarianTranslator, "_run", spy)
    for text in (
        "In Köln ist am Dienstag ein Feuer ausgebrochen, " * 12,
        "東京の倉庫で火災が発生した" * 20,
        "ab" * 300,
    ):
        seen.clear()
        assert translator.translate([text])[0]
        assert len(seen) > 1
        assert max(map(len, seen)) <= translator._model.limit == 48


@pytest.mark.parametrize("length", [1, 3, 10, 40])
def test_cut_loses_nothing_and_every_part_fits(length: int) -> None:
    texts = [
        "Eins, zwei; drei: vier – fünf sechs.",
        "東京、倉庫。火災",
        "x" * 100,
        "a b " * 30,
        "",
        ",,,,",
        "قال، ثم ذهب؛ وعاد",
    ]
    for text in texts:
        parts = cut(text, lambda part: len(part) <= length)
        assert "".join(parts) == text
        assert all(len(part) <= length for part in parts)


def test_cut_prefers_clauses() -> None:
    assert cut("Eins zwei; drei, vier fünf", lambda part: len(part) <= 16) == ["Eins zwei; ", "drei, vier fünf"]
    assert cut("drei, vier fünf", lambda part: len(part) <= 10) == ["drei, ", "vier fünf"]
    assert cut("vier fünf", lambda part: len(part) <= 6) == ["vier ", "fünf"]


def test_together_or_alone_makes_no_difference(converted: Path) -> None:
    translator = MarianTranslator(converted, "de", "en", memory=Memory(None))
    sentences = [line for story in STORIES.values() for line in story.replace(". ", ".\n").split("\n") if line]
    alone = [translator.translate([sentence])[0] for sentence in sentences]
    assert translator.translate(sentences * 4) == alone * 4


def test_sentences_are_remembered_over_processes_and_models_kept_apart(
    converted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "answers.sqlite"
    first = MarianTranslator(converted, "de", "en", memory=Memory(path))
    said = first.translate(["Ein Feuer in Köln.", "Niemand wurde verletzt."])
    other_folder = convert_model(build_marian(tmp_path / "other", seed=5), tmp_path / "out").folder
    other = MarianTranslator(other_folder, "de", "en", memory=Memory(path))
    assert other.fingerprint != first.fingerprint
    assert other.translate(["Ein Feuer in Köln."])[0] != said[0]
    monkeypatch.setattr(marian, "open_engine", lambda *_: pytest.fail("the model was loaded"))
    again = MarianTranslator(converted, "de", "en", memory=Memory(path))
    assert again.translate(["Niemand wurde verletzt.", "Ein Feuer in Köln."]) == said[::-1]
    shutil.copytree(converted, tmp_path / "moved")  # identity is what is in the files
    moved = MarianTranslator(tmp_path / "moved", "de", "en", memory=Memory(path))
    assert moved.translate(["Ein Feuer in Köln."]) == said[:1]


def test_a_damaged_memory_is_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "answers.sqlite"
    Memory(path).keep({b"k" * 32: "v"})
    assert Memory(path).recall([b"k" * 32]) == {b"k" * 32: "v"}
    half = path.read_bytes()[:5000] + b"\xff" * 9000
    for damage in (b"no database at all, and long enough to be read as one" * 100, half):
        path.write_bytes(damage)
        memory = Memory(path)
        memory.keep({b"a" * 32: "b"})
        assert memory.recall([b"a" * 32]) == {b"a" * 32: "b"}
        assert path.with_name("answers.sqlite.damaged").exists()


def test_a_memory_that_cannot_be_used_is_done_without(tmp_path: Path) -> None:
    for path in (None, tmp_path / "nowhere/answers.sqlite", tmp_path):
        memory = Memory(path)
        memory.keep({b"a": "b"})
        assert memory.recall([b"a"]) == {}


def test_a_locked_memory_is_done_without_and_not_thrown_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("picdesk.articles.translate.remember._PATIENCE", 0.1)
    path = tmp_path / "answers.sqlite"
    Memory(path).keep({b"a": "b"})
    holder = sqlite3.connect(path)
    holder.execute("BEGIN EXCLUSIVE")
    Memory(path).keep({b"c": "d"})
    assert Memory(path).recall([b"a"]) == {}
    holder.rollback()
    holder.close()
    assert Memory(path).recall([b"a", b"c"]) == {b"a": "b"}


def test_the_oldest_answers_go(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "answers.sqlite", most=100)
    for number in range(150):
        memory.keep({b"%d" % number: str(number)})
    known = memory.recall([b"%d" % number for number in range(150)])
    assert 80 <= len(known) <= 100
    assert b"149" in known
    assert b"0" not in known


def _keep(path: Path, start: int) -> None:
    for number in range(start, start + 40):
        Memory(path).keep({b"%d" % number: str(number)})


def test_several_processes_and_threads_remember_together(tmp_path: Path) -> None:
    path = tmp_path / "answers.sqlite"
    context = multiprocessing.get_context("spawn")
    workers: list[threading.Thread | multiprocessing.context.SpawnProcess] = [
        context.Process(target=_keep, args=(path, 1000)),
        context.Process(target=_keep, args=(path, 2000)),
        *(threading.Thread(target=_keep, args=(path, start)) for start in (3000, 4000)),
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    keys = [b"%d" % (start + number) for start in (1000, 2000, 3000, 4000) for number in range(40)]
    assert len(Memory(path).recall(keys)) == 160


def test_auto_names_the_command_and_finds_what_it_brought(cache: Path, converted: Path) -> None:
    with pytest.raises(TranslatorMissing) as raised:
        load_translator("auto", "de-AT")
    assert isinstance(raised.value, MissingError)
    assert raised.value.exit_code == 3
    assert "picdesk models get opus-mt-de-en" in raised.value.hint
    with pytest.raises(TranslatorMissing, match="nothing here translates from sa to en"):
        load_translator("auto", "sa")
    with pytest.raises(TranslatorMissing, match="Fetch it once: picdesk models get opus-mt-de-en"):
        load_translator("opus-mt-de-en", "de")
    shutil.copytree(converted, cache / "models/opus-mt-de-en")
    for where in ("auto", "opus-mt-de-en", str(converted)):
        translator = load_translator(where, "ger")
        assert (translator.source, translator.target) == ("de", "en")
    assert load_translator("auto", "de").name == "opus-mt-de-en"
    with pytest.raises(TranslatorMissing, match="opus-mt-de-en does not translate from ru to en"):
        load_translator("opus-mt-de-en", "ru")
    with pytest.raises(TranslatorMissing, match="translates from de to en, not from ru to en"):
        load_translator(str(converted), "ru")


def test_auto_takes_the_model_that_reads_the_fewest_languages(cache: Path, converted: Path) -> None:
    many = models.models_for("de", "en", models.text_models())
    assert [model.name for model in many] == ["opus-mt-de-en", "opus-mt-mul-en"]
    shutil.copytree(converted, cache / "models/opus-mt-mul-en")
    assert load_translator("auto", "de").name == "opus-mt-mul-en"
    shutil.copytree(converted, cache / "models/opus-mt-de-en")
    assert load_translator("auto", "de").name == "opus-mt-de-en"


@pytest.mark.usefixtures("cache")
def test_wrong_languages_and_wrong_folders(
    original: Path, converted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InputError, match="'klingonisch' is no language"):
        load_translator("auto", "klingonisch")
    with pytest.raises(InputError, match="nothing to translate from en to en"):
        load_translator("auto", "en-GB")
    with pytest.raises(TranslatorMissing, match="Did you mean opus-mt-de-en"):
        load_translator("opus-mt-de-em", "de")
    with pytest.raises(TranslatorMissing, match="picdesk models convert"):
        load_translator(str(original), "de")
    with pytest.raises(TranslatorMissing, match="holds no model"):
        load_translator(str(tmp_path), "de")
    broken = tmp_path / "broken"
    shutil.copytree(converted, broken)
    (broken / "model.bin").write_bytes(b"\0" * 100)
    with pytest.raises(TranslatorMissing, match="cannot be read"):
        load_translator(str(broken), "de", remember=False).translate(["Ein Feuer."])
    (broken / "source.spm").write_bytes(b"nothing")
    with pytest.raises(TranslatorMissing, match="tokenizer"):
        load_translator(str(broken), "de", remember=False)
    monkeypatch.setattr("picdesk.articles.translate.missing._PARTS", ("no_such_library",))
    with pytest.raises(ExtraMissing, match=r"pip install 'picdesk\[translate\]'"):
        load_translator(str(converted), "de")


def test_a_model_of_several_targets_is_told_which(tmp_path: Path) -> None:
    original = build_marian(tmp_path / "m", source="en", target="mul", tags=[">>deu<<", ">>fra<<"])
    folder = convert_model(original, tmp_path / "out").folder
    said = {target: load_translator(str(folder), "en", target, remember=False) for target in ("de", "fr")}
    texts = {target: translator.translate(["The mayor visited the town."]) for target, translator in said.items()}
    assert texts["de"] != texts["fr"]
    with pytest.raises(TranslatorMissing, match="not into spa"):
        load_translator(str(folder), "en", "es")


def test_what_cannot_be_converted(original: Path, converted: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="exists already"):
        convert_model(original, converted)
    with pytest.raises(InputError, match="there is no folder"):
        convert_model(tmp_path / "gone", tmp_path / "out")
    with pytest.raises(InputError, match="no model for transformers"):
        convert_model(converted, tmp_path / "out")
    with pytest.raises(InputError, match="no quantization"):
        convert_model(original, tmp_path / "out", quantization="int3")
    partial = tmp_path / "partial"
    shutil.copytree(original, partial)
    (partial / "model.safetensors").write_bytes(b"broken")
    with pytest.raises(InputError, match="cannot be converted"):
        convert_model(partial, tmp_path / "out")
    (partial / "target.spm").unlink()
    with pytest.raises(InputError, match=r"has no source\.spm and target\.spm"):
        convert_model(partial, tmp_path / "out")
    (partial / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(InputError, match="a bert model"):
        convert_model(partial, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["partial"]


def test_a_t5_model_does_not_translate(tmp_path: Path) -> None:
    folder = convert_model(build_t5(tmp_path / "t5"), tmp_path / "out").folder
    with pytest.raises(TranslatorMissing, match="a t5 model, which does not translate"):
        load_translator(str(folder), "de")


def test_the_catalogue_is_sound_and_says_what_is_wrong_with_others() -> None:
    known = models.text_models()
    assert {"opus-mt-de-en", "opus-mt-ru-en", "opus-mt-ja-en", "opus-mt-ar-en"} <= {model.name for model in known}
    assert {model.name: model.licence for model in known}["opus-mt-zh-en"] == "CC-BY-4.0"
    good = (
        '[[model]]\nname="a"\njob="translate"\nweights="a/b"\nsource=["de"]\ntarget="en"\nlicence="MIT"\n'
        "size=1\nverified=true\n"
    )
    assert models.read_models(good)[0].source == ("de",)
    for change, wrong in {
        'job="sing"': "job is 'sing'",
        'source="de"': "source is 'de'",
        "size=0": "size is 0",
        'name="A B"': "name is 'A B'",
        "loud=1": "unknown: loud",
    }.items():
        key = change.partition("=")[0]
        lines = [line for line in good.splitlines() if not line.startswith(f"{key}=")]
        with pytest.raises(InputError, match=wrong):
            models.read_models("\n".join([*lines, change]))
    with pytest.raises(InputError, match="taken"):
        models.read_models(good + good)
    with pytest.raises(InputError, match="missing: job"):
        models.read_models(good.replace('job="translate"\n', ""))
    with pytest.raises(InputError, match="no TOML"):
        models.read_models("[[")
