#!/usr/bin/env python3
"""Generates tests/golden/image/orientation: an image in every place that can hold its orientation.

    python3 tools/golden/image_orientation.py tests/golden/image/orientation

For each container and each orientation 1 … 8, a file, and in expected.json the SHA-256 of the RGB bytes that
Pillow returns: `stored` from Image.open alone, `upright` after ImageOps.exif_transpose.
"""
import hashlib
import io
import json
import sys
import zlib
from pathlib import Path

import numpy as np
import PIL
from PIL import Image, ImageOps, PngImagePlugin, TiffImagePlugin

WIDTH, HEIGHT = 7, 5


def exif(orientation, kind="<", tag_type=3):
    """An EXIF block with the orientation as its only tag. `kind`: byte order."""
    order = "little" if kind == "<" else "big"
    number = lambda value, size: value.to_bytes(size, order)
    value = number(orientation, 2) + b"\0\0" if tag_type == 3 else number(orientation, 4)
    head = (b"II" if kind == "<" else b"MM") + number(42, 2) + number(8, 4)
    return head + number(1, 2) + number(0x0112, 2) + number(tag_type, 2) + number(1, 4) + value + number(0, 4)


def xmp(orientation, element=False):
    space = 'xmlns:tiff="http://ns.adobe.com/tiff/1.0/"'
    inner = (f"<rdf:Description {space}><tiff:Orientation>{orientation}</tiff:Orientation></rdf:Description>"
             if element else f'<rdf:Description {space} tiff:Orientation="{orientation}"/>')
    return (f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
            f"{inner}</rdf:RDF></x:xmpmeta>").encode()


def save(image, kind, **settings):
    out = io.BytesIO()
    image.save(out, kind, **settings)
    return out.getvalue()


def segment(marker, body):
    return bytes([0xFF, marker]) + (len(body) + 2).to_bytes(2, "big") + body


def jpeg(image, *bodies):
    data = save(image, "JPEG", quality=95, subsampling=0)
    return data[:2] + b"".join(segment(0xE1, body) for body in bodies) + data[2:]


XAP = b"http://ns.adobe.com/xap/1.0/\0"
EXIF = b"Exif\0\0"


def chunk(kind, body):
    return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")


def png(image, *chunks, at_end=False):
    data = save(image, "PNG")
    at = len(data) - 12 if at_end else 33  # before IEND, or after IHDR
    return data[:at] + b"".join(chunk(kind, body) for kind, body in chunks) + data[at:]


def raw_profile(block):
    text = (EXIF + block).hex()
    lines = "\n".join(text[i:i + 72] for i in range(0, len(text), 72))
    return f"\nexif\n{len(EXIF + block):8}\n{lines}\n".encode()


def itxt(text, compressed=False):
    return (b"iTXt", b"XML:com.adobe.xmp\0" + (b"\1\0\0\0" + zlib.compress(text) if compressed else b"\0\0\0\0" + text))


def webp(image, **settings):
    return save(image, "WEBP", lossless=True, **settings)


def tiff(image, orientation=None, packet=None):
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    if orientation is not None:
        tags[0x0112] = orientation
    if packet is not None:
        tags[700] = packet
        tags.tagtype[700] = 1
    return save(image, "TIFF", tiffinfo=tags)


def bigtiff(image, orientation):
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[0x0112] = orientation
    return save(image, "TIFF", tiffinfo=tags, big_tiff=True)


def containers(image, o):
    other = o % 8 + 1
    profile = b"Raw profile type exif\0"
    yield "jpeg_exif.jpg", jpeg(image, EXIF + exif(o))
    yield "jpeg_exif_big_endian.jpg", jpeg(image, EXIF + exif(o, ">"))
    yield "jpeg_exif_long.jpg", jpeg(image, EXIF + exif(o, "<", 4))
    yield "jpeg_exif_twice.jpg", jpeg(image, EXIF + exif(o)[:12], EXIF + exif(o)[12:])
    yield "jpeg_exif_prefix_twice.jpg", jpeg(image, EXIF + EXIF + exif(o))
    yield "jpeg_xmp.jpg", jpeg(image, XAP + xmp(o))
    yield "jpeg_xmp_element.jpg", jpeg(image, XAP + xmp(o, True))
    yield "jpeg_xmp_twice.jpg", jpeg(image, XAP + xmp(other), XAP + xmp(o))
    yield "jpeg_both.jpg", jpeg(image, XAP + xmp(other), EXIF + exif(o))
    yield "jpeg_invalid_exif.jpg", jpeg(image, XAP + xmp(o), EXIF + exif(0))
    yield "png_exif.png", png(image, (b"eXIf", exif(o)))
    yield "png_exif_at_end.png", png(image, (b"eXIf", exif(o, ">")), at_end=True)
    yield "png_raw_profile.png", png(image, (b"tEXt", profile + raw_profile(exif(o))))
    yield "png_raw_profile_compressed.png", png(
        image, (b"zTXt", profile + b"\0" + zlib.compress(raw_profile(exif(o)))))
    yield "png_xmp.png", png(image, itxt(xmp(o)))
    yield "png_xmp_compressed.png", png(image, itxt(xmp(o, True), True))
    yield "png_xmp_at_end.png", png(image, itxt(xmp(o)), at_end=True)
    yield "png_all.png", png(image, itxt(xmp(other)), (b"tEXt", profile + raw_profile(exif(other))), (b"eXIf", exif(o)))
    yield "webp_exif.webp", webp(image, exif=exif(o))
    yield "webp_exif_prefix.webp", webp(image, exif=EXIF + exif(o))
    yield "webp_xmp.webp", webp(image, xmp=xmp(o))
    yield "webp_both.webp", webp(image, exif=exif(o), xmp=xmp(other))
    yield "tiff_tag.tif", tiff(image, o)
    yield "tiff_xmp.tif", tiff(image, None, xmp(o, True))
    yield "tiff_both.tif", tiff(image, o, xmp(other))
    yield "bigtiff_tag.tif", bigtiff(image, o)


def expect(data):
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        stored = image.convert("RGB")
    with Image.open(io.BytesIO(data)) as image:
        upright = ImageOps.exif_transpose(image).convert("RGB")
    result = {}
    for name, pixels in (("stored", stored), ("upright", upright)):
        result[name] = [pixels.width, pixels.height, hashlib.sha256(pixels.tobytes()).hexdigest()]
    return result


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(20261128)
    image = Image.fromarray(rng.integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8))
    expected = {}
    for orientation in range(1, 9):
        for name, data in containers(image, orientation):
            path = Path(name)
            file = f"{path.stem}_{orientation}{path.suffix}"
            (folder / file).write_bytes(data)
            expected[file] = expect(data)
    rows = ",\n".join(f" {json.dumps(name)}: {json.dumps(value)}" for name, value in expected.items())
    (folder / "expected.json").write_text(f'{{"made_with": "Pillow {PIL.__version__}", "files": {{\n{rows}\n}}}}\n')


if __name__ == "__main__":
    main()
