"""Files that claim or contain far more than they are, and requests that upload them."""
import base64
import json
import struct
import zlib

import sample_images
from sample_images import png_chunk, png_head
from served_library import form


def _zeros(size):
    """Returns that many zeros, compressed."""
    packer = zlib.compressobj(9)
    out = b"".join(packer.compress(bytes(1 << 20)) for _ in range(size >> 20))
    return out + packer.flush()


def _tiff(width, height):
    entries = [(256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1), (273, 4, 1, 8),
               (277, 3, 1, 1), (278, 4, 1, height), (279, 4, 1, 100)]
    directory = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHII", *entry) for entry in entries) + bytes(4)
    return struct.pack("<2sHI", b"II", 42, 8) + directory + bytes(200)


def _webp(kind, data):
    chunk = kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)
    return b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk


def _svg(text, more=""):
    return f'<?xml version="1.0"?>{more}<svg xmlns="http://www.w3.org/2000/svg" {text}</svg>'.encode()


def files():
    """Yields names and files, none of which is an image that can be searched for."""
    end = png_chunk(b"IEND", b"")
    for size in (60000, 2**31 - 1):
        yield f"PNG of {size} pixels", png_head(size, size) + png_chunk(b"IDAT", zlib.compress(bytes(1000))) + end
    bomb = _zeros(300 << 20)
    yield "PNG whose data are a bomb", png_head(100000, 100000) + png_chunk(b"IDAT", bomb) + end
    yield "PNG with a bomb as profile", (png_head(50000, 50000) + png_chunk(b"iCCP", b"icc\0\0" + bomb)
                                         + png_chunk(b"IDAT", zlib.compress(bytes(10))) + end)
    yield "GIF of 65535 pixels", (b"GIF89a" + struct.pack("<HHBBB", 65535, 65535, 0x80, 0, 0) + bytes(6)
                                  + b"\x2c" + struct.pack("<HHHHB", 0, 0, 65535, 65535, 0) + b"\x02\x02\x4c\x01\0;")
    yield "WebP of 16777216 pixels", _webp(b"VP8X", b"\0" * 4 + b"\xff" * 6)
    yield "lossless WebP of 16384 pixels", _webp(b"VP8L", b"\x2f" + struct.pack("<I", 0x0FFFFFFF) + bytes(20))
    yield "TIFF of 100000 pixels", _tiff(100000, 100000)
    yield "TIFF of 4294967295 pixels", _tiff(2**32 - 1, 2**32 - 1)
    yield "JPEG of 65500 pixels", (b"\xff\xd8" + sample_images.jpeg_segment(0xC0, struct.pack(
        ">BHHB", 8, 65500, 65500, 1) + b"\1\x11\0") + sample_images.jpeg_segment(0xDA, b"\1\1\0\0\x3f\0") + bytes(50) + b"\xff\xd9")
    entities = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 12))
    yield "SVG with entities of entities", _svg(
        'width="1e6" height="1e6"><text>&a11;</text>', f'<!DOCTYPE svg [<!ENTITY a0 "aaaaaaaaaa">{entities}]>')
    yield "gzip bomb", b"\x1f\x8b\x08\0\0\0\0\0\0\3" + bomb[2:-4] + bytes(8)
    yield "HTML", b"<html><script>alert(1)</script></html>"
    yield "nothing but zeros", bytes(100000)


def requests(name, data):
    """Yields routes, headers and bodies that upload a file."""
    encoded = base64.b64encode(data).decode()
    kind = {"Content-Type": "application/json"}
    yield "/v1/search", *form([("image", name, data)])
    yield "/v1/search", kind, json.dumps({"query": {"terms": [{"image": name, "data": encoded}]}}).encode()
    yield "/v1/embeddings", kind, json.dumps({"input": "data:image/png;base64," + encoded}).encode()
    yield "/predict", *form([("entries", None, '{"clip": {"visual": {}}}'), ("image", name, data)])
    yield "/knn-service", kind, json.dumps({"image": encoded}).encode()


def write_polyglots(folder, squares):
    """Writes images that are also pages."""
    page = b"<html><script>alert(document.domain)</script></html>"
    (folder / "polyglot.jpg").write_bytes(sample_images.jpeg(squares, comment=page))
    (folder / "polyglot.png").write_bytes(sample_images.png(squares) + page)
    drawing = _svg('width="30" height="30"><script>alert(1)</script><rect width="20" height="9" fill="red"/>')
    (folder / "polyglot.svg").write_bytes(drawing)
    (folder / "polyglot as jpeg.jpg").write_bytes(drawing.replace(b"red", b"blue"))
