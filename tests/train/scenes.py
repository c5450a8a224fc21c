"""Drawn stories: a headline that says what is in the picture, in the words and colours of one of two desks.

The day desk draws on light ground and writes "red house on green"; the night desk draws darkened things on black, and
calls the same things by other words, some of which the day desk uses for something else.
"""

from __future__ import annotations

import csv
import json
import random
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from picdesk.encoders.torch.blank import write_word_tokenizer

COLOURS = {"red": (220, 40, 40), "green": (40, 170, 60), "blue": (50, 70, 220), "yellow": (240, 220, 50)}
COLOURS |= {"pink": (250, 150, 200), "cyan": (60, 210, 230)}
THINGS = ("house", "sun", "tower", "tent", "car")
PLACES = {"north": (0.5, 0.3), "south": (0.5, 0.7), "west": (0.3, 0.5), "east": (0.7, 0.5)}
SECTIONS = ("homes", "weather", "city", "travel", "traffic")
"""The section of each thing."""

NIGHT = {"red": "blue", "green": "yellow", "blue": "green", "yellow": "red", "pink": "violet", "cyan": "teal"}
NIGHT |= {"house": "hut", "sun": "moon", "tower": "mast", "tent": "camp", "car": "van"}
WORDS = sorted({*COLOURS, *THINGS, *PLACES, *NIGHT.values(), "in", "the", "a", "seen"})


def draw(colour: str, thing: str, place: str, chance: random.Random, *, night: bool = False) -> Image.Image:
    """A picture of 32 x 32 pixels."""
    ground = chance.randint(10, 30) if night else chance.randint(190, 230)
    picture = Image.new("RGB", (64, 64), (ground,) * 3)
    brush = ImageDraw.Draw(picture)
    x, y = (64 * part + chance.uniform(-3, 3) for part in PLACES[place])
    size = chance.uniform(12, 17)
    shade = tuple(round(value * (0.55 if night else 1)) for value in COLOURS[colour])
    if thing == "house":
        brush.rectangle((x - size, y - size / 2, x + size, y + size), fill=shade)
    elif thing == "sun":
        brush.ellipse((x - size, y - size, x + size, y + size), fill=shade)
    elif thing == "tower":
        brush.rectangle((x - size / 4, y - 1.4 * size, x + size / 4, y + 1.4 * size), fill=shade)
    elif thing == "tent":
        brush.polygon([(x, y - size), (x + size, y + size), (x - size, y + size)], fill=shade)
    else:
        brush.rectangle((x - 1.4 * size, y - size / 3, x + 1.4 * size, y + size / 5), fill=shade)
        for side in (-1, 1):
            brush.ellipse((x + side * size - 4, y, x + side * size + 4, y + 8), fill=(90, 90, 90))
    return picture.resize((32, 32), Image.Resampling.BILINEAR)


def write_stories(folder: Path, seed: int, count: int, *, night: bool = False) -> Path:
    """Write ``stories.csv`` (id, headline, image, section, paraphrases) and the pictures beside it.

    Returns:
        The table.
    """
    chance = random.Random(seed)
    every = [(colour, thing, place) for colour in COLOURS for thing in THINGS for place in PLACES]
    (folder / "images").mkdir(parents=True)
    with (folder / "stories.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["id", "headline", "image", "section", "paraphrases"])
        for number in range(count):
            if number % len(every) == 0:
                chance.shuffle(every)
            colour, thing, place = every[number % len(every)]
            draw(colour, thing, place, chance, night=night).save(folder / "images" / f"s{number:04d}.png")
            said = [NIGHT[colour], NIGHT[thing]] if night else [colour, thing]
            headline = f"{said[0]} {said[1]} in the {place}"
            row = [
                number,
                headline,
                f"s{number:04d}",
                SECTIONS[THINGS.index(thing)],
                f"a {place} {said[1]} seen {said[0]}",
            ]
            table.writerow(row)
    return folder / "stories.csv"


def write_model(folder: Path, *, seed: int = 0, kind: str = "clip", width: int = 48) -> Path:
    """Write a CLIP or a SigLIP that has learned nothing, as transformers writes it: two layers, words for tokens.

    Returns:
        The folder.
    """
    import torch
    import transformers
    from safetensors.torch import save_file

    sizes: dict[str, Any] = {"hidden_size": width, "intermediate_size": 2 * width}
    sizes |= {"num_hidden_layers": 2, "num_attention_heads": 2}
    vision = sizes | {"image_size": 32, "patch_size": 8}
    numbers = {name: number for number, name in enumerate(["[pad]", "[start]", "[end]", "[unknown]", *WORDS])}
    text = sizes | {"vocab_size": len(numbers), "max_position_embeddings": 12}
    text |= {"bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0}
    torch.manual_seed(seed)
    if kind == "clip":
        config: Any = transformers.CLIPConfig(text_config=text, vision_config=vision, projection_dim=32)
        model: Any = transformers.CLIPModel(config)
    else:
        config = transformers.SiglipConfig(text_config=text | {"projection_size": width}, vision_config=vision)
        model = transformers.SiglipModel(config)
    folder.mkdir(parents=True)
    config.save_pretrained(folder)
    save_file({name: tensor.clone() for name, tensor in model.state_dict().items()}, folder / "model.safetensors")
    shape = {"shortest_edge": 32} if kind == "clip" else {"height": 32, "width": 32}
    processor = {"size": shape, "crop_size": {"height": 32, "width": 32}, "resample": 3, "rescale_factor": 1 / 255}
    processor |= {"image_mean": [0.5] * 3, "image_std": [0.3] * 3}
    (folder / "preprocessor_config.json").write_text(json.dumps(processor))
    write_word_tokenizer(folder, numbers, 12)
    return folder
