#!/usr/bin/env python3
"""Writes tests/golden/codecs: small images in the formats whose libraries are optional, and what the
reference of each format makes of them.

    tools/golden/codecs.py [FOLDER]

NAME.png next to each image holds the reference's pixels, converted to RGB as Pillow's convert("RGB").
The references: Pillow's AVIF plugin, pillow-heif, djxl, LibRaw's dcraw_emu and simple_dcraw, and
rsvg-convert on white. Python packages: pillow >= 11.3, pillow-heif, numpy. Debian packages: libavif-bin,
libjxl-tools, libraw-bin, librsvg2-bin.
"""
import gzip
import io
import pathlib
import struct
import subprocess
import sys
import tempfile

import numpy as np
import pillow_heif
from PIL import Image, ImageCms

from image_formats import scene

WIDTH, HEIGHT = 96, 70
ORIENTATION = 0x0112


def run(*command):
    subprocess.run([str(part) for part in command], check=True, capture_output=True)


def exif(orientation):
    tags = Image.Exif()
    tags[ORIENTATION] = orientation
    return tags.tobytes()


def save(path, image, **options):
    image.save(path, **options)
    return path


def png16(path, samples):
    """A 16-bit RGB PNG, which Pillow cannot write."""
    from image_formats import png
    path.write_bytes(png(np.random.default_rng(1), samples.astype(np.uint16), 16, 2))
    return path


class Sources:
    """Inputs of the encoders, as PNG files in a folder."""

    def __init__(self, folder):
        rng = np.random.default_rng(11)
        rgba = scene(rng, WIDTH, HEIGHT, 4)
        self.rgba = Image.fromarray(rgba, "RGBA")
        self.rgb = Image.fromarray(np.ascontiguousarray(rgba[:, :, :3]), "RGB")
        self.grey = self.rgb.convert("L")
        self.la = Image.merge("LA", (self.grey, self.rgba.getchannel("A")))
        self.deep = rgba[:, :, :3].astype(np.uint16) * 256 + rng.integers(0, 256, (HEIGHT, WIDTH, 3), np.uint16)
        self.rgb_file = save(folder / "rgb.png", self.rgb)
        self.rgba_file = save(folder / "rgba.png", self.rgba)
        self.grey_file = save(folder / "grey.png", self.grey)
        self.la_file = save(folder / "la.png", self.la)
        self.deep_file = png16(folder / "deep.png", self.deep)


def avif(out, sources):
    def encode(name, source, *options):
        run("avifenc", "-s", "8", "--min", "8", "--max", "20", *options, source, out / f"{name}.avif")

    for yuv in ("420", "422", "444"):
        encode(f"yuv{yuv}", sources.rgb_file, "-y", yuv)
    encode("grey", sources.grey_file, "-y", "400")
    encode("limited_bt709", sources.rgb_file, "-y", "420", "-r", "limited", "--cicp", "1/13/1")
    encode("lossless", sources.rgb_file, "--lossless")
    encode("alpha", sources.rgba_file, "-y", "420")
    encode("alpha_premultiplied", sources.rgba_file, "-y", "444", "-p")
    encode("bits10", sources.deep_file, "-d", "10", "-y", "420")
    encode("bits12", sources.deep_file, "-d", "12", "-y", "444")
    encode("ycgco10", sources.deep_file, "-d", "10", "-y", "444", "--cicp", "1/13/8")
    encode("grey10", sources.grey_file, "-d", "10", "-y", "400")
    encode("alpha10", sources.rgba_file, "-d", "10", "-y", "420")
    for angle in (1, 2, 3):
        encode(f"irot{angle}", sources.rgb_file, "--irot", angle)
    for axis in (0, 1):
        encode(f"imir{axis}", sources.rgb_file, "--imir", axis)
        encode(f"irot1_imir{axis}", sources.rgb_file, "--irot", 1, "--imir", axis)
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    sources.rgb.save(out / "icc_exif6.avif", icc_profile=icc, exif=exif(6), quality=70, speed=8)
    sources.rgb.save(out / "animated.avif", save_all=True, append_images=[sources.rgb.rotate(180)] * 2,
                     quality=60, speed=8)
    wide = sources.rgb.resize((128, 64))
    grid = save(out / "grid.png", wide)
    encode("grid", grid, "-g", "2x1", "-y", "420")
    grid.unlink()


def heic(out, sources):
    def write(name, image, **options):
        pillow_heif.from_pillow(image).save(out / f"{name}.heic", quality=70, **options)

    for chroma in (420, 422, 444):
        write(f"yuv{chroma}", sources.rgb, chroma=chroma)
    write("grey", sources.grey)
    write("alpha", sources.rgba)
    write("limited", sources.rgb, full_range_flag=0, save_nclx_profile=True)
    write("bt709", sources.rgb, matrix_coefficients=1, save_nclx_profile=True)
    image = sources.rgb.copy()
    image.info["icc_profile"] = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    write("icc", image)
    for orientation in (2, 3, 5, 6, 8):
        image = sources.rgb.copy()
        image.info["exif"] = exif(orientation)
        write(f"orientation{orientation}", image)
    write("grid", sources.rgb, tile_size=64)
    for bits in (10, 12):
        pillow_heif.options.SAVE_HDR_TO_12_BIT = bits == 12
        pillow_heif.encode("RGB;16", (WIDTH, HEIGHT), sources.deep.tobytes(), out / f"bits{bits}.heic",
                           quality=70)
    several = pillow_heif.from_pillow(sources.rgb)
    several.add_from_pillow(sources.rgb.rotate(180))
    several.save(out / "several.heic", quality=60)


def jxl(out, sources, folder):
    def encode(name, source, *options):
        run("cjxl", source, out / f"{name}.jxl", "-e", 3, *options)

    encode("lossy", sources.rgb_file, "-d", 1)
    encode("lossless", sources.rgb_file, "-d", 0)
    encode("container", sources.rgb_file, "-d", 1, "--container=1")
    encode("progressive", sources.rgb_file, "-d", 2, "-p")
    encode("grey", sources.grey_file, "-d", 1)
    encode("grey_alpha", sources.la_file, "-d", 0)
    encode("alpha", sources.rgba_file, "-d", 1)
    encode("bits16", sources.deep_file, "-d", 0)
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    encode("icc", save(folder / "icc.png", sources.rgb, icc_profile=icc), "-d", 0)
    for orientation in (1, 6, 7):
        source = save(folder / f"o{orientation}.jpg", sources.rgb, exif=exif(orientation), quality=80)
        encode(f"jpeg_orientation{orientation}", source)
    frames = [image.convert("P") for image in (sources.rgb, sources.rgb.rotate(180))]
    encode("animated", save(folder / "a.gif", frames[0], save_all=True, append_images=frames[1:]))


def directory(entries, at):
    """A little-endian TIFF directory at offset `at`: bytes of the directory and of its values."""
    sizes = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 10: 8}
    codes = {1: "B", 2: "B", 3: "H", 4: "I", 5: "I", 10: "i"}
    head, tail = struct.pack("<H", len(entries)), b""
    values_at = at + 2 + 12 * len(entries) + 4
    for tag, kind, values in sorted(entries):
        raw = struct.pack(f"<{len(values)}{codes[kind]}", *values)
        count = len(raw) // sizes[kind]
        if len(raw) <= 4:
            head += struct.pack("<HHI", tag, kind, count) + raw.ljust(4, b"\0")
        else:
            head += struct.pack("<HHII", tag, kind, count, values_at + len(tail))
            tail += raw + b"\0" * (len(raw) % 2)
    return head + b"\0\0\0\0" + tail


def dng(image, orientation=1, preview=None):
    """An uncompressed DNG with a Bayer pattern (RGGB, 16 bits) and maybe a JPEG preview."""
    rgb = np.asarray(image.convert("RGB"), dtype=np.float64)
    linear = (rgb / 255) ** 2.2
    mosaic = linear[:, :, 1].copy()
    mosaic[0::2, 0::2] = linear[0::2, 0::2, 0]
    mosaic[1::2, 1::2] = linear[1::2, 1::2, 2]
    data = (512 + mosaic * 15000).astype("<u2").tobytes()
    height, width = mosaic.shape
    data_at = 8
    preview_at = data_at + len(data)
    end = preview_at + len(preview or b"")
    raw = [(254, 4, [0]), (256, 4, [width]), (257, 4, [height]), (258, 3, [16]), (259, 3, [1]),
           (262, 3, [32803]), (273, 4, [data_at]), (277, 3, [1]), (278, 4, [height]),
           (279, 4, [len(data)]), (33421, 3, [2, 2]), (33422, 1, [0, 1, 1, 2]),
           (50714, 3, [512]), (50717, 4, [15512])]
    camera = [(271, 2, b"Sightline\0"), (272, 2, b"Test\0"), (274, 3, [orientation]),
              (50706, 1, [1, 4, 0, 0]), (50707, 1, [1, 1, 0, 0]), (50708, 2, b"Sightline Test\0"),
              (50721, 10, [v for n in (32405, -15371, -4985, -9693, 18760, 416, 556, -2040, 10572)
                           for v in (n, 10000)]),
              (50728, 5, [1, 1, 1, 1, 1, 1]), (50778, 3, [21])]
    if preview is None:
        return b"II*\0" + struct.pack("<I", end) + data + directory(raw + camera, end)
    jpeg = Image.open(io.BytesIO(preview))
    raw_bytes = directory(raw, end)
    main = [(254, 4, [1]), (256, 4, [jpeg.width]), (257, 4, [jpeg.height]), (258, 3, [8, 8, 8]),
            (259, 3, [7]), (262, 3, [6]), (273, 4, [preview_at]), (277, 3, [3]),
            (278, 4, [jpeg.height]), (279, 4, [len(preview)]), (330, 4, [end])]
    main_at = end + len(raw_bytes)
    return (b"II*\0" + struct.pack("<I", main_at) + data + preview + raw_bytes +
            directory(main + camera, main_at))


def raw(out, sources):
    def jpeg(width, height):
        file = io.BytesIO()
        blocks = sources.rgb.resize((8, 6)).resize((width, height), Image.Resampling.NEAREST)
        blocks.save(file, "JPEG", quality=30)
        return file.getvalue()

    (out / "developed.dng").write_bytes(dng(sources.rgb))
    (out / "developed_orientation6.dng").write_bytes(dng(sources.rgb, orientation=6))
    (out / "small_preview.dng").write_bytes(dng(sources.rgb, preview=jpeg(48, 36)))
    large = jpeg(702, 512)
    (out / "preview.dng").write_bytes(dng(sources.rgb, preview=large))
    (out / "preview_orientation8.dng").write_bytes(dng(sources.rgb, orientation=8, preview=large))


SVG = """<?xml version="1.0" encoding="UTF-8"?>
<!-- A comment before the root element -->
<svg xmlns="http://www.w3.org/2000/svg" {size}>
  <defs><linearGradient id="g"><stop stop-color="#e33"/><stop offset="1" stop-color="#36c"/></linearGradient></defs>
  <rect x="8" y="6" width="60" height="44" rx="7" fill="url(#g)"/>
  <circle cx="66" cy="42" r="20" fill="#2a4" fill-opacity="0.6" stroke="black" stroke-width="2.5"/>
  <path d="M4 66 C 30 30, 50 90, 92 8" fill="none" stroke="#a0f" stroke-width="3"/>
</svg>
"""


def svg(out):
    sized = SVG.format(size='width="96" height="70"')
    (out / "sized.svg").write_text(sized)
    (out / "compressed.svgz").write_bytes(gzip.compress(sized.encode(), mtime=0))
    (out / "view_box.svg").write_text(SVG.format(size='viewBox="0 0 96 70"'))
    (out / "inches.svg").write_text(SVG.format(size='width="1.21in" height="0.9in" viewBox="0 0 96 70"'))
    (out / "percent.svg").write_text(SVG.format(size='width="100%" height="100%" viewBox="2 3 92 66.5"'))
    (out / "external.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="40" height="30">'
        '<image xlink:href="/usr/share/pixmaps/debian-logo.png" width="40" height="30"/>'
        '<image xlink:href="http://example.org/a.png" width="40" height="30"/>'
        '<rect width="11" height="30" fill="red"/></svg>')


def reference(path, folder):
    """The pixels of the format's reference, as RGB."""
    made = folder / "reference.png"
    if path.suffix == ".avif":
        return Image.open(path).convert("RGB")
    if path.suffix == ".heic":
        return pillow_heif.open_heif(path).to_pillow().convert("RGB")
    if path.suffix == ".jxl":
        run("djxl", path, made)
        return Image.open(made).convert("RGB")
    if path.suffix == ".dng" and path.name.startswith("preview"):
        copy = folder / path.name
        copy.write_bytes(path.read_bytes())
        run("simple_dcraw", "-e", copy)
        image = Image.open(folder / f"{path.name}.thumb.jpg").convert("RGB")
        return image.transpose(Image.Transpose.ROTATE_90) if "orientation8" in path.name else image
    if path.suffix == ".dng":
        run("dcraw_emu", "-w", "-Z", folder / "developed.ppm", path)
        return Image.open(folder / "developed.ppm").convert("RGB")
    run("rsvg-convert", "--background-color=white", "-o", made, path)
    return Image.open(made).convert("RGB")


def main(out):
    out.mkdir(parents=True, exist_ok=True)
    for old in out.iterdir():
        old.unlink()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        sources = Sources(folder)
        avif(out, sources)
        heic(out, sources)
        jxl(out, sources, folder)
        raw(out, sources)
        svg(out)
        for path in sorted(out.iterdir()):
            reference(path, folder).save(f"{path}.png", optimize=True)


if __name__ == "__main__":
    root = pathlib.Path(__file__).resolve().parents[2]
    main(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else root / "tests/golden/codecs")
