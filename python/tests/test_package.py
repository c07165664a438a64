"""The package itself: imports, types, stub, tokenizer, documents."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import MODEL, ROOT

import sightline


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, cwd=ROOT, check=False)


def test_import_is_lazy() -> None:
    result = python("-c", "import sightline, sys; print('numpy' in sys.modules, 'sightline._native' in sys.modules)")
    assert result.stdout.split() == ["False", "False"], result.stderr


def test_only_numpy_is_needed(tmp_path: Path) -> None:
    blocked = "import sys\nfor name in ('PIL', 'tqdm', 'pandas', 'pyarrow', 'IPython'): sys.modules[name] = None\n"
    code = blocked + f"import sightline; print(sightline.Encoder({str(MODEL)!r}).encode_texts(['a'], progress=True).shape)"
    result = python("-c", code)
    assert result.stdout.strip() == "(1, 256)", result.stderr


def test_every_public_name_exists_and_is_documented() -> None:
    for name in sightline.__all__:
        assert getattr(sightline, name).__doc__, name
    assert set(sightline.__all__) <= set(dir(sightline))
    assert re.fullmatch(r"\d+\.\d+\.\d+", sightline.__version__)  # type: ignore[attr-defined]
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        sightline.nothing  # type: ignore[attr-defined]


def test_stub_is_current() -> None:
    pytest.importorskip("nanobind")
    result = python("tools/python_stub.py", "--check")
    assert result.returncode == 0, result.stderr


def test_types() -> None:
    pytest.importorskip("mypy")
    result = python("-m", "mypy", "--strict", "--cache-dir=/dev/null", "python/sightline", "examples/python")
    assert result.returncode == 0, result.stdout


def test_model_and_tokenizer(model: sightline.Model) -> None:
    info = model.info
    assert (info.name, info.embedding_dim, info.image_size) == ("emoji-vit-8", 256, 64)
    assert len(info.fingerprint) == 64 and "emoji-vit-8" in repr(model) and model.precision == "fp32"
    assert model.preprocess.crop_size == 64 and model.preprocess.upright
    tokens = model.tokenizer.encode("a red heart")
    assert tokens.ids[0] == model.tokenizer.start_id and tokens.ids[-1] == model.tokenizer.end_id
    assert len(tokens) == len(tokens.ids) and not tokens.truncated
    long = model.tokenizer.encode("heart " * 500)
    assert long.truncated and len(long) == model.tokenizer.context_length and long.kept_text
    assert sightline.Tokenizer.load(MODEL).fingerprint == model.tokenizer.fingerprint
    vectors = model.encode_tokens([tokens])
    assert vectors.shape == (1, 256)
    tokenizer = sightline.Model(MODEL, towers="text").tokenizer  # keeps its model alive
    assert tokenizer.encode("a").ids == model.tokenizer.encode("a").ids


def test_progress_bar(capfd: pytest.CaptureFixture[str], encoder: sightline.Encoder) -> None:
    pytest.importorskip("tqdm")
    encoder.encode_texts(["a"] * 100, progress=True)
    assert "encoding texts" in capfd.readouterr().err


def test_missing_arrow_names_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    from sightline import parquet

    monkeypatch.setattr(parquet, "_libraries", lambda: ["libarrow.so.2300"])
    for library in ("libarrow", "libparquet"):
        with pytest.raises(sightline.UnsupportedError, match=r"pip install 'pyarrow==23\.\*'"):
            with parquet.arrow():
                raise sightline.UnsupportedError(f"cannot load it: {library}.so.2300: cannot open shared object file")
    with pytest.raises(sightline.UnsupportedError, match="another"):
        with parquet.arrow():
            raise sightline.UnsupportedError("another reason")
