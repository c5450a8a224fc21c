"""Files that a photo archive meets and must refuse, one maker a kind; a seed gives every file its own bytes."""

from __future__ import annotations

import io
import random
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING

from tests.drawn.scenes import draw_scene, jpeg_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def _chance(seed: int) -> random.Random:
    return random.Random(seed)


def _saved(seed: int, kind: str) -> bytes:
    buffer = io.BytesIO()
    draw_scene(seed, (96, 72)).save(buffer, kind)
    return buffer.getvalue()


def png_chunk(name: bytes, content: bytes) -> bytes:
    """A PNG chunk with its length and checksum."""
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def _png(seed: int, width: int, height: int) -> bytes:
    """A PNG whose header claims a size and whose pixels are a few bytes."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(64) + seed.to_bytes(8, "big"))
    return PNG_SIGNATURE + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", pixels) + png_chunk(b"IEND", b"")


def _empty(_: int) -> bytes:
    return b""


def _jpeg_header_only(seed: int) -> bytes:
    return jpeg_bytes(draw_scene(seed))[: 24 + seed % 500]


def _jpeg_half(seed: int) -> bytes:
    data = jpeg_bytes(draw_scene(seed))
    return data[: len(data) // 2]


def _jpeg_header_flipped(seed: int) -> bytes:
    """The segments before the scan are noise; signature and scan are as they were."""
    data = jpeg_bytes(draw_scene(seed))
    scan = data.index(b"\xff\xda")
    return data[:3] + _chance(seed).randbytes(scan - 3).replace(b"\xff", b"\x00") + data[scan:]


def _jpeg_huge(seed: int) -> bytes:
    """A JPEG whose frame header claims 65500 x 65500."""
    data = jpeg_bytes(draw_scene(seed))
    frame = data.index(b"\xff\xc0")
    return data[: frame + 5] + struct.pack(">HH", 65500, 65500) + data[frame + 9 :]


def _text(seed: int) -> bytes:
    return f"Caption {seed}: The minister arrives in Berlin.\n".encode() * 20


def _html(seed: int) -> bytes:
    return f"<!DOCTYPE html><html><head><title>404</title></head><body>No photo {seed}</body></html>".encode()


def _png_bomb(seed: int) -> bytes:
    return _png(seed, 60_000, 60_000)


def _png_half(seed: int) -> bytes:
    data = _saved(seed, "PNG")
    return data[: len(data) // 2]


def _png_bad_checksum(seed: int) -> bytes:
    data = bytearray(_saved(seed, "PNG"))
    data[29 + seed % 4] ^= 0xFF  # the four bytes after IHDR's 13 are its checksum
    return bytes(data)


def _png_no_size(seed: int) -> bytes:
    return _png(seed, 0, 1 + seed)


def _gif_header_only(seed: int) -> bytes:
    return b"GIF89a" + struct.pack("<HHBBB", 100 + seed, 80, 0, 0, 0)


def _tiff_loop(seed: int) -> bytes:
    """A directory of one entry whose next directory is itself."""
    entry = struct.pack("<HHII", 0x0100, 4, 1, 1 + seed)
    return b"II*\x00" + struct.pack("<I", 8) + struct.pack("<H", 1) + entry + struct.pack("<I", 8)


def _tiff_many_tags(seed: int) -> bytes:
    """A directory that claims 65,535 entries, each of them four gigabytes long."""
    entries = b"".join(struct.pack("<HHII", 0x8000 + tag, 1, 0xFFFFFFFF, seed) for tag in range(100))
    return b"II*\x00" + struct.pack("<I", 8) + struct.pack("<H", 0xFFFF) + entries


def hollow_tiff(width: int, height: int, seed: int) -> bytes:
    """Greyscale pixels of which none are there."""
    entries = [(256, width), (257, height), (258, 8), (259, 1), (262, 1), (273, 200 + seed), (277, 1), (278, height)]
    directory = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries)
    return b"II*\x00" + struct.pack("<IH", 8, len(entries)) + directory + bytes(4)


def _tiff_huge(seed: int) -> bytes:
    return hollow_tiff(50_000, 50_000, seed)


def _webp_half(seed: int) -> bytes:
    data = _saved(seed, "WEBP")
    return data[: len(data) // 2]


def _avif_half(seed: int) -> bytes:
    data = _saved(seed, "AVIF")
    return data[: len(data) // 2]


def _zip(seed: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(f"photo-{seed}.jpg", jpeg_bytes(draw_scene(seed, (32, 24))))
    return buffer.getvalue()


def _zeros(seed: int) -> bytes:
    return bytes(1000 + seed)


def _noise(seed: int) -> bytes:
    return _chance(seed).randbytes(5000)


def _bmp(seed: int, width: int, height: int) -> bytes:
    pixels = _chance(seed).randbytes(64)
    header = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, len(pixels), 2835, 2835, 0, 0)
    return b"BM" + struct.pack("<IHHI", 54 + len(pixels), 0, 0, 54) + header + pixels


def _bmp_huge(seed: int) -> bytes:
    return _bmp(seed, 0x7FFFFFFF, 0x7FFFFFFF)


def _bmp_negative(seed: int) -> bytes:
    return _bmp(seed, -100, -100)


def _svg(seed: int) -> bytes:
    circle = f'<circle cx="{seed}" cy="50" r="40"/>'
    return (
        f'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="100" height="100">{circle}</svg>'.encode()
    )


def _eps(seed: int) -> bytes:
    return _saved(seed, "EPS")


def _one_pixel(seed: int) -> bytes:
    """A tracking pixel."""
    buffer = io.BytesIO()
    draw_scene(seed, (1, 1)).save(buffer, "GIF")
    return buffer.getvalue()


BROKEN: dict[str, Callable[[int], bytes]] = {
    "empty": _empty,
    "jpeg-header-only": _jpeg_header_only,
    "jpeg-half": _jpeg_half,
    "jpeg-header-flipped": _jpeg_header_flipped,
    "jpeg-huge": _jpeg_huge,
    "text": _text,
    "html": _html,
    "png-bomb": _png_bomb,
    "png-half": _png_half,
    "png-bad-checksum": _png_bad_checksum,
    "png-no-size": _png_no_size,
    "gif-header-only": _gif_header_only,
    "tiff-loop": _tiff_loop,
    "tiff-many-tags": _tiff_many_tags,
    "tiff-huge": _tiff_huge,
    "webp-half": _webp_half,
    "avif-half": _avif_half,
    "zip": _zip,
    "zeros": _zeros,
    "noise": _noise,
    "bmp-huge": _bmp_huge,
    "bmp-negative": _bmp_negative,
    "svg": _svg,
    "eps": _eps,
    "one-pixel": _one_pixel,
}
"""Name of the damage -> maker of a file's bytes from a seed. Only ``empty`` gives the same bytes for every seed."""
