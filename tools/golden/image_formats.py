#!/usr/bin/env python3
"""Writes small images in every format and mode that the library decodes.

make_all(rng, width, height) yields (file name, bytes). What Pillow cannot write (16-bit colour and
interlaced PNG, tiled and planar TIFF, run-length coded BMP, offset GIF frames, YCCK JPEG) is written
here. The images consist of generated gradients and noise.
"""
import io
import struct
import zlib

import numpy as np
from PIL import Image, PngImagePlugin, TiffImagePlugin


def scene(rng, width, height, channels):
    """Smooth gradients, a disc and some noise: (height, width, channels) uint8."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    layers = []
    for c in range(channels):
        angle = rng.uniform(0, 2 * np.pi)
        wave = np.sin((x * np.cos(angle) + y * np.sin(angle)) / rng.uniform(2, 30) + c)
        disc = ((x - width * rng.uniform()) ** 2 + (y - height * rng.uniform()) ** 2) < (
            min(width, height) / 3) ** 2
        layers.append(128 + 90 * wave + 40 * disc + rng.normal(0, 12, (height, width)))
    return np.clip(np.stack(layers, -1), 0, 255).astype(np.uint8)


def saved(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


# ---- PNG -----------------------------------------------------------------------------------------
ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def png_chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_rows(samples, depth, rng):
    """Filtered rows of (h, w, c) samples; each row gets a random filter of None, Sub and Up."""
    height, width, channels = samples.shape
    if height == 0 or width == 0:
        return b""
    if depth == 16:
        rows = samples.astype(">u2").reshape(height, -1).view(np.uint8)
    elif depth == 8:
        rows = samples.astype(np.uint8).reshape(height, -1)
    else:
        bits = (samples.reshape(height, width)[:, :, None] >> np.arange(depth - 1, -1, -1)) & 1
        rows = np.packbits(bits.reshape(height, -1).astype(np.uint8), axis=1)
    step = max(1, channels * depth // 8)
    out = bytearray()
    before = np.zeros(rows.shape[1], np.uint8)
    for row in rows:
        kind = int(rng.integers(0, 3))
        left = np.concatenate([np.zeros(step, np.uint8), row])[: len(row)]
        filtered = {0: row, 1: row - left, 2: row - before}[kind]
        out += bytes([kind]) + filtered.astype(np.uint8).tobytes()
        before = row
    return bytes(out)


def png(rng, samples, depth, color, interlaced=False, extra=()):
    height, width, _ = samples.shape
    if interlaced:
        data = b"".join(png_rows(samples[y0::dy, x0::dx], depth, rng) for x0, y0, dx, dy in ADAM7)
    else:
        data = png_rows(samples, depth, rng)
    packed = zlib.compress(data, 6)
    half = len(packed) // 2
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, int(interlaced))
    chunks = [png_chunk(b"IHDR", header)] + [png_chunk(k, b) for k, b in extra]
    chunks += [png_chunk(b"IDAT", packed[:half]), png_chunk(b"IDAT", packed[half:])]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks) + png_chunk(b"IEND", b"")


def exif_block(orientation):
    return b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01" + struct.pack(">H", orientation) + b"\0\0\0\0\0\0"


def pngs(rng, w, h):
    wide = lambda c: rng.integers(0, 65536, (h, w, c))
    for interlaced in (False, True):
        tail = "_interlaced" if interlaced else ""
        for depth in (1, 2, 4, 8, 16):
            grey = rng.integers(0, 1 << depth, (h, w, 1)) if depth != 8 else scene(rng, w, h, 1)
            yield f"grey{depth}{tail}.png", png(rng, grey, depth, 0, interlaced)
            if depth < 16:
                colors = rng.integers(0, 256, 3 << depth, dtype=np.uint8).tobytes()
                index = rng.integers(0, 1 << depth, (h, w, 1))
                alphas = rng.integers(0, 256, 1 << depth, dtype=np.uint8).tobytes()
                yield f"palette{depth}{tail}.png", png(
                    rng, index, depth, 3, interlaced, [(b"PLTE", colors)])
                yield f"palette{depth}_alpha{tail}.png", png(
                    rng, index, depth, 3, interlaced, [(b"PLTE", colors), (b"tRNS", alphas)])
        yield f"rgb8{tail}.png", png(rng, scene(rng, w, h, 3), 8, 2, interlaced)
        yield f"rgb16{tail}.png", png(rng, wide(3), 16, 2, interlaced)
        yield f"la8{tail}.png", png(rng, scene(rng, w, h, 2), 8, 4, interlaced)
        yield f"la16{tail}.png", png(rng, wide(2), 16, 4, interlaced)
        yield f"rgba8{tail}.png", png(rng, scene(rng, w, h, 4), 8, 6, interlaced)
        yield f"rgba16{tail}.png", png(rng, wide(4), 16, 6, interlaced)
    small = rng.integers(0, 200, (h, w, 1))
    yield "grey16_dark.png", png(rng, small, 16, 0)
    yield "rgb8_key.png", png(rng, scene(rng, w, h, 3), 8, 2, False, [(b"tRNS", b"\0\x10\0\x20\0\x30")])
    yield "grey8_key.png", png(rng, scene(rng, w, h, 1), 8, 0, False, [(b"tRNS", b"\0\x10")])
    yield "palette8_short.png", png(rng, rng.integers(0, 5, (h, w, 1)), 8, 3, False,
                                    [(b"PLTE", rng.integers(0, 256, 15, dtype=np.uint8).tobytes())])
    yield "exif6.png", png(rng, scene(rng, w, h, 3), 8, 2, False, [(b"eXIf", exif_block(6))])


# ---- JPEG ----------------------------------------------------------------------------------------
def jpegs(rng, w, h):
    rgb = Image.fromarray(scene(rng, w, h, 3))
    grey = Image.fromarray(scene(rng, w, h, 1)[:, :, 0])
    cmyk = Image.fromarray(scene(rng, w, h, 4), "CMYK")
    yield "grey.jpg", saved(grey, "JPEG", quality=80)
    for name, subsampling in (("444", 0), ("422", 1), ("420", 2)):
        yield f"rgb_{name}.jpg", saved(rgb, "JPEG", quality=85, subsampling=subsampling)
        yield f"rgb_{name}_progressive.jpg", saved(
            rgb, "JPEG", quality=60, subsampling=subsampling, progressive=True)
    yield "rgb_restart.jpg", saved(rgb, "JPEG", quality=75, restart_marker_blocks=2)
    yield "rgb_stored_as_rgb.jpg", saved(rgb, "JPEG", quality=90, keep_rgb=True)
    plain = saved(cmyk, "JPEG", quality=85)
    yield "cmyk.jpg", plain
    at = plain.index(b"Adobe")
    yield "ycck.jpg", plain[: at + 11] + b"\x02" + plain[at + 12:]
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        yield f"exif{orientation}.jpg", saved(rgb, "JPEG", quality=90, exif=exif)


# ---- WebP, GIF -----------------------------------------------------------------------------------
def webps(rng, w, h):
    rgb = Image.fromarray(scene(rng, w, h, 3))
    rgba = Image.fromarray(scene(rng, w, h, 4), "RGBA")
    other = Image.fromarray(scene(rng, w, h, 4), "RGBA")
    exif = Image.Exif()
    exif[0x0112] = 8
    yield "lossy.webp", saved(rgb, "WEBP", quality=70)
    yield "lossless.webp", saved(rgb, "WEBP", lossless=True)
    yield "lossy_alpha.webp", saved(rgba, "WEBP", quality=70)
    yield "lossless_alpha.webp", saved(rgba, "WEBP", lossless=True, exact=True)
    yield "animated.webp", saved(rgba, "WEBP", save_all=True, append_images=[other], duration=50)
    yield "exif8.webp", saved(rgb, "WEBP", quality=80, exif=exif)


def gif_moved(data, left, top, width, height):
    """The first frame at (left, top) on a screen of width x height."""
    at = 13 + ((3 << ((data[10] & 7) + 1)) if data[10] & 0x80 else 0)
    while data[at] == 0x21:
        at += 2
        while data[at]:
            at += data[at] + 1
        at += 1
    assert data[at] == 0x2C
    return (data[:6] + struct.pack("<HH", width, height) + data[10:at + 1] +
            struct.pack("<HH", left, top) + data[at + 5:])


def gifs(rng, w, h):
    palette = Image.fromarray(rng.integers(0, 64, (h, w), dtype=np.uint8), "P")
    palette.putpalette(rng.integers(0, 256, 64 * 3, dtype=np.uint8).tobytes())
    grey = Image.fromarray(scene(rng, w, h, 1)[:, :, 0])
    plain = saved(palette, "GIF", interlace=0)
    clear = saved(palette, "GIF", transparency=7, interlace=0)
    yield "palette.gif", plain
    yield "interlaced.gif", saved(palette, "GIF", interlace=1)
    yield "transparent.gif", clear
    yield "grey.gif", saved(grey, "GIF")
    yield "animated.gif", saved(palette, "GIF", save_all=True, duration=50,
                                append_images=[Image.fromarray(scene(rng, w, h, 3))])
    yield "offset.gif", gif_moved(plain, 3, 2, w + 7, h + 5)
    yield "offset_transparent.gif", gif_moved(clear, 3, 2, w + 7, h + 5)
    yield "beyond_screen.gif", gif_moved(plain, 3, 2, max(1, w - 2), max(1, h - 2))


# ---- BMP -----------------------------------------------------------------------------------------
def bmp(width, height, bits, pixels, palette=b"", compression=0, masks=b"", core=False):
    header_size = 12 if core else 40
    offset = 14 + header_size + len(masks) + len(palette)
    if core:
        header = struct.pack("<IHHHH", 12, width, height, 1, bits)
    else:
        colors = len(palette) // 4
        header = struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, compression, len(pixels),
                             2835, 2835, colors, 0)
    return (b"BM" + struct.pack("<IHHI", offset + len(pixels), 0, 0, offset) + header + masks +
            palette + pixels)


def bmp_rows(values, bits):
    height, width = values.shape[:2]
    if bits < 8:
        spread = (values[:, :, None] >> np.arange(bits - 1, -1, -1)) & 1
        rows = np.packbits(spread.reshape(height, -1).astype(np.uint8), axis=1)
    else:
        rows = np.ascontiguousarray(values).view(np.uint8).reshape(height, -1)
    pad = -rows.shape[1] % 4
    return np.pad(rows, ((0, 0), (0, pad)))[::-1].tobytes()


def rle8(rng, index):
    out = bytearray()
    for row in index[::-1]:
        x = 0
        while x < len(row):
            if rng.integers(0, 2) and len(row) - x >= 3:
                n = int(min(len(row) - x, rng.integers(3, 20)))
                out += bytes([0, n]) + row[x:x + n].tobytes() + b"\0" * (n % 2)
            else:
                n = 1
                while x + n < len(row) and n < 255 and row[x + n] == row[x]:
                    n += 1
                out += bytes([n, int(row[x])])
            x += n
        out += b"\0\0"
    return bytes(out[:-2]) + b"\0\1"


def rle4(index):
    out = bytearray()
    for row in index[::-1]:
        for x in range(0, len(row), 2):
            pair = row[x:x + 2]
            out += bytes([len(pair), int(pair[0]) << 4 | int(pair[-1])])
        out += b"\0\0"
    return bytes(out[:-2]) + b"\0\1"


def bmps(rng, w, h):
    rgb = Image.fromarray(scene(rng, w, h, 3))
    yield "rgb.bmp", saved(rgb, "BMP")
    yield "grey.bmp", saved(rgb.convert("L"), "BMP")
    yield "bilevel.bmp", saved(rgb.convert("1"), "BMP")
    yield "rgba.bmp", saved(Image.fromarray(scene(rng, w, h, 4), "RGBA"), "BMP")
    for bits in (1, 4, 8):
        colors = rng.integers(0, 256, (1 << bits, 4), dtype=np.uint8)
        index = rng.integers(0, 1 << bits, (h, w), dtype=np.uint8)
        yield f"palette{bits}.bmp", bmp(w, h, bits, bmp_rows(index, bits), colors.tobytes())
    yield "palette8_core.bmp", bmp(w, h, 8, bmp_rows(index, 8), colors[:, :3].tobytes(), core=True)
    runs = np.repeat(rng.integers(0, 256, (h, w // 4 + 1), dtype=np.uint8), 4, axis=1)[:, :w]
    runs = np.ascontiguousarray(runs)
    yield "rle8.bmp", bmp(w, h, 8, rle8(rng, runs), colors.tobytes(), 1)
    yield "rle4.bmp", bmp(w, h, 4, rle4(index & 15), colors[:16].tobytes(), 2)
    words = rng.integers(0, 65536, (h, w)).astype("<u2")
    yield "rgb555.bmp", bmp(w, h, 16, bmp_rows(words, 16))
    yield "rgb565.bmp", bmp(w, h, 16, bmp_rows(words, 16), b"", 3,
                            struct.pack("<III", 0xF800, 0x7E0, 0x1F))
    longs = rng.integers(0, 2**32, (h, w)).astype("<u4")
    yield "bgrx.bmp", bmp(w, h, 32, bmp_rows(longs, 32))
    yield "xbgr_masks.bmp", bmp(w, h, 32, bmp_rows(longs, 32), b"", 3,
                                struct.pack("<III", 0xFF000000, 0xFF0000, 0xFF00))
    flat = scene(rng, w, h, 3)
    yield "top_down.bmp", bmp(w, -h, 24, bmp_rows(flat[::-1], 24))


# ---- TIFF ----------------------------------------------------------------------------------------
def tiff(tags, blocks, endian="<"):
    """An uncompressed TIFF. tags: {tag: values}; blocks: bytes of each strip or tile."""
    offsets_tag, counts_tag = (324, 325) if 322 in tags else (273, 279)
    data = b"".join(blocks)
    starts = [8 + sum(len(b) for b in blocks[:i]) for i in range(len(blocks))]
    tags = dict(tags)
    tags[offsets_tag] = starts
    tags[counts_tag] = [len(b) for b in blocks]
    directory = 8 + len(data) + len(data) % 2
    entries, extra = b"", b""
    extra_at = directory + 2 + 12 * len(tags) + 4
    for tag in sorted(tags):
        values = tags[tag]
        long = tag in (offsets_tag, counts_tag)
        body = struct.pack(endian + ("I" if long else "H") * len(values), *values)
        entries += struct.pack(endian + "HHI", tag, 4 if long else 3, len(values))
        if len(body) <= 4:
            entries += body.ljust(4, b"\0")
        else:
            entries += struct.pack(endian + "I", extra_at + len(extra))
            extra += body + b"\0" * (len(body) % 2)
    magic = (b"II*\0" if endian == "<" else b"MM\0*") + struct.pack(endian + "I", directory)
    return (magic + data + b"\0" * (len(data) % 2) + struct.pack(endian + "H", len(tags)) + entries +
            b"\0\0\0\0" + extra)


def tiff_of(samples, bits, photometric, endian="<", planar=False, tile=None, rows=None, **more):
    height, width, channels = samples.shape
    tags = {256: [width], 257: [height], 258: [bits] * channels, 259: [1], 262: [photometric],
            277: [channels], 284: [2 if planar else 1]}
    tags.update(more.get("tags", {}))

    def packed(block):
        if bits == 16:
            return block.astype(endian + "u2").tobytes()
        if bits == 8:
            return block.astype(np.uint8).tobytes()
        spread = (block.reshape(block.shape[0], -1)[:, :, None] >> np.arange(bits - 1, -1, -1)) & 1
        return np.packbits(spread.reshape(block.shape[0], -1).astype(np.uint8), axis=1).tobytes()

    planes = [samples[:, :, c:c + 1] for c in range(channels)] if planar else [samples]
    blocks = []
    if tile:
        tags[322], tags[323] = [tile], [tile]
        for plane in planes:
            for y in range(0, height, tile):
                for x in range(0, width, tile):
                    part = plane[y:y + tile, x:x + tile]
                    full = np.zeros((tile, tile, plane.shape[2]), samples.dtype)
                    full[:part.shape[0], :part.shape[1]] = part
                    blocks.append(packed(full))
    else:
        rows = rows or height
        tags[278] = [rows]
        for plane in planes:
            blocks += [packed(plane[y:y + rows]) for y in range(0, height, rows)]
    return tiff(tags, blocks, endian)


def tiffs(rng, w, h):
    rgb = Image.fromarray(scene(rng, w, h, 3))
    grey = rgb.convert("L")
    palette = Image.fromarray(rng.integers(0, 256, (h, w), dtype=np.uint8), "P")
    palette.putpalette(rng.integers(0, 256, 768, dtype=np.uint8).tobytes())
    for packing in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"):
        short = packing.replace("tiff_", "")
        yield f"rgb_{short}.tif", saved(rgb, "TIFF", compression=packing)
    yield "grey_lzw.tif", saved(grey, "TIFF", compression="tiff_lzw")
    yield "bilevel_raw.tif", saved(grey.convert("1"), "TIFF")
    yield "bilevel_group4.tif", saved(grey.convert("1"), "TIFF", compression="group4")
    yield "bilevel_group3.tif", saved(grey.convert("1"), "TIFF", compression="group3")
    yield "palette.tif", saved(palette, "TIFF", compression="tiff_lzw")
    yield "rgba.tif", saved(Image.fromarray(scene(rng, w, h, 4), "RGBA"), "TIFF")
    yield "la.tif", saved(Image.fromarray(scene(rng, w, h, 2), "LA"), "TIFF")
    yield "cmyk.tif", saved(Image.fromarray(scene(rng, w, h, 4), "CMYK"), "TIFF")
    yield "jpeg_ycbcr.tif", saved(rgb.convert("YCbCr"), "TIFF", compression="jpeg")
    yield "jpeg_grey.tif", saved(grey, "TIFF", compression="jpeg")
    wide = lambda c: rng.integers(0, 65536, (h, w, c))
    for endian, tail in (("<", ""), (">", "_be")):
        yield f"grey16{tail}.tif", tiff_of(wide(1), 16, 1, endian)
        yield f"rgb16{tail}.tif", tiff_of(wide(3), 16, 2, endian)
        yield f"rgba16{tail}.tif", tiff_of(wide(4), 16, 2, endian, tags={338: [2]})
        yield f"rgb_tiled{tail}.tif", tiff_of(scene(rng, w, h, 3), 8, 2, endian, tile=16)
    yield "rgb_planar.tif", tiff_of(scene(rng, w, h, 3), 8, 2, planar=True)
    yield "rgb_planar_tiled.tif", tiff_of(scene(rng, w, h, 3), 8, 2, planar=True, tile=16)
    yield "rgb_strips.tif", tiff_of(scene(rng, w, h, 3), 8, 2, rows=3)
    yield "rgbx.tif", tiff_of(scene(rng, w, h, 4), 8, 2, tags={338: [0]})
    yield "rgba_premultiplied.tif", tiff_of(scene(rng, w, h, 4), 8, 2, tags={338: [1]})
    for bits in (1, 2, 4, 8):
        index = rng.integers(0, 1 << bits, (h, w, 1))
        yield f"grey{bits}_white0.tif", tiff_of(index, bits, 0)
        yield f"grey{bits}_black0.tif", tiff_of(index, bits, 1)
        colors = [int(v) for v in rng.integers(0, 65536, 3 << bits)]
        yield f"palette{bits}.tif", tiff_of(index, bits, 3, tags={320: colors})
    for orientation in (3, 6, 7):
        yield f"orientation{orientation}.tif", tiff_of(
            scene(rng, w, h, 3), 8, 2, tags={274: [orientation]})


def make_all(rng, width, height):
    for make in (jpegs, pngs, webps, gifs, bmps, tiffs):
        yield from make(rng, width, height)
