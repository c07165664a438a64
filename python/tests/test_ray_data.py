"""sightline.ray on a local cluster: encoding and writing."""

from __future__ import annotations

import ctypes
import json
import os
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import MODEL, run
from ray_cluster import cluster, ray

import sightline
import sightline.ray

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module", autouse=True)
def local_cluster() -> Iterator[None]:
    with cluster(3):  # an actor of two processors, and one to read
        yield


def files_of(photos: Path) -> list[Path]:
    return sorted([*photos.glob("*.png"), *photos.glob("*.jpg")])


def read(paths: list[Path], **options: Any) -> Any:
    return ray.data.read_binary_files([str(path) for path in paths], include_paths=True, **options)


def by_id(dataset: Any, id: str = "path") -> dict[str, Any]:
    rows = dataset.take_all()
    assert len({row[id] for row in rows}) == len(rows)
    return {row[id]: row for row in rows}


def test_vectors_equal_those_of_the_encoder(photos: Path, encoder: sightline.Encoder) -> None:
    files = files_of(photos)
    dataset = sightline.ray.encode_images(read(files), str(MODEL), rows_per_batch=7)
    rows = by_id(dataset)
    assert set(rows) == {str(file) for file in files}
    expected = encoder.encode_images(files)
    for file, vector in zip(files, expected):
        assert np.array_equal(rows[str(file)]["vector"], vector) and rows[str(file)]["error"] == ""
        assert "bytes" not in rows[str(file)]


def test_broken_images_have_errors_and_no_vector(photos: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.jpg").write_bytes(b"not an image")
    files = [*files_of(photos)[:5], tmp_path / "broken.jpg"]
    rows = by_id(sightline.ray.encode_images(read(files), str(MODEL), concurrency=1))
    broken = rows.pop(str(tmp_path / "broken.jpg"))
    assert np.isnan(broken["vector"]).all() and "not an image" in broken["error"]
    assert "image 5" not in broken["error"]
    assert all(row["error"] == "" and np.isfinite(row["vector"]).all() for row in rows.values())


def test_kinds_of_image_columns(photos: Path, encoder: sightline.Encoder) -> None:
    file = files_of(photos)[0]
    data = file.read_bytes()
    expected = encoder.encode_images([file])[0]
    rows: list[dict[str, Any]] = [
        {"id": "struct", "image": {"bytes": data, "path": None}},
        {"id": "struct without bytes", "image": {"bytes": None, "path": str(file)}},
        {"id": "null", "image": None},
    ]
    found = by_id(sightline.ray.encode_images(ray.data.from_items(rows), str(MODEL), image="image"), "id")
    assert np.array_equal(found["struct"]["vector"], expected)
    assert np.array_equal(found["struct without bytes"]["vector"], expected)
    assert found["null"]["error"] == "no image" and np.isnan(found["null"]["vector"]).all()
    paths = ray.data.from_items([{"path": str(file)}])
    encoded = sightline.ray.encode_images(paths, str(MODEL), image="path", keep_image=True)
    assert np.array_equal(by_id(encoded)[str(file)]["vector"], expected)


def test_parquet_and_webdataset(photos: Path, tmp_path: Path, encoder: sightline.Encoder) -> None:
    files = files_of(photos)[:6]
    expected = encoder.encode_images(files)
    table = [{"name": file.name, "image": file.read_bytes()} for file in files]
    ray.data.from_items(table).write_parquet(str(tmp_path / "parquet"))
    parquet = sightline.ray.encode_images(ray.data.read_parquet(str(tmp_path / "parquet")), str(MODEL), image="image")
    rows = by_id(parquet, "name")
    assert all(np.array_equal(rows[file.name]["vector"], vector) for file, vector in zip(files, expected))

    pytest.importorskip("webdataset")
    import tarfile

    with tarfile.open(tmp_path / "a.tar", "w") as tar:
        for file in files:
            tar.add(file, file.name)
    samples = ray.data.read_webdataset(str(tmp_path / "a.tar"), decoder=None)
    encoded = sightline.ray.encode_images(samples, str(MODEL), image=("jpg", "png"))
    rows = by_id(encoded, "__key__")
    assert all(np.array_equal(rows[file.stem]["vector"], vector) for file, vector in zip(files, expected))


def test_texts(encoder: sightline.Encoder) -> None:
    texts = ["a red heart", "a train", None]
    dataset = ray.data.from_items([{"id": str(i), "text": text} for i, text in enumerate(texts)])
    rows = by_id(sightline.ray.encode_texts(dataset, str(MODEL)), "id")
    expected = encoder.encode_texts(["a red heart", "a train"])
    assert np.array_equal([rows["0"]["vector"], rows["1"]["vector"]], expected)
    assert rows["2"]["error"] == "no text" and rows["2"]["text"] is None


class Threads(sightline.ray.ImageEncoder):
    """Reports the number of OpenMP threads of its actor."""

    def __call__(self, batch: Any) -> Any:
        encoded = super().__call__(batch)
        library = re.search(r"\S*libgomp\S*", Path("/proc/self/maps").read_text())
        assert library
        threads = ctypes.CDLL(library[0]).omp_get_max_threads()
        return {**encoded, "threads": np.full(len(encoded["error"]), threads)}


@pytest.mark.parametrize("cpus", [1, 2])
def test_threads_are_the_assigned_processors(photos: Path, cpus: int) -> None:
    dataset = read(files_of(photos)[:3]).map_batches(
        Threads, fn_constructor_args=(str(MODEL),), batch_format="numpy", num_cpus=cpus, concurrency=1
    )
    assert {row["threads"] for row in dataset.take_all()} == {cpus}


def ids_in(folder: Path) -> list[str]:
    lines = [line for file in sorted(folder.glob("img_emb/*.ids.jsonl")) for line in file.read_text().splitlines()]
    return [json.loads(line)["id"] for line in lines]


def test_written_parts_are_searched(photos: Path, tmp_path: Path, program: Path, encoder: sightline.Encoder) -> None:
    (tmp_path / "broken.jpg").write_bytes(b"not an image")
    files = files_of(photos)
    source = read([*files, tmp_path / "broken.jpg"], override_num_blocks=4)
    # Ray joins blocks below rows_per_batch.
    encoded = sightline.ray.encode_images(source, str(MODEL), rows_per_batch=8, rows_per_block=10)
    written = sightline.ray.write_vectors(encoded, str(tmp_path / "out"), model=str(MODEL))
    assert (written.rows, written.failed, written.dim) == (40, 1, 256) and len(written.parts) > 1
    assert sorted(ids_in(tmp_path / "out")) == sorted(map(str, files))

    query = encoder.encode_texts(["the caption number 3"])
    ids, similarities = sightline.VectorIndex(encoder.encode_images(files), [str(f) for f in files]).search(query, 5)
    (tmp_path / "q.json").write_text(json.dumps(query[0].tolist()))
    found = json.loads(run(program, "search", "--vectors", tmp_path / "out", "--vector", tmp_path / "q.json", "--top-k", 5, "--json"))
    hits = found["queries"][0]["hits"]
    assert [hit["id"] for hit in hits] == ids[0].tolist()
    assert [hit["similarity"] for hit in hits] == similarities[0].tolist()

    part = sorted((tmp_path / "out/img_emb").glob("*.npy"))[0]
    assert sightline.search(part, query[0], k=1)[0][0].id in map(str, files)
    with pytest.raises(sightline.InvalidArgumentError, match="overwrite"):
        sightline.ray.write_vectors(encoded, str(tmp_path / "out"))


def test_an_unfinished_run_is_replaced(photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / "img_emb").mkdir(parents=True)
    np.save(out / "img_emb" / "img_emb_7.npy", np.zeros((3, 256), np.float32))
    encoded = sightline.ray.encode_images(read(files_of(photos)), str(MODEL)).materialize()
    for _ in range(2):
        assert sightline.ray.write_vectors(encoded, str(out), overwrite=True).rows == 40
        assert len(ids_in(out)) == 40 and not (out / "img_emb" / "img_emb_7.npy").exists()


class Killed(sightline.ray.ImageEncoder):
    """Kills its process in the third call, once."""

    def __init__(self, model: str, marker: str) -> None:
        super().__init__(model)
        self._marker = Path(marker)
        self._calls = 0

    def __call__(self, batch: Any) -> Any:
        self._calls += 1
        if self._calls == 3 and not self._marker.exists():
            self._marker.write_text(str(os.getpid()))
            os.kill(os.getpid(), signal.SIGKILL)
            time.sleep(60)
        return super().__call__(batch)


def test_a_killed_worker_loses_nothing_and_repeats_nothing(
    photos: Path, tmp_path: Path, encoder: sightline.Encoder
) -> None:
    files = files_of(photos)
    marker = tmp_path / "killed"
    encoded = read(files, override_num_blocks=8).map_batches(
        Killed, fn_constructor_args=(str(MODEL), str(marker)), batch_size=4, batch_format="numpy", num_cpus=1, concurrency=1
    )
    written = sightline.ray.write_vectors(encoded, str(tmp_path / "out"))
    assert marker.exists() and (written.rows, written.failed) == (40, 0)
    assert sorted(ids_in(tmp_path / "out")) == sorted(map(str, files))
    expected = dict(zip(map(str, files), encoder.encode_images(files)))
    for file in (tmp_path / "out/img_emb").glob("*.npy"):
        lines = file.with_suffix(".ids.jsonl").read_text().splitlines()
        for line, vector in zip(lines, np.load(file)):
            assert np.array_equal(expected[json.loads(line)["id"]], vector)
