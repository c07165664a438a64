"""The examples run as printed: docs/python.md, README.md and examples/python."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import MODEL, ROOT


def python_blocks(document: Path) -> str:
    """Returns the Python blocks of a document as one program."""
    blocks = re.findall(r"^```python[^\n]*\n(.*?)^```", document.read_text(), re.MULTILINE | re.DOTALL)
    assert blocks
    return "\n".join(blocks)


@pytest.fixture
def folder(photos: Path, tmp_path: Path) -> Path:
    """A folder with what the documents name."""
    shutil.copytree(photos, tmp_path / "photos")
    (tmp_path / "models").symlink_to(ROOT / "models")
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "emoji").symlink_to(tmp_path / "photos")
    return tmp_path


def execute(arguments: list[str], folder: Path) -> str:
    result = subprocess.run(
        [sys.executable, *arguments], cwd=folder, capture_output=True, text=True, check=False, env=dict(os.environ)
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.mark.parametrize("document", ["docs/python.md", "README.md"])
def test_document(document: str, folder: Path) -> None:
    assert execute(["-c", python_blocks(ROOT / document)], folder)


def test_quickstart(folder: Path) -> None:
    printed = execute([str(ROOT / "examples/python/quickstart.py"), str(MODEL), "photos"], folder)
    assert printed.startswith("nearest to 'a red heart': 'heart suit'") and "R@5" in printed
