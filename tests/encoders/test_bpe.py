"""CLIP's tokens against open_clip's own."""

from __future__ import annotations

import csv
import importlib.metadata
import importlib.util
import json
import random
import subprocess
import sys
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from picdesk.encoders.bpe import clip_tokenizer, write_clip_tokenizer
from picdesk.encoders.tokenize import TextTokens, clip_tokens, read_tokens
from picdesk.errors import InputError

START, END = 49406, 49407

# The file alone: the package imports torchvision, which has no build for processors.
JUDGE = """
import importlib.util, json, sys
spec = importlib.util.spec_from_file_location("judge", sys.argv[1])
judge = importlib.util.module_from_spec(spec)
spec.loader.exec_module(judge)
texts, context = json.loads(sys.stdin.buffer.read())
print(json.dumps(judge.tokenize(texts, context).tolist()))
"""

ODD = [
    "",
    " ",
    "!",
    "A photo of a cat's dog; they'll've WE'RE I'd can't 'S 'Re",
    "'ſ long s, K Kelvin, ﬁ ligature, ǅ title case, İstanbul, ΣΊΣΥΦΟΣ",
    "😀😀 👩‍👩‍👧‍👦 🇩🇪 ✊🏿 #hashtag @handle",
    "東京で火事 消防車が出動。 北京，上海",
    "الحريق في المستودع ٣٤٥",
    "मराठी ภาษาไทย עברית ქართული ትግርኛ",
    "tab\tnew\nline\r\u00a0no\u2003em\u200bzero\u3000wide\x85next\x1cfile",
    "caf\u00e9 cafe\u0301 &eacute; &amp;eacute; &amp;amp;lt; &#x301; e&#x301; &lt;b&gt; &nbsp;x",
    "The Mona Lisa doesnÃ¢â‚¬â„¢t have eyebrows. â€œquoteâ€\x9d",
    "“curly” ‘quotes’ … – — ½ ² ⅷ ① 1,234.56€ 50% 10°C",
    "x" * 3000,
    "word " * 500,
    "é" * 200,
    "\u0000\u0001\u001f\u007f\ufffd\ufeffbom \u202eright",
    "https://example.com/a-b_c/?q=1&amp;r=%20#x",
    "ＦＵＬＬ　ＷＩＤＴＨ ｶﾀｶﾅ",
]


def judged(texts: Sequence[str], context: int) -> np.ndarray[Any, Any]:
    """What open_clip makes of the texts, ``(n, context)``."""
    for needed in ("torch", "regex", "ftfy"):
        if importlib.util.find_spec(needed) is None:
            pytest.skip(f"{needed} is not installed, and open_clip's tokenizer needs it")
    try:
        package = importlib.metadata.distribution("open_clip_torch")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("open_clip is not installed")
    path = str(package.locate_file("open_clip/tokenizer.py"))
    said = subprocess.run(
        [sys.executable, "-c", JUDGE, path],
        input=json.dumps([list(texts), context]).encode(),
        capture_output=True,
        check=True,
        timeout=600,
    )
    return np.array(json.loads(said.stdout))


def agree(ours: TextTokens, texts: Sequence[str], context: int) -> None:
    numbers, _ = ours(texts, context)
    wanted = judged(texts, context)
    assert numbers.shape == wanted.shape
    assert [text for text, mine, theirs in zip(texts, numbers, wanted, strict=True) if (mine != theirs).any()] == []


def scrambled(count: int) -> list[str]:
    """Texts of characters from everywhere that Python knows, mixed with pieces that tokenizers trip over."""
    generator = random.Random(3)
    known = [chr(number) for number in range(0x110000) if unicodedata.category(chr(number)) not in ("Cs", "Cn", "Co")]
    pieces = ["'s", "'LL", "&amp;", "&#39;", "</w>", "  ", "\n", "Ã©", "â€™", "😀", "ſ", "Σ", "1", "_", "é", "and"]
    return [
        "".join(generator.choice(pieces if generator.random() < 0.5 else known) for _ in range(generator.randrange(40)))
        for _ in range(count)
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bpe")
    write_clip_tokenizer(folder, 77)
    return folder


@pytest.fixture(scope="module")
def tokens(folder: Path) -> TextTokens:
    return read_tokens(folder, folder / "config.json", None)


def test_a_known_sentence(tokens: TextTokens) -> None:
    # The numbers that OpenAI's notebook and open_clip's documentation show for such captions.
    numbers, mask = tokens(["a diagram", "a dog", "a cat"], None)
    assert numbers.tolist() == [[START, 320, 22697, END], [START, 320, 1929, END], [START, 320, 2368, END]]
    assert mask.all()


def test_what_was_written_is_read_with_its_limit_and_padding(folder: Path, tokens: TextTokens) -> None:
    assert (tokens.limit, tokens.pad) == (77, 0)
    assert json.loads((folder / "tokenizer_config.json").read_text())["model_max_length"] == 77
    numbers, _ = tokens(["a dog"], 77)
    assert numbers.tolist() == [[START, 320, 1929, END, *[0] * 73]]


@pytest.mark.parametrize("context", [77, 248])
def test_odd_texts_have_the_numbers_of_open_clip(context: int) -> None:
    agree(clip_tokens(context), [*ODD, *scrambled(3000)], context)


@pytest.mark.shared
def test_real_headlines_tags_and_addresses_have_the_numbers_of_open_clip(shared: Path, tokens: TextTokens) -> None:
    path = shared / "data" / "newsimages25" / "newsarticles.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 5000
    names = ("article_title", "article_tags", "article_url")
    agree(tokens, [row[name] for row in rows for name in names], 77)


@pytest.mark.shared
def test_german_articles_have_the_numbers_of_open_clip(shared: Path, tokens: TextTokens) -> None:
    path = shared / "data" / "newsimages21" / "content2019-01.tsv"
    agree(tokens, path.read_text(encoding="utf-8").splitlines()[1:1501], 77)


@pytest.mark.parametrize(
    "text",
    ["<|endoftext|>", "<|startoftext|>", "<start_of_text>", "<end_of_text>", "a<|EndOfText|>b", "<|endoftext|>" * 9],
)
def test_special_tokens_spelt_out_are_text(tokens: TextTokens, text: str) -> None:
    for ours in (tokens, clip_tokens(77)):
        numbers, mask = ours([text], None)
        inner = numbers[0, 1 : mask[0].sum() - 1]
        assert len(inner) >= 5
        assert not np.isin(inner, (START, END)).any()
    assert START not in clip_tokenizer(77).encode(text).ids[1:-1]
    assert END not in clip_tokenizer(77).encode(text).ids[1:-1]


def test_the_tokenizer_alone_cuts_and_keeps_the_end() -> None:
    numbers = clip_tokenizer(16).encode("word " * 500).ids
    assert (len(numbers), numbers[0], numbers[-1]) == (16, START, END)
    assert clip_tokens(248).count(["word " * 500, ""]) == [502, 2]


def test_every_number_has_one_token() -> None:
    vocabulary = clip_tokenizer(77).get_vocab()
    assert sorted(vocabulary.values()) == list(range(49408))


@pytest.mark.parametrize("context", [2, 0, -1])
def test_a_context_without_room_is_refused(tmp_path: Path, context: int) -> None:
    with pytest.raises(InputError, match="no room") as caught:
        write_clip_tokenizer(tmp_path, context)
    assert caught.value.hint
    assert list(tmp_path.iterdir()) == []


def test_cleaning_is_what_the_folder_says(tmp_path: Path) -> None:
    write_clip_tokenizer(tmp_path, 77)
    text, clean = "Fish &amp;amp; chips", "fish & chips"

    def same() -> bool:
        ours = read_tokens(tmp_path, tmp_path / "config.json", None)
        return bool(np.array_equal(ours([text], 77)[0], ours([clean], 77)[0]))

    assert same()
    named = json.loads((tmp_path / "tokenizer_config.json").read_text())
    del named["clean"]
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(named))
    assert not same()
    (tmp_path / "config.json").write_text(json.dumps({"text_cfg": {"tokenizer_kwargs": {"clean": "lower"}}}))
    assert same()
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(named | {"clean": "some other"}))
    assert not same()
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(named | {"clean": ["lower"]}))
    assert not same()
