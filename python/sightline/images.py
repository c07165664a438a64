"""Converts what people have (paths, bytes, PIL images, arrays, tensors) to images of the native module."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Union

import numpy as np
import numpy.typing as npt

from . import _native
from .errors import InvalidArgumentError, UnsupportedError

if TYPE_CHECKING:
    import PIL.Image

__all__ = ["ImageLike"]

#: A path, the bytes of an image file, a PIL image, an array (H, W, 3) uint8, or a tensor with
#: ``__dlpack__`` of that shape and type on the CPU.
ImageLike = Union[str, "os.PathLike[str]", bytes, bytearray, memoryview, "PIL.Image.Image", npt.NDArray[np.uint8], Any]

_EXIF_ORIENTATION = 0x0112


def _of_array(array: npt.NDArray[Any], name: str) -> _native.Image:
    if array.dtype != np.uint8 or array.ndim != 3 or array.shape[2] != 3:
        raise InvalidArgumentError(
            f"{name}: an array of shape {array.shape} and type {array.dtype}, expected (H, W, 3) uint8"
        )
    height, width, _ = array.shape
    return _native.Image.of_pixels(name, "RGB", width, height, np.ascontiguousarray(array).reshape(-1))


def _of_tensor(tensor: Any, name: str) -> _native.Image:
    try:
        array = np.from_dlpack(tensor)
    except (BufferError, RuntimeError, TypeError) as error:
        raise UnsupportedError(f"{name}: a tensor that NumPy cannot read, such as one on a GPU: {error}") from error
    return _of_array(array, name)


def _palette_of(image: PIL.Image.Image) -> npt.NDArray[np.uint8]:
    """Returns 256 colours R, G, B, A, of which Pillow may hold fewer."""
    palette = image.palette
    colours = np.zeros((256, 4), np.uint8)
    colours[:, 3] = 255
    if palette is not None:
        channels = len(palette.mode)
        data = np.frombuffer(bytes(palette.palette), np.uint8)
        data = data[: len(data) // channels * channels].reshape(-1, channels)[:256]
        colours[: len(data), :channels] = data
    return colours.reshape(-1)


def _of_pil(image: PIL.Image.Image, name: str, upright: bool) -> _native.Image:
    if upright and image.getexif().get(_EXIF_ORIENTATION, 1) != 1:
        from PIL import ImageOps

        image = ImageOps.exif_transpose(image)
    mode, palette = image.mode, None
    if mode in ("RGBX", "RGBa", "La", "HSV") or mode.startswith("I;16") and mode != "I;16":
        image, mode = image.convert("RGB"), "RGB"
    if mode == "1":  # tobytes() packs bits
        pixels = np.frombuffer(image.convert("L").tobytes(), np.uint8)
    else:
        pixels = np.frombuffer(image.tobytes(), np.uint8)
    if mode in ("P", "PA"):
        palette = _palette_of(image)
    return _native.Image.of_pixels(name, mode, image.width, image.height, pixels, palette)


def native_image(image: ImageLike, index: int, upright: bool) -> _native.Image:
    """Returns an image of the native module, which views the memory of arrays and bytes.

    upright: apply the orientation of a PIL image's EXIF data, as it is applied to files.
    """
    if isinstance(image, (str, os.PathLike)):
        path = os.fspath(image)
        return _native.Image.of_file(os.fsdecode(path), path)
    name = f"image {index}"
    if isinstance(image, (bytes, bytearray, memoryview)):
        return _native.Image.of_bytes(name, np.frombuffer(image, np.uint8))
    if isinstance(image, np.ndarray):
        return _of_array(image, name)
    if hasattr(image, "getexif") and hasattr(image, "tobytes"):
        return _of_pil(image, name, upright)
    if hasattr(image, "__dlpack__"):
        return _of_tensor(image, name)
    raise InvalidArgumentError(
        f"{name} is a {type(image).__name__}, expected a path, bytes, a PIL image, "
        "an array (H, W, 3) uint8 or a tensor with __dlpack__"
    )


def native_images(images: Sequence[ImageLike], upright: bool) -> list[_native.Image]:
    """Returns images of the native module, in order."""
    if isinstance(images, (str, bytes, os.PathLike)):
        raise InvalidArgumentError(f"expected a list of images, found a {type(images).__name__}")
    return [native_image(image, index, upright) for index, image in enumerate(images)]
