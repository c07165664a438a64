"""The notebooks of examples/notebooks run, on small images, and their stored outputs are small and without errors."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import ROOT, pixels
from PIL import Image

NOTEBOOKS = sorted((ROOT / "examples" / "notebooks").glob("*.ipynb"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the notebooks name: models, and 40 images in place of the emoji."""
    folder = tmp_path_factory.mktemp("notebooks")
    (folder / "models").symlink_to(ROOT / "models")
    images = folder / "build" / "emoji" / "images"
    images.mkdir(parents=True)
    lines = []
    for i in range(40):
        Image.fromarray(pixels(i, 80, 100)).save(images / f"{i:02}.png")
        lines.append(json.dumps({"file_name": f"images/{i:02}.png", "text": f"heart number {i}", "split": "test"}))
    (folder / "build" / "emoji" / "metadata.jsonl").write_text("\n".join(lines) + "\n")
    return folder


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs(notebook: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nbformat = pytest.importorskip("nbformat", reason="jupyter is not installed: nbformat")
    nbclient = pytest.importorskip("nbclient", reason="jupyter is not installed: nbclient")
    pytest.importorskip("ipykernel", reason="jupyter is not installed: ipykernel")
    pytest.importorskip("pandas")
    monkeypatch.setenv("SIGHTLINE_ROOT", str(folder))
    book = nbformat.read(notebook, as_version=4)
    nbclient.NotebookClient(book, timeout=600, kernel_name="python3").execute(cwd=str(folder))  # raises on an error


def test_there_are_notebooks() -> None:
    assert len(NOTEBOOKS) == 3


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_stored_outputs(notebook: Path) -> None:
    assert notebook.stat().st_size < 300_000
    cells = [cell for cell in json.loads(notebook.read_text())["cells"] if cell["cell_type"] == "code"]
    outputs = [output for cell in cells for output in cell["outputs"]]
    assert outputs and all(cell["execution_count"] for cell in cells)
    assert not [output for output in outputs if output["output_type"] == "error"]
    assert "/tmp/" not in notebook.read_text()
