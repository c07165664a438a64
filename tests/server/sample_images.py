"""Small image files of several formats, made without an image library."""
import struct
import zlib

BLOCK = 8  # pixels per side of a square of one colour


def exif(date=None, camera=None, place=None, orientation=None):
    """Returns a TIFF structure with EXIF data. `place`: latitude and longitude in degrees."""
    data = bytearray()
    entries = []  # (tag, type, count, value)

    def directory(entries, offset):
        """Returns an image file directory that begins at this offset."""
        entries = sorted(entries)
        after = offset + 2 + 12 * len(entries) + 4
        out, values = bytearray(struct.pack("<H", len(entries))), bytearray()
        for tag, kind, count, value in entries:
            out += struct.pack("<HHI", tag, kind, count)
            if len(value) > 4:
                out += struct.pack("<I", after + len(values))
                values += value + b"\0" * (len(value) % 2)
            else:
                out += value.ljust(4, b"\0")
        return bytes(out + struct.pack("<I", 0) + values)

    def text(tag, value):
        return (tag, 2, len(value) + 1, value.encode() + b"\0")

    def degrees(tag, value):
        return (tag, 5, 3, struct.pack("<6I", int(value), 1, round(value % 1 * 60 * 10000), 10000, 0, 1))

    if camera:
        entries += [text(0x010F, camera.split()[0]), text(0x0110, camera)]
    if orientation:
        entries.append((0x0112, 3, 1, struct.pack("<H", orientation)))
    # The sizes of directories do not depend on the offsets in them.
    parts = []
    if date:
        parts.append((0x8769, [text(0x9003, date)]))
    if place:
        latitude, longitude = place
        parts.append((0x8825, [text(1, "N" if latitude >= 0 else "S"), degrees(2, abs(latitude)),
                               text(3, "E" if longitude >= 0 else "W"), degrees(4, abs(longitude))]))
    pointers = [(tag, 4, 1, bytes(4)) for tag, _ in parts]
    at = 8 + len(directory(entries + pointers, 8))
    pointers = []
    for tag, part in parts:
        pointers.append((tag, 4, 1, struct.pack("<I", at + len(data))))
        data += directory(part, at + len(data))
    return b"II*\0\x08\0\0\0" + directory(entries + pointers, 8) + bytes(data)


def png_chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_head(width, height, colour=2):
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0))


def png(squares):
    """Returns a PNG file. `squares`: rows of colours (R, G, B)."""
    rows = bytearray()
    for row in squares:
        rows += (b"\0" + b"".join(bytes(colour) * BLOCK for colour in row)) * BLOCK
    return (png_head(len(squares[0]) * BLOCK, len(squares) * BLOCK)
            + png_chunk(b"IDAT", zlib.compress(bytes(rows), 1)) + png_chunk(b"IEND", b""))


def jpeg_segment(marker, data):
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(data) + 2) + data


def jpeg(squares, about=b"", comment=b""):
    """Returns a baseline JPEG file whose blocks have one colour each. `about`: EXIF data."""
    bits = []
    before = [0, 0, 0]
    for row in squares:
        for red, green, blue in row:
            luma = 0.299 * red + 0.587 * green + 0.114 * blue
            for part, value in enumerate((luma - 128, (blue - luma) * 0.564, (red - luma) * 0.713)):
                value = max(-128, min(127, round(value)))
                change = value - before[part]
                before[part] = value
                size = abs(change).bit_length()
                bits.append(format(size, "04b"))
                if size:
                    bits.append(format(change if change > 0 else change + (1 << size) - 1, f"0{size}b"))
                bits.append("0")  # end of the block
    stream = "".join(bits)
    stream += "1" * (-len(stream) % 8)
    data = int(stream, 2).to_bytes(len(stream) // 8, "big").replace(b"\xff", b"\xff\0")
    out = b"\xff\xd8"
    if about:
        out += jpeg_segment(0xE1, b"Exif\0\0" + about)
    if comment:
        out += jpeg_segment(0xFE, comment)
    out += jpeg_segment(0xDB, b"\0" + bytes([8] * 64))
    out += jpeg_segment(0xC0, struct.pack(">BHHB", 8, len(squares) * BLOCK, len(squares[0]) * BLOCK, 3)
                        + b"".join(bytes([part, 0x11, 0]) for part in (1, 2, 3)))
    out += jpeg_segment(0xC4, b"\x00" + bytes([0, 0, 0, 12] + [0] * 12) + bytes(range(12)))
    out += jpeg_segment(0xC4, b"\x10" + bytes([1] + [0] * 15) + b"\0")
    out += jpeg_segment(0xDA, b"\x03\x01\0\x02\0\x03\0\0\x3f\0")
    return out + data + b"\xff\xd9"


def tiff(squares):
    """Returns an uncompressed TIFF file."""
    pixels = b"".join(b"".join(bytes(colour) * BLOCK for colour in row) * BLOCK for row in squares)
    width, height = len(squares[0]) * BLOCK, len(squares) * BLOCK
    entries = [(256, 3, 1, width), (257, 3, 1, height), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 2),
               (273, 4, 1, 8), (277, 3, 1, 3), (278, 3, 1, height), (279, 4, 1, len(pixels))]
    directory = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return struct.pack("<2sHI", b"II", 42, 8 + len(pixels)) + pixels + directory + bytes(4)


def squares(random, columns=4, rows=4):
    """Returns random colours; darker or brighter on the whole, so that models tell images apart."""
    base = random.randrange(0, 156)
    return [[tuple(base + random.randrange(100) for _ in range(3)) for _ in range(columns)] for _ in range(rows)]
