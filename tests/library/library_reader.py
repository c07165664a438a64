"""Reads a library as docs/formats/library.md describes it, and vector sets."""
import ast
import json
import pathlib
import sqlite3
import struct
import urllib.parse


class Catalogue:
    """The state of a library's catalogue when it was read."""

    def __init__(self, library):
        self.library = library
        uri = "file:" + urllib.parse.quote(str(library / "catalogue.sqlite")) + "?mode=ro"
        database = sqlite3.connect(uri, uri=True)
        database.text_factory = bytes
        try:
            database.execute("BEGIN")
            rows = database.execute("SELECT path, hex(sha256), failures.item IS NOT NULL FROM items LEFT JOIN contents "
                                    "ON contents.id = content LEFT JOIN failures ON failures.item = items.id")
            self.items = {}      # path -> content, None where the file could not be read
            self.failed = set()  # paths with a failure
            for path, digest, failed in rows:
                self.items[path.decode()] = digest.decode().lower() or None
                if failed:
                    self.failed.add(path.decode())
            self.contents = {number: digest.decode().lower()
                             for number, digest in database.execute("SELECT id, hex(sha256) FROM contents")}
            self.segments = {f"{number:06d}.segment": (model, rows, tombstones or b"")
                             for number, model, rows, tombstones
                             in database.execute("SELECT id, model, rows, tombstones FROM segments")}
            self.models = {number: (spec.decode(), precision.decode(), element.decode()) for number, spec, precision,
                           element in database.execute("SELECT id, spec, precision, element FROM models")}
            active = database.execute("SELECT value FROM settings WHERE key = 'active_model'").fetchone()
            self.active = active and int(active[0])
        finally:
            database.close()

    def found(self):
        """Returns path -> content of the items without a failure."""
        return {path: content for path, content in self.items.items() if path not in self.failed}


    def vectors(self, model):
        """Returns content -> vector of a model, as bytes of its elements."""
        out = {}
        for name, (of_model, rows, tombstones) in self.segments.items():
            if of_model != model:
                continue
            data = (self.library / "segments" / name).read_bytes()
            element, found_rows, dim = struct.unpack_from("<Iqq", data, 12)
            offset, size = struct.unpack_from("<QQ", data, 64)
            ids_at, _ = struct.unpack_from("<QQ", data, 64 + 5 * 48)
            step = dim * (4 if element == 1 else 2)
            if found_rows != rows or size != rows * step:
                raise ValueError(f"{name} has {found_rows} rows, the catalogue expects {rows}")
            for row, number in enumerate(struct.unpack_from(f"<{rows}q", data, ids_at)):
                if not tombstones or not tombstones[row // 8] >> row % 8 & 1:
                    out[self.contents.get(number)] = data[offset + step * row:offset + step * (row + 1)]
        return out


def files_of(library, catalogue):
    """Returns the paths below the library that are not files of it."""
    known = {"catalogue.sqlite", "catalogue.sqlite-wal", "catalogue.sqlite-shm", "writer.lock", "segments"}
    known |= {"segments/" + name for name in catalogue.segments}
    return sorted(name for path in library.rglob("*") if (name := str(path.relative_to(library))) not in known)


def read_npy(path):
    """Returns the rows of an array of f32, as bytes."""
    data = pathlib.Path(path).read_bytes()
    if data[:6] != b"\x93NUMPY":
        raise ValueError(f"{path} is not a .npy file")
    start = 10 + int.from_bytes(data[8:10], "little")
    header = ast.literal_eval(data[10:start].decode())
    if header["descr"] != "<f4" or header["fortran_order"]:
        raise ValueError(f"{path} has the type {header['descr']}")
    rows, dim = header["shape"]
    return [data[start + 4 * dim * i:start + 4 * dim * (i + 1)] for i in range(rows)]


def read_vectors(npy):
    """Returns path -> vector of an exported library, as bytes; each copy of an image has one."""
    vectors = {}
    lines = pathlib.Path(npy).with_suffix(".ids.jsonl").read_text().splitlines()
    for line, vector in zip(lines, read_npy(npy), strict=True):
        item = json.loads(line)
        vectors[item["id"]] = vector
    return vectors


def cosine(a, b, element):
    """Returns the inner product of two vectors of unit length; element: fp32 or fp16."""
    def values(data):
        return struct.unpack(f"<{len(data) // 4}f" if element == "fp32" else f"<{len(data) // 2}e", data)
    return sum(x * y for x, y in zip(values(a), values(b), strict=True))
