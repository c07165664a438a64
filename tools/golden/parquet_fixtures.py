"""Writes tests/golden/parquet: small Parquet files as Python's pyarrow and datasets write them.

Also tests/golden/arrow: the same in Arrow's IPC formats, and the seeds of fuzz_arrow_ipc.
Needs: pip install pyarrow==23.0.1 datasets pillow. Run: python3 tools/golden/parquet_fixtures.py
"""

import datetime
import io
import pathlib
import shutil

import datasets
import pyarrow as pa
import pyarrow.ipc as ipc
import pyarrow.parquet as pq
from PIL import Image

TESTS = pathlib.Path(__file__).resolve().parents[2] / "tests"
OUT = TESTS / "golden" / "parquet"
ARROW = TESTS / "golden" / "arrow"
SEEDS = TESTS / "fuzz" / "corpus" / "arrow_ipc"


def png(i):
    data = io.BytesIO()
    Image.new("RGB", (4, 3), (i * 20 % 256, 100, 200)).save(data, "PNG")
    return data.getvalue()


def image_type(data=pa.binary(), path=pa.string()):
    return pa.struct([("bytes", data), ("path", path)])


def write(name, columns, **options):
    (OUT / name).parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), OUT / name, **options)


def images(count, start=0, data=pa.binary()):
    return pa.array([{"bytes": png(i), "path": f"p{i}.png"} for i in range(start, start + count)],
                    type=image_type(data))


def main():
    # A data set of images with several captions, written by `datasets`.
    features = datasets.Features({"image": datasets.Image(), "captions": [datasets.Value("string")],
                                  "label": datasets.Value("int64")})
    rows = [{"image": {"bytes": png(i), "path": f"p{i}.png"}, "captions": [f"one {i}", f"two {i}"],
             "label": i} for i in range(5)]
    datasets.Dataset.from_list(rows, features=features).to_parquet(OUT / "datasets.parquet")

    # Several files, several row groups, a split in the name.
    for part in range(2):
        write(f"sharded/test-0000{part}-of-00002.parquet",
              {"image": images(5, 5 * part), "text": [f"text {5 * part + i}" for i in range(5)]},
              row_group_size=2)
    write("sharded/train-00000-of-00001.parquet", {"image": images(3, 10), "text": ["a", "b", "c"]})

    # Nulls in every place; one image that is too large; lists with a null.
    write("nulls.parquet", {
        "image": pa.array([{"bytes": png(0), "path": None}, None, {"bytes": None, "path": None},
                           {"bytes": png(3), "path": "p3.png"}, {"bytes": png(4), "path": "p4.png"},
                           {"bytes": b"x" * 5000, "path": "big.png"}, {"bytes": png(6), "path": ""}],
                          type=image_type()),
        "text": pa.array([["a"], ["b"], ["c"], None, ["e", None], ["f"], []], type=pa.list_(pa.string())),
        "n": pa.array([1, None, 3, 4, 5, 6, None], type=pa.int32())})

    # Images in files next to the Parquet file.
    (OUT / "paths").mkdir(exist_ok=True)
    (OUT / "paths" / "ok.png").write_bytes(png(1))
    names = ["ok.png", "gone.png", "../datasets.parquet", "/etc/hostname", "a/../../x"]
    write("paths/data.parquet", {
        "image": pa.array([{"bytes": None, "path": name} for name in names], type=image_type()),
        "text": names})

    # The wider types of both columns, and dictionaries.
    write("large.parquet", {"image": images(3, data=pa.large_binary()),
                            "text": pa.array(["x", "y", "z"], type=pa.large_string()),
                            "group": pa.array(["g", "h", "g"]).dictionary_encode()})
    write("views.parquet", {"image": images(2, data=pa.binary_view()),
                            "text": pa.array(["short", "a text longer than twelve bytes"],
                                             type=pa.string_view())})
    write("large_list.parquet", {"image": images(2),
                                 "text": pa.array([["x", "y"], ["z"]], type=pa.large_list(pa.string()))})
    write("plain_binary.parquet", {"jpg": pa.array([png(0)]), "txt": ["only text"], "score": [0.5],
                                   "vector": pa.array([[1.0, 2.0]])})
    write("categories.parquet", {"image": images(3),
                                 "text": pa.array(["same", "same", "other"]).dictionary_encode(),
                                 "split": ["train", "test", "train"]}, row_group_size=2)

    several_captions()
    null_captions()
    column_types()
    paths_and_urls()
    arrow_files()


def several_captions():
    write("numbered.parquet", {"Image": images(2), "caption_0": ["a0", "b0"], "caption_10": ["a10", None],
                               "caption_2": ["a2", "b2"], "title": ["t", "u"]})
    # Four images with five rows each, one caption per row.
    cells = [{"bytes": png(i), "path": None} for i in range(4) for _ in range(5)]
    write("repeated.parquet", {"image": pa.array(cells, type=image_type()),
                               "text": [f"caption {i} {c}" for i in range(4) for c in range(5)]})
    sentence = pa.struct([("raw", pa.string()), ("tokens", pa.list_(pa.string())), ("sentid", pa.int64())])
    write("sentences.parquet", {
        "image": images(2),
        "sentences": pa.array([[{"raw": "one", "tokens": ["one"], "sentid": 1},
                                {"raw": "two", "tokens": ["two"], "sentid": 2}], []],
                              type=pa.list_(sentence))})
    write("sentence.parquet", {"image": images(2), "sentences": pa.array(
        [{"raw": "one", "tokens": ["one"], "sentid": 1}, {"raw": "two", "tokens": [], "sentid": 2}],
        type=sentence)})


def null_captions():
    lists = pa.list_(pa.string())
    for name, column in {"nulltext": pa.array([None, "b"]), "emptytext": pa.array(["", "b"]),
                         "alltext_null": pa.array([None, None], type=pa.string()),
                         "listnull": pa.array([None, ["b", None]], type=lists),
                         "listempty": pa.array([[], ["b"]], type=lists)}.items():
        write(f"captions/{name}.parquet", {"image": images(2), "text": column})


def column_types():
    bare = pa.array([png(0), png(1)])
    write("types/fixedlist.parquet", {"image": images(2), "text": pa.array(
        [["a", "a2"], ["b", None]], type=pa.list_(pa.string(), 2))})
    write("types/images_list.parquet", {
        "images": pa.array([[{"bytes": png(0), "path": None}],
                            [{"bytes": png(1), "path": None}, {"bytes": png(2), "path": None}], []],
                           type=pa.list_(image_type())), "text": ["a", "b", "c"]})
    write("types/binary_text.parquet", {"jpg": bare, "caption": pa.array([b"a", b"b"])})
    write("types/numbers.parquet", {
        "image": bare, "text": pa.array([1, 2]), "score": [0.5, 1.5], "kept": [True, None],
        "when": pa.array([datetime.datetime(2020, 1, 2, 3, 4, 5)] * 2, type=pa.timestamp("us")),
        "nested": pa.array([[[1]], [[2]]])})
    write("types/strange_image.parquet", {"image": pa.array([1.5, 2.5]), "text": ["a", "b"]})
    features = datasets.Features({"image": datasets.Image(), "label": datasets.ClassLabel(
        names=["cat", "dog"])})
    datasets.Dataset.from_list(
        [{"image": {"bytes": png(i), "path": None}, "label": label} for i, label in enumerate([1, 0, None])],
        features=features).to_parquet(OUT / "types/class_label.parquet")
    label_lists()


def label_lists():
    features = datasets.Features({"image": datasets.Image(), "labels": datasets.Sequence(
        datasets.ClassLabel(names=["cat", "dog", "heart"]))})
    datasets.Dataset.from_list(
        [{"image": {"bytes": png(i), "path": None}, "labels": labels}
         for i, labels in enumerate([[2, 0], [], None, [1]])],
        features=features).to_parquet(OUT / "types/class_label_lists.parquet")
    write("types/label_lists.parquet", {
        "image": images(3), "labels": [["cat", "dog"], ["a \"b\""], None], "classes": [[3], [], [1, 2]]})


def paths_and_urls():
    (OUT / "paths" / "sub").mkdir(parents=True, exist_ok=True)
    (OUT / "paths" / "sub" / "deep.png").write_bytes(png(2))
    write("names.parquet", {"image_path": ["ok.png", "sub/deep.png", "http://example.org/a.jpg"],
                            "caption": ["a", "b", "c"]})
    write("urls.parquet", {"URL": ["http://example.org/a.jpg"], "TEXT": ["a"]})
    write("image_urls.parquet", {"image": ["https://example.org/a.jpg"], "text": ["a"]})
    write("imagefolder/metadata.parquet", {
        "file_name": ["ok.png", "sub/deep.png", "ok.png"], "caption": [["a", "b"], None, ["c"]],
        "n": [1, 2, None]})


def arrow_files():
    shutil.rmtree(ARROW, ignore_errors=True)
    features = datasets.Features({"image": datasets.Image(), "text": datasets.Value("string"),
                                  "label": datasets.ClassLabel(names=["cat", "dog"])})
    rows = [{"image": {"bytes": png(i), "path": f"p{i}.png"}, "text": f"text {i}", "label": i % 2}
            for i in range(5)]
    whole = datasets.Dataset.from_list(rows, features=features)
    whole.save_to_disk(ARROW / "saved", num_shards=2)
    datasets.DatasetDict({"train": whole.select(range(3)), "test": whole.select(range(3, 5))}
                         ).save_to_disk(ARROW / "saved_dict")
    table = pa.table({"image": images(4), "captions": [["a", "b"], [], None, ["c"]],
                      "split": pa.array(["train", "test", "train", "test"]).dictionary_encode()})
    with ipc.new_file(ARROW / "file.arrow", table.schema) as out:
        for batch in table.to_batches(max_chunksize=2):
            out.write_batch(batch)
    with ipc.new_stream(ARROW / "compressed.arrow", table.schema,
                        options=ipc.IpcWriteOptions(compression="zstd")) as out:
        out.write_table(table, max_chunksize=3)
    SEEDS.mkdir(parents=True, exist_ok=True)
    for name in ["saved/data-00000-of-00002.arrow", "file.arrow", "compressed.arrow"]:
        shutil.copyfile(ARROW / name, SEEDS / pathlib.Path(name).stem)


if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    main()
