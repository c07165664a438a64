"""Vectors equal those of the program, whatever form an image has."""

from __future__ import annotations

import io
import threading
from pathlib import Path

import numpy as np
import pytest
from conftest import MODEL, pixels, run
from PIL import Image

import sightline


def png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def test_texts_equal_the_programs(program: Path, encoder: sightline.Encoder, tmp_path: Path) -> None:
    texts = ["a red heart", "日本の城", "", "x " * 200] + [f"text number {i}" for i in range(50)]
    (tmp_path / "texts.txt").write_text("\n".join(text for text in texts if text) + "\n")
    run(program, "encode", "--model", MODEL, "--texts", tmp_path / "texts.txt", "--out", tmp_path / "t.npy", "--no-cache")
    expected = np.load(tmp_path / "t.npy")
    vectors = encoder.encode_texts([text for text in texts if text])
    assert vectors.dtype == np.float32 and vectors.flags.c_contiguous
    assert np.array_equal(vectors.view(np.uint32), expected.view(np.uint32))


def test_images_equal_the_programs(program: Path, encoder: sightline.Encoder, photos: Path, tmp_path: Path) -> None:
    files = sorted(photos.glob("photo*"))
    run(program, "encode", "--model", MODEL, "--images", *files, "--out", tmp_path / "i.npy", "--no-cache")
    expected = np.load(tmp_path / "i.npy")
    for images in (files, [str(file) for file in files], [file.read_bytes() for file in files]):
        vectors = encoder.encode_images(images)
        assert np.array_equal(vectors.view(np.uint32), expected.view(np.uint32))
    opened = encoder.encode_images([Image.open(file) for file in files])
    assert np.array_equal(opened.view(np.uint32), expected.view(np.uint32))


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1", "I;16"])
def test_pixels_of_any_mode_equal_a_png_file(encoder: sightline.Encoder, mode: str) -> None:
    image = Image.fromarray(pixels(1))
    if mode == "RGBA":
        image.putalpha(Image.fromarray(pixels(2)).convert("L"))
    elif mode == "I;16":
        image = Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 4)
        assert image.mode == "I;16"
    elif mode != "RGB":
        image = image.convert(mode)
    from_pixels, from_file = encoder.encode_images([image, png(image)])
    assert np.array_equal(from_pixels, from_file)


def test_arrays_and_tensors_equal_a_png_file(encoder: sightline.Encoder) -> None:
    class Tensor:
        """What PyTorch and others offer: the DLPack protocol."""

        def __init__(self, array: np.ndarray) -> None:
            self.array = array

        def __dlpack__(self, **options: object) -> object:
            return self.array.__dlpack__(**options)

        def __dlpack_device__(self) -> tuple[int, int]:
            return self.array.__dlpack_device__()

    array = pixels(3, 200, 130)
    expected = encoder.encode_images([png(Image.fromarray(array))])[0]
    strided = np.repeat(array, 2, axis=1)[:, ::2]
    assert not strided.flags.c_contiguous
    frozen = array.copy()
    frozen.flags.writeable = False
    for image in (array, strided, frozen, Tensor(array), memoryview(png(Image.fromarray(array)))):
        assert np.array_equal(encoder.encode_images([image])[0], expected)


def test_orientation_of_a_pil_image_is_applied_as_in_files(encoder: sightline.Encoder, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(pixels(4)).save(tmp_path / "turned.jpg", exif=exif)
    file, pil = encoder.encode_images([tmp_path / "turned.jpg", Image.open(tmp_path / "turned.jpg")])
    assert np.array_equal(file, pil)
    flat = encoder.encode_images([np.asarray(Image.open(tmp_path / "turned.jpg"))])[0]
    assert not np.array_equal(flat, file)
    stored = sightline.Encoder(sightline.Model(MODEL, orientation="stored"))
    assert np.array_equal(stored.encode_images([Image.open(tmp_path / "turned.jpg")])[0], flat)


def test_failures(encoder: sightline.Encoder, tmp_path: Path) -> None:
    images = [pixels(5), tmp_path / "absent.png", b"no image", pixels(6)]
    collected = encoder.encode_images(images, errors="collect")
    assert list(collected.errors) == [1, 2]
    assert "absent.png" in collected.errors[1] and "image 2" in collected.errors[2]
    assert not collected.vectors[1].any() and collected.vectors[3].any()
    with pytest.raises(sightline.DataError, match=r"absent\.png.*\(and 1 more\)"):
        encoder.encode_images(images)
    assert encoder.encode_images([]).shape == (0, 256) and encoder.encode_texts([]).shape == (0, 256)


@pytest.mark.parametrize(
    "image",
    [np.zeros((4, 4, 3), np.float32), np.zeros((4, 4), np.uint8), np.zeros((4, 4, 4), np.uint8), 7],
)
def test_other_objects_are_rejected(encoder: sightline.Encoder, image: object) -> None:
    with pytest.raises(sightline.InvalidArgumentError, match="image 0"):
        encoder.encode_images([image])


def test_empty_images_fail_alone(encoder: sightline.Encoder) -> None:
    collected = encoder.encode_images([np.zeros((0, 5, 3), np.uint8), pixels(1)], errors="collect")
    assert list(collected.errors) == [0]


def test_threads(encoder: sightline.Encoder) -> None:
    texts = [f"text {i}" for i in range(200)]
    images = [pixels(i) for i in range(20)]
    expected = encoder.encode_texts(texts), encoder.encode_images(images)
    wrong: list[int] = []

    def work(number: int) -> None:
        for _ in range(5):
            same = np.array_equal(encoder.encode_texts(texts), expected[0])
            if not (same and np.array_equal(encoder.encode_images(images), expected[1])):
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_vectors_outlive_encoder_and_model() -> None:
    vectors = sightline.Encoder(MODEL).encode_texts(["a red heart"])
    assert abs(float(np.linalg.norm(vectors)) - 1) < 1e-6
    assert not vectors.flags.owndata  # NumPy views the memory of the library
    raw = sightline.Encoder(MODEL, normalize=False).encode_texts(["a red heart"])
    assert np.allclose(raw / np.linalg.norm(raw), vectors, atol=1e-6)
