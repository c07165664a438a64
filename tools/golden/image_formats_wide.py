"""The kinds of TIFF of more than 8 bits and of rare colours, and PNM and TGA files.

make_all(rng, width, height) yields (file name, bytes), like image_formats.make_all.
make_codecs(rng, width, height) yields files for decoders that are optional at build time: JPEG 2000 (opj_compress
of libopenjp2-tools writes what Pillow cannot) and CIELAB.
"""
import struct
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from image_formats import saved, scene, tiff, tiff_of


# ---- TIFF ----------------------------------------------------------------------------------------
def tiff_numbers(values, endian, photometric=1):
    """An uncompressed TIFF of one channel with the type of `values`."""
    height, width = values.shape
    bits = values.dtype.itemsize * 8
    kind = {"u": 1, "i": 2, "f": 3}[values.dtype.kind]
    tags = {256: [width], 257: [height], 258: [bits], 259: [1], 262: [photometric], 277: [1], 278: [height],
            339: [kind]}
    return tiff(tags, [values.astype(values.dtype.newbyteorder(endian)).tobytes()], endian)


def tiff_12(values):
    height, width = values.shape
    bits = (values[:, :, None] >> np.arange(11, -1, -1)) & 1
    rows = np.packbits(bits.reshape(height, -1).astype(np.uint8), axis=1)
    return tiff({256: [width], 257: [height], 258: [12], 259: [1], 262: [1], 277: [1], 278: [height]},
                [rows.tobytes()])


def tiffs(rng, w, h):
    grey16 = rng.integers(-300, 600, (h, w)).astype(np.int16)
    grey32 = (rng.integers(-300, 600, (h, w)) * rng.choice([1, 1, 1, 1 << 21], (h, w))).astype(np.int32)
    floats = rng.normal(128, 120, (h, w)).astype(np.float32)
    floats[0, :3] = [np.inf, -np.inf, 254.9999]
    for endian, tail in (("<", ""), (">", "_be")):
        yield f"int16{tail}.tif", tiff_numbers(grey16, endian)
        yield f"int32{tail}.tif", tiff_numbers(grey32, endian)
        yield f"float{tail}.tif", tiff_numbers(floats, endian)
    yield "uint32.tif", tiff_numbers(grey32.view(np.uint32), "<")
    yield "float_white0.tif", tiff_numbers(floats, "<", 0)
    yield "grey12.tif", tiff_12(rng.integers(0, 600, (h, w)))
    for kind in ("tiff_adobe_deflate", "tiff_lzw", "lzma", "zstd"):
        yield f"float_{kind.replace('tiff_', '')}.tif", saved(Image.fromarray(floats), "TIFF", compression=kind)
    yield "int32_deflate.tif", saved(Image.fromarray(grey32), "TIFF", compression="tiff_adobe_deflate")
    for extra, name in ((0, "extra"), (2, "alpha")):
        colors = [int(v) for v in rng.integers(0, 65536, 768)]
        yield f"palette_{name}.tif", tiff_of(rng.integers(0, 256, (h, w, 2)), 8, 3, tags={320: colors, 338: [extra]})
    yield "la_alpha.tif", tiff_of(scene(rng, w, h, 2), 8, 1, tags={338: [2]})
    yield "cmyk_planar.tif", tiff_of(scene(rng, w, h, 4), 8, 5, planar=True)
    yield "ycbcr_raw.tif", saved(Image.fromarray(scene(rng, w, h, 3), "YCbCr"), "TIFF")
    yield "ycbcr_lzw.tif", saved(Image.fromarray(scene(rng, w, h, 3), "YCbCr"), "TIFF", compression="tiff_lzw")
    yield "predictor.tif", saved(Image.fromarray(scene(rng, w, h, 3)), "TIFF", compression="tiff_lzw",
                                 tiffinfo={317: 2})
    yield "bigtiff.tif", saved(Image.fromarray(scene(rng, w, h, 3)), "TIFF", big_tiff=True)
    for bits in (1, 4):
        yield f"grey{bits}_fill_order2.tif", tiff_of(rng.integers(0, 1 << bits, (h, w, 1)), bits, 1, tags={266: [2]})
    pages = [Image.fromarray(scene(rng, w, h, 3)) for _ in range(2)]
    yield "pages.tif", saved(pages[0], "TIFF", save_all=True, append_images=pages[1:])


# ---- PNM -----------------------------------------------------------------------------------------
def pnms(rng, w, h):
    for top in (100, 255, 1000, 65535):
        for digit, channels in ((5, 1), (6, 3)):
            values = rng.integers(0, top + 1, (h, w, channels))
            body = values.astype(np.uint8 if top < 256 else ">u2").tobytes()
            yield f"binary{channels}_{top}.pnm", f"P{digit}\n# comment\n{w} {h}\n{top}\n".encode() + body
        for digit, channels in ((2, 1), (3, 3)):
            rows = rng.integers(0, top + 1, (h, w * channels))
            body = "\n".join(" ".join(map(str, row)) + " # 1 2" for row in rows)
            yield f"plain{channels}_{top}.pnm", f"P{digit} {w}\t{h}\n{top}\n{body}\n".encode()
    bits = rng.integers(0, 2, (h, w)).astype(np.uint8)
    yield "bits.pbm", f"P4\n{w} {h}\n".encode() + np.packbits(bits, axis=1).tobytes()
    yield "digits.pbm", f"P1\n{w} {h}\n".encode() + b"\n".join("".join(map(str, row)).encode() for row in bits)
    floats = rng.normal(128, 120, (h, w))
    yield "little.pfm", f"Pf\n{w} {h}\n-1.0\n".encode() + floats.astype("<f4").tobytes()
    yield "big.pfm", f"Pf\n{w} {h}\n1.0\n".encode() + floats.astype(">f4").tobytes()
    yield "cmyk.pnm", f"P0CMYK\n{w} {h}\n255\n".encode() + scene(rng, w, h, 4).tobytes()


# ---- TGA -----------------------------------------------------------------------------------------
def tga(kind, pixels, w, h, bits, flags=0, colors=(0, 0, 0), palette=b"", text=b"", tail=b""):
    header = struct.pack("<BBBHHBHHHHBB", len(text), int(bool(palette)), kind, *colors, 0, 0, w, h, bits, flags)
    return header + text + palette + pixels + tail


def runs(pixels):
    """Run-length packets that end with each row."""
    out = bytearray()
    for row in pixels:
        x = 0
        while x < len(row):
            n = 1
            while x + n < len(row) and (row[x + n] == row[x]).all():
                n += 1
            out += bytes([0x80 | n - 1]) + row[x].tobytes() if n > 1 else b"\0" + row[x].tobytes()
            x += n
    return bytes(out)


def tgas(rng, w, h):
    def blocks(channels, top=256):
        return np.repeat(rng.integers(0, top, (h, w // 3 + 1, channels), dtype=np.uint8), 3, axis=1)[:, :w]

    for flags in (0x00, 0x10, 0x20, 0x30):
        pixels = blocks(3)
        yield f"rgb_{flags:02x}.tga", tga(2, pixels.tobytes(), w, h, 24, flags)
        yield f"rgb_rle_{flags:02x}.tga", tga(10, runs(pixels), w, h, 24, flags, text=b"made by a test")
    for kind, bits, name in ((2, 16, "rgb15"), (2, 32, "rgba"), (3, 8, "grey"), (3, 16, "la")):
        pixels = blocks(bits // 8)
        yield f"{name}.tga", tga(kind, pixels.tobytes(), w, h, bits)
        yield f"{name}_rle.tga", tga(kind + 8, runs(pixels), w, h, bits)
    yield "bits.tga", tga(3, np.packbits(blocks(1, 2)[:, :, 0], axis=1).tobytes(), w, h, 1)
    for bits in (16, 24, 32):
        palette = rng.integers(0, 256, (60, bits // 8), dtype=np.uint8).tobytes()
        index = blocks(1, 66)
        yield f"palette{bits}.tga", tga(1, index.tobytes(), w, h, 8, 0, (0, 60, bits), palette)
        yield f"palette{bits}_rle.tga", tga(9, runs(index), w, h, 8, 0x20, (4, 60, bits), palette)
    pixels = scene(rng, w, h, 4).tobytes()
    footer = struct.pack("<II", 18 + len(pixels), 0) + b"TRUEVISION-XFILE.\0"
    yield "no_alpha.tga", tga(2, pixels, w, h, 32, tail=bytes(495) + footer)


def make_all(rng, width, height):
    for make in (tiffs, pnms, tgas):
        yield from make(rng, width, height)


# ---- Optional decoders ---------------------------------------------------------------------------
def opj_compress(samples, spec, extension, *options):
    """Compresses raw samples; spec: width,height,components,bits,sign@subsampling."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "in.raw", Path(folder) / f"out.{extension}"
        source.write_bytes(samples)
        subprocess.run(["opj_compress", "-i", source, "-o", target, "-F", spec, "-n", "2", *options], check=True,
                       stdout=subprocess.DEVNULL)
        return target.read_bytes()


def make_codecs(rng, w, h):
    for mode, channels in (("L", 1), ("LA", 2), ("RGB", 3), ("RGBA", 4)):
        pixels = scene(rng, w, h, channels)
        image = Image.fromarray(pixels[:, :, 0] if channels == 1 else pixels, mode)
        yield f"{mode}.jp2", saved(image, "JPEG2000")
        yield f"{mode}.j2k", saved(image, "JPEG2000", no_jp2=True, irreversible=True, quality_layers=[4])
    yield "tiles.jp2", saved(Image.fromarray(scene(rng, w, h, 3)), "JPEG2000", tile_size=(8, 8), num_resolutions=2)
    yield "I16.jp2", saved(Image.fromarray(rng.integers(0, 600, (h, w)).astype(np.uint16)), "JPEG2000")
    w, h = 24, 16  # even: Pillow misplaces subsampled samples of odd sizes
    for extension in ("jp2", "j2k"):
        chroma = rng.integers(0, 256, w * h + w * h // 2).astype(np.uint8).tobytes()
        yield f"ycbcr420.{extension}", opj_compress(chroma, f"{w},{h},3,8,u@1x1:2x2:2x2", extension,
                                                           "-mct", "0")
        for bits in (4, 12):
            # The largest values are left out: Pillow lets them overflow.
            top = (1 << bits) - (1 << max(0, bits - 8))
            values = rng.integers(0, top, (3, h, w)).astype(np.uint8 if bits <= 8 else ">u2").tobytes()
            yield f"rgb{bits}.{extension}", opj_compress(values, f"{w},{h},3,{bits},u", extension)
        values = rng.integers(-128, 128, (3, h, w)).astype(np.int8).tobytes()
        yield f"signed.{extension}", opj_compress(values, f"{w},{h},3,8,s", extension)
    yield "lab.tif", tiff_of(scene(rng, w, h, 3), 8, 8)
    yield "lab_deflate.tif", saved(Image.fromarray(scene(rng, w, h, 3), "LAB"), "TIFF",
                                   compression="tiff_adobe_deflate")
