"""Errors of the library become exceptions by their code; Ctrl-C and callbacks stop long calls."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from conftest import MODEL, pixels

import sightline


def test_missing_model_is_a_file_not_found_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as raised:
        sightline.Model(tmp_path / "absent" / "model")
    assert isinstance(raised.value, sightline.NotFoundError)
    assert raised.value.code == "not_found"
    assert "absent" in str(raised.value)


@pytest.mark.parametrize("code", ["invalid_argument", "not_found", "invalid_data", "unsupported", "limit_exceeded"])
def test_every_code_has_a_class(code: str) -> None:
    from sightline.errors import make_error

    error = make_error(code, "a message")
    assert type(error) is not sightline.Error and error.code == code and str(error) == "a message"


@pytest.mark.parametrize(
    "arguments",
    [
        {"precision": "fp13"},
        {"backend": "abacus"},
        {"device": "moon"},
        {"orientation": "sideways"},
        {"decode": "never"},
        {"towers": "none"},
    ],
)
def test_unknown_settings(arguments: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=next(iter(arguments.values()))) as raised:
        sightline.Model(MODEL, **arguments)  # type: ignore[arg-type]
    assert isinstance(raised.value, sightline.InvalidArgumentError)


def test_tower_that_was_not_loaded() -> None:
    encoder = sightline.Encoder(sightline.Model(MODEL, towers="text"))
    assert encoder.encode_texts(["a"]).shape == (1, 256)
    with pytest.raises(sightline.InvalidArgumentError):
        encoder.encode_images([pixels(0)])


def test_batch_size_is_checked() -> None:
    with pytest.raises(sightline.InvalidArgumentError, match="batch size 0"):
        sightline.Encoder(MODEL, batch_size=0)


def test_strings_are_no_lists(encoder: sightline.Encoder) -> None:
    with pytest.raises(sightline.InvalidArgumentError):
        encoder.encode_texts("a red heart")
    with pytest.raises(sightline.InvalidArgumentError):
        encoder.encode_images("photo.jpg")


def test_progress_counts_to_the_total(model: sightline.Model) -> None:
    updates: list[tuple[str, int, int, str]] = []
    encoder = sightline.Encoder(model, batch_size=8)
    encoder.encode_images([pixels(i) for i in range(20)], progress=lambda *update: updates.append(update))
    assert [(stage, done, total) for stage, done, total, _ in updates] == [
        ("encoding images", done, 20) for done in (8, 16, 20)
    ]


def test_exception_of_a_callback_stops_the_work(model: sightline.Model) -> None:
    class Enough(Exception):
        pass

    calls = []

    def stop(*update: object) -> None:
        calls.append(update)
        raise Enough("enough")

    with pytest.raises(Enough, match="enough"):
        sightline.Encoder(model, batch_size=4).encode_images([pixels(0)] * 20, progress=stop)
    assert len(calls) == 1


@pytest.mark.parametrize("kind", ["images", "texts"])
def test_keyboard_interrupt_stops_between_batches(encoder: sightline.Encoder, kind: str) -> None:
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    image = pixels(0)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background inherits that it is ignored
    timer.start()
    begin = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        for _ in range(1000):  # minutes of work, unless it is stopped
            if kind == "images":
                encoder.encode_images([image] * 2000)
            else:
                encoder.encode_texts(["a text of some words that takes its time"] * 20000)
    assert time.monotonic() - begin < 30  # on a busy machine
    timer.join()
    assert encoder.encode_texts(["still usable"]).shape == (1, 256)


def test_the_gil_is_released(encoder: sightline.Encoder) -> None:
    counted = 0
    done = threading.Event()

    def count() -> None:
        nonlocal counted
        while not done.is_set():
            counted += 1
            time.sleep(0.001)

    thread = threading.Thread(target=count)
    thread.start()
    begin = time.monotonic()
    encoder.encode_images([pixels(0)] * 300)
    seconds = time.monotonic() - begin
    done.set()
    thread.join()
    assert counted > seconds * 1000 / 20, f"{counted} turns in {seconds:.2f} s"


def test_tensor_on_another_device(encoder: sightline.Encoder) -> None:
    class Remote:
        def __dlpack__(self, **options: object) -> object:
            raise BufferError("cannot export a tensor on a GPU")

        def __dlpack_device__(self) -> tuple[int, int]:
            return 2, 0

    with pytest.raises(sightline.UnsupportedError, match="image 0"):
        encoder.encode_images([Remote()])


def test_nan_is_data(encoder: sightline.Encoder) -> None:
    with pytest.raises(sightline.DataError, match="row 1"):
        sightline.VectorIndex(np.array([[0, 1], [np.nan, 0]], np.float32))
