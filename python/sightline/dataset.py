"""Data sets: where they are and how they are read."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from . import _native
from .model import PathLike

__all__ = ["Dataset"]


@dataclass(frozen=True)
class Dataset:
    """A data set and how it is read. Functions that take the path of a data set also take a Dataset.

    Attributes:
        path: Folder, file, or name on the Hugging Face Hub.
        splits: Read only these splits; default: all rows.
        image_column: Column of the images; default: detected.
        text_columns: Columns of the captions; default: detected.
        images_root: Folder of the images that a file of captions names; default: detected.
        format: ``"imagefolder"``, ``"parquet"``, ``"arrow"``, ``"coco"``, ``"karpathy"``, ``"flickr"``, ``"csv"``,
            ``"json"``, ``"webdataset"`` or ``"folder"``; default: detected.
        max_captions: Use only the first captions of each image; 0: all.
        exclude: In folders of images: patterns of files and folders to leave out, as in .gitignore.
        include_hidden: In folders of images: also read names that begin with ``.``.
        keep_repeats: Make each row an image of its own, even if it repeats one.
    """

    path: PathLike
    splits: Sequence[str] = ()
    image_column: str = ""
    text_columns: Sequence[str] = ()
    images_root: PathLike | None = None
    format: str = ""
    max_captions: int = 0
    exclude: Sequence[str] = ()
    include_hidden: bool = False
    keep_repeats: bool = False


def native_dataset(
    dataset: PathLike | Dataset, splits: Sequence[str] = (), keep_repeats: bool = False, callback: Any = None
) -> _native.Dataset:
    """Locates a data set. `splits` and `keep_repeats` take precedence where they are given."""
    given = dataset if isinstance(dataset, Dataset) else Dataset(dataset)
    return _native.Dataset(
        _native.locate_dataset(os.fspath(given.path), False, callback),
        list(splits or given.splits),
        given.image_column,
        list(given.text_columns),
        os.fspath(given.images_root or ""),
        given.format,
        given.max_captions,
        list(given.exclude),
        given.include_hidden,
        keep_repeats or given.keep_repeats,
    )
