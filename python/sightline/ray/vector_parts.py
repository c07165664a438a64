"""Writes vectors of Ray Data as numbered parts, which `sightline search --vectors` reads."""

from __future__ import annotations

import hashlib
import json
import os
import posixpath
import uuid
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import DataError, InvalidArgumentError

if TYPE_CHECKING:
    import pyarrow
    import pyarrow.fs

__all__ = ["MANIFEST", "WrittenParts", "write_vectors"]

#: Written last: a folder without it is not complete.
MANIFEST = "sightline-parts.json"


@dataclass(frozen=True)
class WrittenParts:
    """What write_vectors wrote.

    Attributes:
        rows: Vectors.
        failed: Rows without a vector; errors/ has their ids and reasons.
        dim: D; 0 if there are no vectors.
        parts: Number of each part -> its rows.
    """

    rows: int
    failed: int
    dim: int
    parts: dict[int, int]


@dataclass(frozen=True)
class _Part:
    number: int
    rows: int
    failed: int
    dim: int


class _Folder:
    """The output folder on any Arrow file system. Files appear when they are complete."""

    def __init__(self, filesystem: pyarrow.fs.FileSystem, root: str) -> None:
        self._filesystem = filesystem
        self._root = root

    def path(self, name: str) -> str:
        return posixpath.join(self._root, name)

    def write(self, name: str, data: Any) -> None:
        # Object stores show a file when its stream is closed; elsewhere, it is renamed.
        target = self.path(name)
        local = self._filesystem.type_name == "local"
        written = f"{target}.tmp.{uuid.uuid4().hex}" if local else target
        with self._filesystem.open_output_stream(written) as stream:
            stream.write(data)
        if local:
            self._filesystem.move(written, target)

    def create(self, folders: Iterable[str]) -> None:
        for folder in folders:
            self._filesystem.create_dir(self.path(folder), recursive=True)

    def exists(self, name: str) -> bool:
        from pyarrow import fs

        return bool(self._filesystem.get_file_info(self.path(name)).type == fs.FileType.File)

    def files(self, folder: str) -> list[str]:
        from pyarrow import fs

        found = self._filesystem.get_file_info(fs.FileSelector(self.path(folder), allow_not_found=True))
        return [entry.base_name for entry in found if entry.type == fs.FileType.File]

    def remove(self, name: str) -> None:
        self._filesystem.delete_file(self.path(name))


def _npy(vectors: Any) -> bytes:
    import io

    file = io.BytesIO()
    np.save(file, vectors)
    return file.getvalue()


def _parquet(table: pyarrow.Table) -> Any:
    import pyarrow as pa
    from pyarrow import parquet

    sink = pa.BufferOutputStream()
    parquet.write_table(table, sink, row_group_size=10_000)
    return sink.getvalue()


def _id_lines(ids: list[str], vectors: Any) -> bytes:
    """Returns NAME.ids.jsonl of docs/formats/vectors.md."""
    lines = []
    for row, (id, vector) in enumerate(zip(ids, vectors)):
        checksum = hashlib.sha256(vector.tobytes()).hexdigest()[:16]
        lines.append(json.dumps({"row": row, "id": id, "checksum": checksum}, ensure_ascii=False) + "\n")
    return "".join(lines).encode()


def _fields(table: pyarrow.Table, names: list[str]) -> pyarrow.Table:
    """Returns the columns of texts, numbers and times."""
    import pyarrow as pa

    simple = (pa.types.is_string, pa.types.is_large_string, pa.types.is_integer, pa.types.is_floating,
              pa.types.is_boolean, pa.types.is_temporal)  # fmt: skip
    return table.select([name for name in names if any(test(table.schema.field(name).type) for test in simple)])


def _datasink(folder: _Folder, id: str, vector: str, error: str, kind: str, rows_per_part: int | None) -> Any:
    from ray.data import Datasink
    from ray.data.block import BlockAccessor

    arrays = f"{kind[:-1].replace('image', 'img')}_emb"
    folders = (arrays, "metadata", "errors")

    class Parts(Datasink):  # type: ignore[misc]
        """Writes a part for each write task. A repeated task writes the same files again."""

        result: WrittenParts | None = None

        @property
        def min_rows_per_write(self) -> int | None:
            return rows_per_part

        def on_write_start(self, schema: Any = None) -> None:
            folder.create(folders)
            for name in folders:  # of a run that did not end
                for file in folder.files(name):
                    folder.remove(f"{name}/{file}")

        def write(self, blocks: Iterable[Any], ctx: Any) -> _Part:
            import pyarrow as pa

            tables = [BlockAccessor.for_block(block).to_arrow() for block in blocks]
            tables = [table for table in tables if table.num_rows > 0]
            if not tables:
                return _Part(ctx.task_idx, 0, 0, 0)
            table = pa.concat_tables(tables, promote_options="permissive")
            vectors = np.ascontiguousarray(BlockAccessor.for_block(table).to_numpy(vector), np.float32)
            if vectors.ndim != 2:
                raise DataError(f"column {vector!r} has shape {vectors.shape}, expected vectors of equal dimensions")
            kept = np.isfinite(vectors).all(axis=1)
            self._write_part(ctx.task_idx, table, vectors, kept)
            return _Part(ctx.task_idx, int(kept.sum()), int((~kept).sum()), vectors.shape[1])

        def _write_part(self, number: int, table: Any, vectors: Any, kept: Any) -> None:
            import pyarrow as pa

            if kept.any():
                table_kept, vectors_kept = table.filter(pa.array(kept)), vectors[kept]
                names = [name for name in table.column_names if name not in (id, vector, error)]
                fields = _fields(table_kept, names).add_column(0, "image_path", table_kept[id].cast(pa.string()))
                ids = [str(value) for value in table_kept[id].to_pylist()]
                folder.write(f"{arrays}/{arrays}_{number}.ids.jsonl", _id_lines(ids, vectors_kept))
                folder.write(f"metadata/metadata_{number}.parquet", _parquet(fields))
                folder.write(f"{arrays}/{arrays}_{number}.npy", _npy(vectors_kept))
            if not kept.all():
                lost = table.filter(pa.array(~kept))
                reasons = lost[error] if error in lost.column_names else pa.nulls(lost.num_rows, pa.string())
                reported = pa.table({"id": lost[id].cast(pa.string()), "error": reasons})
                folder.write(f"errors/errors_{number}.parquet", _parquet(reported))

        def on_write_complete(self, write_result: Any) -> None:
            written: list[_Part] = sorted(write_result.write_returns, key=lambda part: part.number)
            dims = {part.dim for part in written if part.dim > 0}
            parts = {part.number: part.rows for part in written if part.rows > 0}
            expected = {f"{arrays}_{number}.npy" for number in parts}
            found = {name for name in folder.files(arrays) if name.endswith(".npy")}
            if len(dims) > 1 or found != expected or len(written) != len({part.number for part in written}):
                raise DataError(f"{folder.path(arrays)} does not have the parts that were written: another run writes it")
            failed = sum(part.failed for part in written)
            self.result = WrittenParts(sum(parts.values()), failed, next(iter(dims), 0), parts)

    return Parts()


def write_vectors(
    dataset: Any,
    path: str,
    *,
    id: str = "path",
    vector: str = "vector",
    error: str = "error",
    kind: str = "images",
    model: str | None = None,
    rows_per_part: int | None = None,
    filesystem: Any = None,
    overwrite: bool = False,
) -> WrittenParts:
    """Encodes a data set of Ray and writes its vectors to a folder; the work is done here.

    The folder has ``img_emb/img_emb_N.npy`` (texts: ``text_emb``) with their ids, ``metadata/metadata_N.parquet`` with
    the columns of texts, numbers and times, and ``errors/errors_N.parquet`` with rows without a vector. ``sightline
    search --vectors`` reads the folder, and each part. ``sightline-parts.json`` is written last; without it, the run
    did not end, and the next one replaces what it left.

    Args:
        dataset: A ray.data.Dataset with vectors, as encode_images returns it.
        path: A folder, or a URI of an Arrow file system such as ``s3://bucket/folder``.
        id: Column of the ids.
        vector, error: Columns that the encoder added.
        kind: ``"images"`` or ``"texts"``.
        model: The model of the vectors, whose fingerprint is recorded; it is loaded here.
        rows_per_part: The least number of rows of a part but the last; they are held in memory. None: one part per block.
        filesystem: A pyarrow file system, or fsspec's in ``pyarrow.fs.PyFileSystem``.
        overwrite: Replace a complete result.
    """
    from pyarrow import fs

    if kind not in ("images", "texts"):
        raise InvalidArgumentError(f"kind {kind!r}, expected 'images' or 'texts'")
    if filesystem is None:
        # Workers have other working directories.
        filesystem, path = fs.FileSystem.from_uri(path if "://" in path else os.path.abspath(path))
    folder = _Folder(filesystem, path)
    if folder.exists(MANIFEST):
        if not overwrite:
            raise InvalidArgumentError(f"{path!r} has vectors of a complete run; overwrite=True replaces them")
        folder.remove(MANIFEST)
    info = _model_info(model)
    sink = _datasink(folder, id, vector, error, kind, rows_per_part)
    dataset.write_datasink(sink)
    written: WrittenParts = sink.result
    manifest = {"format": "sightline-parts", "version": 1, "kind": kind, "model": info, **asdict(written)}
    folder.write(MANIFEST, (json.dumps(manifest, indent=2) + "\n").encode())
    return written


def _model_info(model: str | None) -> dict[str, str] | None:
    if model is None:
        return None
    from ..model import Model

    info = Model(model).info
    return {"name": info.name, "fingerprint": info.fingerprint}
