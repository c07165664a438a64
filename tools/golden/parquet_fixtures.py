"""Writes tests/golden/parquet: small Parquet files as Python's pyarrow and datasets write them.

Needs: pip install pyarrow==23.0.1 datasets pillow. Run: python3 tools/golden/parquet_fixtures.py
"""

import io
import pathlib

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

OUT = pathlib.Path(__file__).resolve().parents[2] / "tests" / "golden" / "parquet"


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


if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    main()
