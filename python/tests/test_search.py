"""Searches in data sets, vector sets and libraries, and their display in notebooks."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import numpy as np
import pytest
from conftest import MODEL, pixels, run
from PIL import Image

import sightline


def test_dataset_equals_the_program(program: Path, model: sightline.Model, photos: Path) -> None:
    queries = ["a red heart", "the caption number 3 -blue"]
    printed = json.loads(run(program, "search", "--json", "--dataset", photos, "--model", MODEL, "--top-k", 7, *queries))
    result = sightline.search(photos, queries, model, k=7)
    assert result.to_dict()["queries"] == printed["queries"]
    assert [hit.rank for hit in result[0]] == list(range(1, 8))
    assert result[0].query == "a red heart" and result[0][0].captions[0].startswith("the caption")


def test_query_forms_find_the_image(model: sightline.Model, photos: Path) -> None:
    file = photos / "photo06.png"
    image = Image.open(file)
    vector = sightline.Encoder(model).encode_images([file])[0]
    result = sightline.search(photos, [file, file.read_bytes(), image, np.asarray(image), vector], model, k=1)
    assert [hits.ids for hits in result] == [["photo06.png"]] * 5
    assert all(abs((hits[0].similarity or 0) - 1) < 1e-6 for hits in result)
    assert result[0].images()[0] == file.read_bytes()


def test_vector_set_without_model(program: Path, model: sightline.Model, photos: Path, tmp_path: Path) -> None:
    run(program, "encode", "--model", MODEL, "--dataset", photos, "--out", tmp_path / "v.npy", "--no-cache")
    vectors = np.load(tmp_path / "v.npy")
    hits = sightline.search(tmp_path / "v.npy", vectors[5], k=3)[0]
    assert hits[0].row == 5 and len(hits) == 3
    with pytest.raises(sightline.Error):
        sightline.search(tmp_path / "v.npy", "a red heart")


@pytest.fixture(scope="module")
def library(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> sightline.Library:
    library = sightline.Library(tmp_path_factory.mktemp("libraries") / "library")
    assert not library.exists and len(library) == 0
    summary = library.index(photos, MODEL)
    assert summary.added == summary.encoded == 40 and summary.failed == 0
    return library


def test_library_equals_the_program(program: Path, library: sightline.Library) -> None:
    queries = ["a red heart", "name:photo1* sort:path"]
    printed = json.loads(run(program, "search", "--json", "--library", library.path, *queries, "--no-judge", "--top-k", 10))
    result = library.search(queries, judge=False)
    # The program packs weights lazily, which changes the last bits of texts' vectors.
    for hits, expected in zip(result, printed["queries"]):
        assert hits.ids == [hit["id"] for hit in expected["hits"]]
    assert result[0][0].similarity == pytest.approx(printed["queries"][0]["hits"][0]["similarity"], abs=1e-5)
    assert len(result[1]) == 10 and result[1].matching == 10
    assert result[1][0].similarity is None
    assert library.search("a red heart")[0].verdict in ("match", "weak", "no match", "unknown")


def test_library_is_updated(library: sightline.Library, tmp_path: Path) -> None:
    Image.fromarray(pixels(99)).save(tmp_path / "new.png")
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff broken")
    summary = library.index([tmp_path])  # with the active model
    assert summary.added == 2 and summary.failed == 1 and len(library) == 41
    assert "broken.jpg" in next(iter(summary.failures))
    assert library.index().files == 42
    assert library.search(tmp_path / "new.png", k=1)[0][0].id.endswith("new.png")
    library.remove(tmp_path)
    assert len(library) == 40
    info = library.info()
    assert info["images"] == 40 and info["models"][0]["name"] == "emoji-vit-8"
    assert library.check()["problems"] == []


def test_library_in_threads(library: sightline.Library) -> None:
    expected = library.search("a red heart", judge=False)[0].ids
    found: list[list[str]] = []
    threads = [
        threading.Thread(target=lambda: found.append(library.search("a red heart", judge=False)[0].ids))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 8


def test_library_needs_a_model(tmp_path: Path) -> None:
    empty = sightline.Library(tmp_path / "none")
    with pytest.raises(sightline.InvalidArgumentError, match="no model"):
        empty.index(tmp_path)
    with pytest.raises(sightline.NotFoundError):
        empty.search("a")
    with pytest.raises(sightline.InvalidArgumentError, match="column"):
        sightline.Query.parse("after:never")


def test_html_shows_thumbnails_and_escapes(model: sightline.Model, tmp_path: Path) -> None:
    Image.fromarray(pixels(7, 500, 700)).save(tmp_path / "<b>.jpg")
    hits = sightline.search(tmp_path, "<script>alert(1)</script>", model, k=1, literal=True)[0]
    html = hits._repr_html_()
    assert "data:image/jpeg;base64,/9j/" in html and "<script>" not in html
    assert "&lt;b&gt;.jpg" in html and "&lt;script&gt;" in html
    assert len(html) < 20_000
    assert "<b>.jpg" in repr(hits)
    missing = sightline.search(tmp_path, "a", model, k=1)
    (tmp_path / "<b>.jpg").unlink()
    assert "base64" not in missing._repr_html_()
