"""sightline.spark in a local session; needs pyspark and Java."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import MODEL

import sightline
import sightline.spark

sql = pytest.importorskip("pyspark.sql", reason="pip install 'sightline[spark]'")
if shutil.which("java") is None:
    pytest.skip("Spark needs Java", allow_module_level=True)


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    settings = {"spark.ui.enabled": "false", "spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1"}
    session = sql.SparkSession.builder.master("local[1]").config(map=settings).getOrCreate()
    yield session
    session.stop()


def test_images_and_texts(spark: Any, photos: Path, encoder: sightline.Encoder) -> None:
    files = sorted(photos.glob("*.png"))[:5]
    rows = [(file.name, bytearray(file.read_bytes())) for file in files]
    rows += [("broken", bytearray(b"not an image")), ("null", None)]
    table = spark.createDataFrame(rows, "id string, content binary")
    encode = sightline.spark.image_encoder(str(MODEL))
    found = {row["id"]: row["encoded"] for row in table.select("id", encode("content").alias("encoded")).collect()}
    for file, vector in zip(files, encoder.encode_images(files)):
        assert np.array_equal(np.array(found[file.name]["vector"], np.float32), vector)
        assert found[file.name]["error"] is None
    assert found["broken"]["vector"] is None and "not an image" in found["broken"]["error"]
    assert found["null"]["vector"] is None and found["null"]["error"] == "no image"

    texts = spark.createDataFrame([("a red heart",), (None,)], "text string")
    encoded = [row[0] for row in texts.select(sightline.spark.text_encoder(str(MODEL))("text")).collect()]
    assert np.array_equal(np.array(encoded[0]["vector"], np.float32), encoder.encode_texts(["a red heart"])[0])
    assert encoded[1]["vector"] is None and encoded[1]["error"] == "no text"
