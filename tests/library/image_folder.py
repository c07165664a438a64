"""A folder of small images that changes at random, and what each path has contained."""
import hashlib
import os
import pathlib
import struct
import zlib

BLOCKS, BLOCK_PIXELS = 4, 8


def png(random):
    """Returns a PNG file of BLOCKS x BLOCKS squares in random colours."""
    rows = bytearray()
    for _ in range(BLOCKS):
        line = b"\0" + b"".join(random.randbytes(3) * BLOCK_PIXELS for _ in range(BLOCKS))
        rows += line * BLOCK_PIXELS
    size = BLOCKS * BLOCK_PIXELS

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(rows), 1))
            + chunk(b"IEND", b""))


class ImageFolder:
    """Paths are absolute strings, contents are SHA-256 in hexadecimal."""

    def __init__(self, folder, random):
        self.folder, self.random = pathlib.Path(folder), random
        self.folder.mkdir(parents=True)
        self.files = {}      # path -> content now
        self.broken = set()  # contents that are not images
        self.number = 0
        self.begin_round()

    def begin_round(self):
        """Forgets earlier contents of the paths."""
        self.had = {}    # path that changed in this round -> contents that it had, None: it did not exist
        self.moves = {}  # former path -> path, of files that were renamed in this round

    def may_have(self, path):
        """Returns the contents that the path had in this round."""
        return self.had.get(path, {self.files.get(path)})

    def moved_through(self, path):
        """Returns the path and those that its file got in this round, the last one last."""
        out = [path]
        while out[-1] in self.moves:
            out.append(self.moves[out[-1]])
        return out

    def was_renamed_only(self, path, content):
        """Whether a file with this content was renamed, and not changed or removed."""
        places = self.moved_through(path)
        return (len(places) > 1 and self.files.get(places[-1]) == content
                and all(self.may_have(place) == {content, None} for place in places))

    def _touch(self, path, content):
        self.had.setdefault(path, {self.files.get(path)}).add(content)
        self.moves.pop(path, None)
        if content is None:
            self.files.pop(path, None)
        else:
            self.files[path] = content

    def _new_path(self):
        self.number += 1
        folder = self.folder / self.random.choice(["", "", "2019", "2020/summer"])
        folder.mkdir(parents=True, exist_ok=True)
        return str(folder / f"image {self.number}.png")

    def _write(self, path, data):
        if self.random.random() < 0.5:
            pathlib.Path(path).write_bytes(data)
        else:
            temporary = pathlib.Path(path + ".part")
            temporary.write_bytes(data)
            temporary.rename(path)
        content = hashlib.sha256(data).hexdigest()
        self._touch(path, content)
        return content

    def add(self, plain=False):
        """Adds a file, which may be a copy or not be an image unless `plain`."""
        path = self._new_path()
        kind = 1 if plain else self.random.random()
        if kind < 0.05:
            self.broken.add(self._write(path, b"\x89PNG\r\n\x1a\n" + self.random.randbytes(200)))
        elif kind < 0.15 and self.files:
            self._write(path, pathlib.Path(self._any()).read_bytes())
        else:
            self._write(path, png(self.random))
        if self.random.random() < 0.1:
            pathlib.Path(path).with_suffix(".txt").write_text(f"the image {self.number} of {os.path.basename(path)}\n")
        return path

    def _any(self):
        return self.random.choice(sorted(self.files))

    def change(self):
        path = self._any()
        self._write(path, png(self.random))
        return path

    def rename(self):
        old, new = self._any(), self._new_path()
        os.rename(old, new)
        content = self.files[old]
        self._touch(old, None)
        self._touch(new, content)
        self.moves[old] = new

    def remove(self):
        path = self._any()
        os.remove(path)
        self._touch(path, None)

    def step(self):
        """Makes one random change."""
        choices = [self.add] * 4
        if len(self.files) > 20:
            choices += [self.change] * 2 + [self.rename, self.remove, self.remove]
        if len(self.files) > 250:
            choices += [self.remove] * 6
        self.random.choice(choices)()
