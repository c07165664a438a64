"""Fixtures: the program, a shipped model, and small images with captions."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import sightline

ROOT = Path(__file__).resolve().parents[2]
MODEL = ROOT / "models" / "emoji-vit-8"


@pytest.fixture(scope="session")
def program() -> Path:
    path = Path(os.environ.get("SIGHTLINE", ROOT / "build" / "sightline"))
    if not path.exists():
        pytest.skip(f"{path} does not exist")
    return path


@pytest.fixture(scope="session", autouse=True)
def private_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keeps the tests out of the user's embedding cache."""
    os.environ["XDG_CACHE_HOME"] = str(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="session")
def model() -> sightline.Model:
    return sightline.Model(MODEL)


@pytest.fixture(scope="session")
def encoder(model: sightline.Model) -> sightline.Encoder:
    return sightline.Encoder(model)


def pixels(seed: int, height: int = 90, width: int = 120) -> np.ndarray:
    """A smooth image of random colours, (H, W, 3) uint8."""
    random = np.random.default_rng(seed)
    small = random.integers(0, 256, (6, 8, 3), np.uint8)
    return np.asarray(Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)).copy()


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set of 40 images with a caption each (ImageFolder), JPEG and PNG."""
    folder = tmp_path_factory.mktemp("photos")
    lines = []
    for i in range(40):
        name = f"photo{i:02}.{'jpg' if i % 2 else 'png'}"
        Image.fromarray(pixels(i, 80 + i, 100)).save(folder / name)
        lines.append(json.dumps({"file_name": name, "text": f"the caption number {i}"}))
    (folder / "metadata.jsonl").write_text("\n".join(lines) + "\n")
    return folder


def run(program: Path, *arguments: object) -> str:
    """Runs the program; returns its standard output."""
    result = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout
