"""Options of data sets, models and searches, and the maintenance of libraries."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from conftest import MODEL, pixels, run
from PIL import Image

import sightline
from sightline import Dataset


def test_resize_equals_the_program(program: Path, photos: Path, tmp_path: Path) -> None:
    found = {}
    for resize in ("shortest", "squash", "longest"):
        model = sightline.Model(MODEL, resize=resize)
        assert model.preprocess.resize == resize
        out = tmp_path / f"{resize}.npy"
        file = photos / "photo39.jpg"
        run(program, "encode", "--model", MODEL, "--resize", resize, "--images", file, "--out", out, "--no-cache")
        found[resize] = sightline.Encoder(model).encode_images([photos / "photo39.jpg"])
        assert np.array_equal(found[resize], np.load(out))
    assert not np.array_equal(found["squash"], found["longest"])
    published = sightline.Encoder(MODEL).encode_images([photos / "photo39.jpg"])
    assert np.array_equal(published, found[sightline.Model(MODEL).preprocess.resize])
    with pytest.raises(sightline.InvalidArgumentError, match="squash"):
        sightline.Model(MODEL, resize="stretch")


def test_evaluate_takes_the_resize_of_its_model(photos: Path) -> None:
    fast = {"bootstrap": 0, "permutations": 0, "cache": False}
    metrics = {
        resize: sightline.evaluate(MODEL, photos, resize=resize, **fast).metrics  # type: ignore[arg-type]
        for resize in ("squash", "longest")
    }
    assert metrics["squash"] != metrics["longest"]
    loaded = sightline.evaluate(sightline.Model(MODEL, resize="squash"), photos, **fast)  # type: ignore[arg-type]
    assert loaded.metrics == metrics["squash"]


@pytest.fixture()
def table(tmp_path: Path) -> Path:
    """A data set whose columns are not detected, with a repeated image."""
    for i in range(3):
        Image.fromarray(pixels(min(i, 1))).save(tmp_path / f"{i}.png")
    rows = [("0.png", "zero", "null", "train"), ("1.png", "one", "eins", "test"), ("2.png", "uno", "un", "test")]
    lines = ["photo,english,other,split", *(",".join(row) for row in rows)]
    (tmp_path / "table.csv").write_text("\n".join(lines) + "\n")
    return tmp_path / "table.csv"


def test_columns_repeats_and_splits(model: sightline.Model, table: Path) -> None:
    english = Dataset(table, image_column="photo", text_columns=["english"])
    hits = sightline.search(english, table.parent / "1.png", model, cache=False)[0]
    assert hits[0].captions == ["one", "uno"] and len(hits) == 2
    both = Dataset(table, image_column="photo", text_columns=["english", "other"], max_captions=1)
    assert sightline.search(both, table.parent / "0.png", model, k=1, cache=False)[0][0].captions == ["zero"]
    rows = Dataset(table, image_column="photo", text_columns=["english"], keep_repeats=True, splits=["test"])
    assert len(sightline.search(rows, "a", model, cache=False)[0]) == 2
    assert len(sightline.search(english, "a", model, splits=["train"], cache=False)[0]) == 1
    result = sightline.evaluate(model, rows, bootstrap=0, cache=False)
    assert result.to_dict()["dataset"]["images"] == 2
    with pytest.raises(sightline.NotFoundError, match="nothing"):
        sightline.search(Dataset(table, image_column="nothing"), "a", model, cache=False)


def test_patterns_of_folders(model: sightline.Model, tmp_path: Path) -> None:
    for name in ("a.png", "b.png", ".hidden.png"):
        Image.fromarray(pixels(len(name))).save(tmp_path / name)
    folder = Dataset(tmp_path, format="folder", exclude=["b.*"], include_hidden=True)
    assert sorted(sightline.search(folder, "a", model, cache=False)[0].ids) == [".hidden.png", "a.png"]


def test_least_similarity(model: sightline.Model, photos: Path) -> None:
    found = sightline.search(photos, "a red heart", model, k=40)[0]
    bound = found[4].similarity
    assert bound is not None
    assert sightline.search(photos, "a red heart", model, k=40, min_similarity=bound)[0].ids == found.ids[:5]


def test_merged_shards_are_searched_and_added(
    program: Path, model: sightline.Model, photos: Path, tmp_path: Path
) -> None:
    encode = ("encode", "--model", MODEL, "--dataset", photos, "--out", tmp_path / "v.npy", "--no-cache")
    for shard in range(2):
        run(program, *encode, "--shard", f"{shard}/2")
    shards = sorted(tmp_path.glob("v.*-of-*.npy"))
    manifest = tmp_path / "v.shards.json"
    run(program, "merge", *shards, "--out", manifest)
    expected = sightline.search(photos, "a red heart", model, k=5)[0]
    assert sightline.search(manifest, "a red heart", model, k=5)[0].ids == expected.ids
    library = sightline.Library(tmp_path / "library")
    assert library.add(manifest, model).added == 40
    assert library.search("a red heart", k=5, judge=False)[0].ids == expected.ids
    assert library.add(manifest).unchanged == 40  # with the library's model


def test_maintenance(photos: Path, tmp_path: Path) -> None:
    library = sightline.Library(tmp_path / "library")
    summary = library.index(photos, MODEL, exclude=["*.jpg"])
    assert summary.added == 20
    assert library.add(Dataset(photos, format="imagefolder", max_captions=1)).added == 40
    former = library.info()["models"][0]["name"]
    assert library.migrate(MODEL.parent / "emoji-vit-16").encoded == 40
    assert [model["active"] for model in library.info()["models"]] == [False, True]
    library.activate(former)
    with pytest.raises(sightline.InvalidArgumentError, match="active"):
        library.drop_model(former)
    library.drop_model("emoji-vit-16")
    assert [model["name"] for model in library.info()["models"]] == [former]
    library.remove(photos)
    assert library.compact() >= 0
    assert library.export(tmp_path / "out.npy") == len(library) == len(np.load(tmp_path / "out.npy"))
    assert library.repair() == [] and library.check()["problems"] == []


def test_keys_of_hits(model: sightline.Model, photos: Path, tmp_path: Path) -> None:
    library = sightline.Library(tmp_path / "library")
    library.index(photos, model)
    hit = library.search("a red heart", k=1, judge=False)[0][0]
    assert hit.key > 0
    assert hit.key == library._open().collection().key_of(hit.id)
    found = sightline.search(photos, "a red heart", model, k=1)[0][0]
    assert found.key == found.row
