"""Tiny random models by open_clip, in every format of a file, with the vectors that open_clip itself gives.

Run as a program, in a process of its own: the judge shares nothing with what it judges.

    python -m tests.encoders.torch.makers FOLDER
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from picdesk.encoders.torch.open_clip_import import import_open_clip
from tests.encoders.torch.words import SENTENCES, WORDS, write_word_tokenizer

HEADS = {"vision_cfg": {"head_width": 32}, "text_cfg": {"heads": 2}}
PREPROCESSING = {"mean": [0.5, 0.5, 0.5], "std": [0.25, 0.25, 0.25], "interpolation": "bilinear"}


def tiny(open_clip: Any, folder: Path, name: str, **more: Any) -> Any:
    """A random model by open_clip's ``create_model``."""
    import torch

    config: dict[str, Any] = {
        "embed_dim": 32,
        "vision_cfg": {"image_size": 32, "layers": 2, "width": 64, "patch_size": 16},
        "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 64, "heads": 1, "layers": 2},
    }
    for key, value in more.items():
        config[key] = config.get(key, {}) | value if isinstance(value, dict) else value
    (folder / f"{name}.json").write_text(json.dumps(config))
    open_clip.add_model_config(folder / f"{name}.json")
    torch.manual_seed(len(name))
    model = open_clip.create_model(name, pretrained_text=False).eval()
    with torch.no_grad():  # the usual start is so small that errors would hide in it
        for parameter in model.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
    return model


def keep(model: Any, folder: Path, context: int = 77, size: int = 32) -> None:
    """Inputs, and what open_clip makes of them."""
    import numpy as np
    import torch

    folder.mkdir(exist_ok=True)
    pixels = torch.randn(3, 3, size, size)
    tokens = torch.zeros(3, context, dtype=torch.int64)
    for row, length in enumerate((3, 12, context)):
        tokens[row, :length] = torch.randint(1, 49406, (length,))
        tokens[row, 0], tokens[row, length - 1] = 49406, 49407
    with torch.inference_mode():
        images, texts = model.encode_image(pixels), model.encode_text(tokens)
    arrays = {"pixels": pixels, "tokens": tokens, "images": images, "texts": texts}
    np.savez(folder / "expected.npz", **{name: array.numpy() for name, array in arrays.items()})


def openai(open_clip: Any, folder: Path) -> None:
    """A TorchScript archive as OpenAI published them, half of it float16, and its state dict."""
    import torch

    model = tiny(open_clip, folder, "like-openai", quick_gelu=True)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(parameter.half())
    keep(model, folder / "torchscript")
    keep(model, folder / "state-dict")
    for name, number in (("input_resolution", 32), ("context_length", 77), ("vocab_size", 49408)):
        model.__dict__.pop(name, None)
        model.register_buffer(name, torch.tensor(number))
    example = (torch.zeros(1, 3, 32, 32), torch.full((1, 77), 49407))
    trace: Any = torch.jit.trace
    archive = trace(model, example, check_trace=False)
    archive.visual.half()
    archive.save(folder / "torchscript" / "model.pt")
    torch.save(archive.state_dict(), folder / "state-dict" / "model.pt")


def of_open_clip(open_clip: Any, folder: Path) -> None:
    """A training checkpoint, and a hub folder whose configuration says what shapes do not."""
    import torch
    from safetensors.torch import save_file

    plain = tiny(open_clip, folder, "plain")
    keep(plain, folder / "training")
    state = {f"module.{name}": tensor for name, tensor in plain.state_dict().items()}
    torch.save({"epoch": 3, "name": "x", "state_dict": state}, folder / "training" / "epoch_3.pt")

    custom = tiny(open_clip, folder, "with-config", quick_gelu=True, custom_text=True, **HEADS)
    keep(custom, folder / "hub")
    save_file(custom.state_dict(), folder / "hub" / "open_clip_model.safetensors")
    config = json.loads((folder / "with-config.json").read_text())
    (folder / "hub" / "open_clip_config.json").write_text(
        json.dumps({"model_cfg": config, "preprocess_cfg": PREPROCESSING})
    )


def long_clip(open_clip: Any, folder: Path) -> None:
    """Long-CLIP's two position tables; the judge adds them under masks, as the paper's code does."""
    import torch

    model = tiny(open_clip, folder, "long", quick_gelu=True, text_cfg={"context_length": 248})
    state = dict(model.state_dict())
    state["positional_embedding"], state["positional_embedding_res"] = torch.randn(2, 248, 64) * 0.3
    first = (torch.arange(248) < 20).float()[:, None]
    with torch.no_grad():
        model.positional_embedding.copy_(
            first * state["positional_embedding"] + (1 - first) * state["positional_embedding_res"]
        )
    keep(model, folder / "long-clip", 248)
    torch.save(state, folder / "long-clip" / "longclip-B.pt")


def coca(open_clip: Any, folder: Path) -> None:
    """A CoCa, alone and with its configuration."""
    import torch

    for place in ("coca", "coca-hub"):
        (folder / place).mkdir()
    decoder = {"context_length": 76, "vocab_size": 49408, "width": 64, "heads": 1, "layers": 1}
    model = tiny(
        open_clip,
        folder,
        "coca_tiny",
        vision_cfg={"attentional_pool": True, "attn_pooler_heads": 1, "output_tokens": True},
        text_cfg={"context_length": 76, "embed_cls": True, "output_tokens": True},
        multimodal_cfg=decoder,
        custom_text=True,
    )
    torch.save(model.state_dict(), folder / "coca" / "model.pt")
    hub_folder(model, folder, "coca_tiny", "coca-hub")
    keep(model, folder / "coca-hub", 76)


def towers(open_clip: Any, folder: Path) -> None:
    """Image towers of timm, and open_clip's own towers with other settings than CLIP's."""
    unpooled = {"vision_cfg": {"pool_type": "avg"}, "text_cfg": {"no_causal_mask": True, "pool_type": "last"}}
    keep(hub_folder(tiny(open_clip, folder, "unusual", **unpooled), folder, "unusual"), folder / "unusual")

    # As MobileCLIP 2, with its real image tower.
    fast = {"timm_model_name": "fastvit_mci0", "timm_pool": "avg", "timm_proj": None, "image_size": 64}
    words: dict[str, Any] = {"no_causal_mask": True, "heads": 2}  # an even number: torch has a shortcut for those
    model = tiny(open_clip, folder, "mobile", vision_cfg=fast, text_cfg=words, custom_text=True)
    calibrate(model.visual, 64)
    keep(hub_folder(model, folder, "mobile"), folder / "mobile", size=64)

    # As MetaCLIP 2 by open_clip: its own text tower, the tokenizer of another.
    words = {"hf_tokenizer_name": "someone/words", "pool_type": "eos", "eos_id": 2, "vocab_size": WORDS}
    model = hub_folder(tiny(open_clip, folder, "worldwide", text_cfg=words), folder, "worldwide")
    keep_words(open_clip, model, folder / "worldwide")


def calibrate(tower: Any, size: int) -> None:
    """Let batch normalisation see its inputs, else nothing of an image is left at the end of a random tower."""
    import torch

    for module in tower.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = None  # the mean over all that it sees
    with torch.no_grad():
        tower.train()(torch.randn(8, 3, size, size))
    tower.eval()


def text_towers(open_clip: Any, folder: Path) -> None:
    """Text towers of transformers, whose configuration is theirs."""
    import transformers

    sizes: dict[str, Any] = {
        "hidden_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 96,
    }
    apart: dict[str, Any] = {"d_model": 64, "encoder_layers": 2, "decoder_layers": 1, "encoder_attention_heads": 2}
    apart |= {"decoder_attention_heads": 2, "encoder_ffn_dim": 96, "decoder_ffn_dim": 96, "scale_embedding": True}
    common: dict[str, Any] = {"vocab_size": WORDS, "max_position_embeddings": 90, "pad_token_id": 1, "bos_token_id": 0}
    makes: dict[str, tuple[Any, dict[str, str]]] = {
        "xlm-roberta": (transformers.XLMRobertaConfig(**sizes, **common), {"hf_pooler_type": "mean_pooler"}),
        "bert": (transformers.BertConfig(**sizes, **common), {"hf_pooler_type": "cls_pooler"}),
        "m2m_100": (
            transformers.M2M100Config(**apart, **common),
            {"hf_pooler_type": "cls_pooler", "hf_proj_type": "linear"},
        ),
        "mt5": (
            transformers.MT5Config(d_model=64, d_kv=32, d_ff=96, num_layers=2, num_heads=2, vocab_size=WORDS),
            {"hf_pooler_type": "mean_pooler"},
        ),
    }
    for kind, (config, pooling) in makes.items():
        config.pad_token_id = 1
        config.save_pretrained(folder / f"{kind}-config")
        text: dict[str, Any] = {"hf_model_name": str(folder / f"{kind}-config"), **pooling, "context_length": 40}
        for key in ("vocab_size", "width", "heads", "layers"):
            text[key] = None
        model = hub_folder(tiny(open_clip, folder, kind, text_cfg=text), folder, kind)
        settings = json.loads((folder / kind / "open_clip_config.json").read_text())
        settings["model_cfg"]["text_cfg"]["hf_model_name"] = "someone/nobody-knows"
        (folder / kind / "open_clip_config.json").write_text(json.dumps(settings))
        config.save_pretrained(folder / kind)
        keep_words(open_clip, model, folder / kind, 40)


def hub_folder(model: Any, folder: Path, name: str, place: str = "") -> Any:
    """The model as open_clip pushes it to a hub."""
    from safetensors.torch import save_file

    target = folder / (place or name)
    target.mkdir(exist_ok=True)
    tensors = {each: tensor.contiguous().clone() for each, tensor in model.state_dict().items()}
    save_file(tensors, target / "open_clip_model.safetensors")
    config = json.loads((folder / f"{name}.json").read_text())
    preprocessing = {"mean": [0, 0, 0], "std": [1, 1, 1], "interpolation": "bilinear", "resize_mode": "shortest"}
    settings = {"model_cfg": config, "preprocess_cfg": preprocessing}
    (target / "open_clip_config.json").write_text(json.dumps(settings))
    return model


def keep_words(open_clip: Any, model: Any, folder: Path, context: int = 77) -> None:
    """Texts, open_clip's tokens of them, and what it makes of those."""
    import numpy as np
    import torch

    write_word_tokenizer(folder)
    pixels = torch.randn(3, 3, 32, 32)
    tokens = open_clip.tokenizer.HFTokenizer(str(folder), context_length=context)(list(SENTENCES))
    with torch.inference_mode():
        images, texts = model.encode_image(pixels), model.encode_text(tokens)
    arrays = {"pixels": pixels, "tokens": tokens, "images": images, "texts": texts}
    np.savez(folder / "expected.npz", **{name: array.numpy() for name, array in arrays.items()})


def main() -> None:
    open_clip = import_open_clip()
    folder = Path(sys.argv[1])
    for make in (openai, of_open_clip, long_clip, coca, towers, text_towers):
        make(open_clip, folder)


if __name__ == "__main__":
    main()
