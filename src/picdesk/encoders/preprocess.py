"""An image becomes an encoder's input, to the last bit as open_clip's evaluation transform makes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from picdesk.encoders.settings import read_settings
from picdesk.errors import EncoderMissing

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from PIL import Image

# open_clip's OPENAI_DATASET_MEAN and OPENAI_DATASET_STD, which it uses where a file says nothing.
_MEAN = (0.48145466, 0.4578275, 0.40821073)
_STD = (0.26862954, 0.26130258, 0.27577711)
_LARGEST_SIDE = 4096
_LONGEST_STRIP = 20


@dataclass(frozen=True, slots=True, eq=False)
class Preparation:
    """How an image is resized, cut and normalised; values of ``preprocess_cfg.json`` as open_clip writes it.

    Attributes:
        height: pixels of the input.
        width: pixels of the input.
        mode: ``shortest`` (fill the input, cut what hangs over), ``longest`` (fit inside, pad) or ``squash``.
        resampling: Pillow's number of the interpolation.
        fill: 0-255, what ``longest`` pads with.
        mean: ``(3,)`` float32, of red, green and blue as shares of 255.
        std: ``(3,)`` float32, over 0.
    """

    height: int
    width: int
    mode: str
    resampling: int
    fill: int
    mean: NDArray[np.float32]
    std: NDArray[np.float32]

    def __call__(self, image: Image.Image) -> NDArray[np.uint8]:
        """Resize and cut one image. It stays bytes, a quarter of the size, until it is its turn to be encoded.

        Args:
            image: any mode; transparency and other colour models are converted to RGB by Pillow, before resizing.

        Returns:
            ``(3, height, width)`` uint8. Normalised, an RGB image is equal to open_clip's transform bit for bit, but
            for strips over 20 times as long as wide, which ``shortest`` cuts before it enlarges them.
        """
        rgb = image if image.mode == "RGB" else image.convert("RGB")
        return np.stack([np.asarray(channel) for channel in self._resized(rgb).split()])

    def normalised(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """``(byte / 255 - mean) / std`` of each channel.

        Args:
            pixels: ``(n, 3, height, width)`` uint8.

        Returns:
            The same shape, float32. In this order and in float32 throughout, as torchvision's ToTensor and Normalize:
            any other order moves last bits.
        """
        values = np.empty(pixels.shape, dtype=np.float32)
        for image, bytes_ in zip(values, pixels, strict=True):  # one channel at a time stays in the processor's cache
            for channel in range(3):
                np.divide(bytes_[channel], np.float32(255), out=image[channel], dtype=np.float32)
                image[channel] -= self.mean[channel]
                image[channel] /= self.std[channel]
        return values

    def _resized(self, image: Image.Image) -> Image.Image:
        if self.mode == "squash":
            return self._resize(image, self.width, self.height)
        if self.mode == "longest":
            return _centred(self._resize(image, *self._scaled(image, max)), self.width, self.height, self.fill)
        image = _shortened(image)
        if self.width == self.height:
            # torchvision's Resize to one number: the short edge exact, the long one rounded down.
            short = min(image.size)
            width, height = (int(self.width * edge / short) for edge in image.size)
        else:
            width, height = self._scaled(image, min)
        if image.width > image.height:
            # Pillow squeezes the rows of a landscape first, then its columns. What hangs over at the sides is cut in
            # between: the same pixels, less work. (Of a portrait it takes the one or the other first.)
            image, width = _centred(self._resize(image, width, image.height), self.width, image.height, 0), self.width
        return _centred(self._resize(image, width, height), self.width, self.height, 0)

    def _scaled(self, image: Image.Image, choose: Any) -> tuple[int, int]:
        """open_clip's ResizeKeepRatio; an edge keeps at least one pixel."""
        ratio = choose(image.height / self.height, image.width / self.width)
        return max(1, round(image.width / ratio)), max(1, round(image.height / ratio))

    def _resize(self, image: Image.Image, width: int, height: int) -> Image.Image:
        return image if image.size == (width, height) else image.resize((width, height), self.resampling)


def _shortened(image: Image.Image) -> Image.Image:
    """The middle of a strip: enlarged whole, one of 1 x 60,000 pixels would need gigabytes."""
    longest = _LONGEST_STRIP * min(image.size)
    return _centred(image, min(image.width, longest), min(image.height, longest), 0)


def _centred(image: Image.Image, width: int, height: int, fill: int) -> Image.Image:
    """open_clip's CenterCropOrPad: pads to at least ``width`` x ``height``, then cuts the middle out."""
    import PIL.Image

    if width > image.width or height > image.height:
        canvas = PIL.Image.new("RGB", (max(width, image.width), max(height, image.height)), (fill, fill, fill))
        canvas.paste(image, (max(0, (width - image.width) // 2), max(0, (height - image.height) // 2)))
        image = canvas
    if image.size == (width, height):
        return image
    # Python's round, as there: halves go to the even pixel.
    left, top = round((image.width - width) / 2), round((image.height - height) / 2)
    return image.crop((left, top, left + width, top + height))


def read_preparation(path: Path) -> Preparation:
    """Read ``preprocess_cfg.json``.

    Raises:
        EncoderMissing: the file is missing or broken, or asks for something that open_clip does not know.
    """
    if not path.is_file():
        raise EncoderMissing(
            f"{path} is missing: without it nobody knows how the model wants its images",
            "Export the model again with its preprocess_cfg.json (size, mean, std, interpolation, resize_mode).",
        )
    settings = {key: value for key, value in read_settings(path).items() if value is not None}
    try:
        return _preparation(settings)
    except (TypeError, ValueError) as error:
        raise EncoderMissing(
            f"{path} cannot be used: {error}", "Compare it with the preprocess_cfg.json that open_clip writes."
        ) from error


def _preparation(settings: dict[str, Any]) -> Preparation:
    from PIL import Image

    if settings.get("mode", "RGB") != "RGB":
        raise ValueError(f"mode is {settings['mode']!r}, not 'RGB'")
    height, width = _sizes(settings.get("size", 224))
    mode = settings.get("resize_mode", "shortest")
    if mode not in ("shortest", "longest", "squash"):
        raise ValueError(f"resize_mode is {mode!r}, not 'shortest', 'longest' or 'squash'")
    # open_clip takes 'random' (a training setting) as bicubic when it evaluates.
    name = settings.get("interpolation", "bicubic")
    known = {"random": Image.Resampling.BICUBIC} | {each.name.lower(): each for each in Image.Resampling}
    if name not in known:
        raise ValueError(f"interpolation is {name!r}, not one of {', '.join(sorted(known))}")
    fill = settings.get("fill_color", 0)
    if type(fill) is not int or not 0 <= fill <= 255:
        raise ValueError(f"fill_color is {fill!r}, not a number from 0 to 255")
    mean, std = _three(settings, "mean", _MEAN), _three(settings, "std", _STD)
    if (std <= 0).any():
        raise ValueError(f"std is {settings['std']!r}, which is not above 0")
    return Preparation(height, width, mode, int(known[name]), fill, mean, std)


def _sizes(size: Any) -> tuple[int, int]:
    sizes = [size] * 2 if type(size) is int else size
    if isinstance(sizes, list) and len(sizes) == 1:
        sizes = sizes * 2
    if not isinstance(sizes, list) or len(sizes) != 2 or any(type(n) is not int for n in sizes):
        raise ValueError(f"size is {size!r}, neither a whole number nor [height, width]")
    if not all(1 <= n <= _LARGEST_SIDE for n in sizes):
        raise ValueError(f"size is {size!r}, not from 1 to {_LARGEST_SIDE} pixels")
    return sizes[0], sizes[1]


def _three(settings: dict[str, Any], key: str, default: tuple[float, ...]) -> NDArray[np.float32]:
    value = settings.get(key, default)
    numbers = np.asarray([value] * 3 if isinstance(value, int | float) else value, dtype=np.float32)
    if numbers.shape != (3,) or not np.isfinite(numbers).all():
        raise ValueError(f"{key} is {value!r}, not three numbers")
    return numbers
