"""The interfaces of other packages, compared with the packages themselves where they are installed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import MODEL, ROOT, pixels
from PIL import Image

import sightline
from sightline.sentence_transformers import SentenceTransformer

TEXTS = ["a red heart", "a train", "", "heart " * 100]


@pytest.fixture(scope="module")
def images() -> list[Image.Image]:
    return [Image.fromarray(pixels(i, 70 + 9 * i, 100)) for i in range(4)]


def cosines(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    first, second = (a / np.linalg.norm(a, axis=1, keepdims=True) for a in (first, second))
    return np.asarray((first * second).sum(axis=1))


def test_encode_equals_the_encoder(encoder: sightline.Encoder, images: list[Image.Image]) -> None:
    model = SentenceTransformer(encoder.model)
    mixed = model.encode(["a red heart", images[0], "a train"], normalize_embeddings=True)
    expected = encoder.encode_texts(["a red heart", "a train"])
    assert np.allclose(mixed[[0, 2]], expected, atol=1e-6)
    assert np.allclose(mixed[1], encoder.encode_images([images[0]])[0], atol=1e-6)
    assert model.encode("a train").shape == (256,) and model.encode(images[0]).shape == (256,)
    assert model.encode(np.asarray(images[0])).shape == (256,)
    assert np.array_equal(model.encode(sentences=["a train"]), model.encode(["a train"]))
    assert abs(np.linalg.norm(model.encode("a train")) - 1) > 1e-3  # not normalized unless asked


def test_prompts_and_truncation(model: sightline.Model) -> None:
    prompted = SentenceTransformer(model, prompts={"query": "a photo of "}, truncate_dim=16)
    plain = SentenceTransformer(model)
    expected = plain.encode("a photo of a train")[:16]
    assert np.array_equal(prompted.encode_query("a train"), expected)
    assert np.array_equal(prompted.encode("a train", prompt="a photo of "), expected)
    assert np.array_equal(prompted.encode_document("a photo of a train"), expected)
    assert prompted.get_embedding_dimension() == prompted.get_sentence_embedding_dimension() == 16
    cosine = plain.similarity(plain.encode(TEXTS[:2]), plain.encode(TEXTS[:2]))
    assert cosine.shape == (2, 2) and np.allclose(np.diag(cosine), 1)


def test_settings_that_are_not_there_are_errors(model: sightline.Model) -> None:
    transformer = SentenceTransformer(model)
    for arguments in ({"precision": "int8"}, {"output_value": "token_embeddings"}, {"device": "cuda"}):
        with pytest.raises(sightline.UnsupportedError, match="expected"):
            transformer.encode("a", **arguments)  # type: ignore[arg-type]
    with pytest.raises(sightline.UnsupportedError, match="cuda"):
        SentenceTransformer(model, device="cuda")
    with pytest.raises(sightline.InvalidArgumentError, match="there is no prompt 'other'"):
        transformer.encode("a", "other")


def test_preprocessed_images_have_the_encoders_vectors(encoder: sightline.Encoder, images: list[Image.Image]) -> None:
    batch = encoder.model.preprocess_images(images)
    assert batch.shape == (4, 3, 64, 64) and batch.dtype == np.float32
    assert encoder.model.preprocess_images([]).shape == (0, 3, 64, 64)
    assert np.allclose(cosines(encoder.model.encode_pixels(batch), encoder.encode_images(images)), 1, atol=1e-6)
    with pytest.raises(sightline.DataError, match="image 0"):
        encoder.model.preprocess_images([b"not an image"])


@pytest.mark.parametrize(
    ("module", "package"),
    [("langchain", "langchain-core"), ("llama_index", "llama-index-core"), ("open_clip", "torch"), ("clip_benchmark", "torch")],
)
def test_missing_package_is_named(module: str, package: str) -> None:
    code = (
        "import sys\nfor name in ('torch', 'langchain_core', 'llama_index', 'clip_benchmark'): sys.modules[name] = None\n"
        f"import sightline.{module} as m\nm.create_model_and_transforms('x') if {module!r} == 'open_clip' else m.load_clip('x')"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert result.stderr.strip().endswith(f"needs the package {package}: pip install {package}"), result.stderr


def test_sentence_transformers_itself(images: list[Image.Image]) -> None:
    original = pytest.importorskip("sentence_transformers").SentenceTransformer(
        str(MODEL), device="cpu", model_kwargs={"dtype": "float32"}  # the file has float16
    )
    ours = SentenceTransformer(MODEL)
    texts = [TEXTS[0], TEXTS[1], TEXTS[3]]
    assert (cosines(original.encode(texts), ours.encode(texts)) > 0.99999).all()
    assert (cosines(original.encode(images), ours.encode(images)) > 0.99999).all()
    assert np.allclose(
        original.encode(texts, normalize_embeddings=True), ours.encode(texts, normalize_embeddings=True), atol=1e-4
    )
    tensor = ours.encode(texts, convert_to_tensor=True)
    assert tensor.shape == original.encode(texts, convert_to_tensor=True).shape
    assert [vector.shape for vector in ours.encode(texts, convert_to_numpy=False)] == [(256,)] * 3
    assert original.encode(texts[0]).shape == ours.encode(texts[0]).shape


def test_open_clip_on_tensors(encoder: sightline.Encoder, images: list[Image.Image]) -> None:
    torch = pytest.importorskip("torch")
    from sightline import open_clip

    model, train, preprocess = open_clip.create_model_and_transforms(f"local-dir:{MODEL}")
    tokenizer = open_clip.get_tokenizer(f"local-dir:{MODEL}")
    tokens = tokenizer(TEXTS)
    assert tokens.shape == (4, model.context_length) and tokens.dtype == torch.int64
    batch = torch.stack([preprocess(image) for image in images])
    assert np.allclose(model.encode_text(tokens, normalize=True), encoder.encode_texts(TEXTS), atol=1e-6)
    assert np.allclose(model.encode_image(batch, normalize=True), encoder.encode_images(images), atol=1e-6)
    first, second, scale = model.eval().to("cpu")(batch, tokens)
    assert first.shape == second.shape == (4, 256) and abs(float(scale) - encoder.model.info.logit_scale) < 1e-3
    with pytest.raises(sightline.UnsupportedError, match="training"):
        train(images[0])
    with pytest.raises(sightline.InvalidArgumentError, match="text 0 has no end token"):
        model.encode_text(torch.zeros(1, 5, dtype=torch.int64))
    with pytest.raises(sightline.InvalidArgumentError, match="'laion2b' is not a path"):
        open_clip.create_model_and_transforms("ViT-B-32", pretrained="laion2b")


def test_preprocessing_equals_open_clips() -> None:
    original = pytest.importorskip("open_clip")
    # Margins of even size: the model is in transformers' layout, whose crop rounds odd ones down; open_clip's rounds
    # half to even.
    images = [Image.fromarray(pixels(i, height, width)) for i, (height, width) in enumerate([(64, 100), (256, 128)])]
    model = sightline.Model(MODEL)
    spec = model.preprocess
    transform = original.image_transform(
        spec.crop_size, is_train=False, mean=tuple(spec.mean), std=tuple(spec.std), interpolation="bicubic"
    )
    for image in images:
        ours = model.preprocess_images([image])[0]
        assert np.abs(transform(image).numpy() - ours).max() < 0.02  # less than a level of 255


def test_langchain(encoder: sightline.Encoder, photos: Path) -> None:
    base = pytest.importorskip("langchain_core.embeddings").Embeddings
    store = pytest.importorskip("langchain_core.vectorstores").InMemoryVectorStore
    from sightline.langchain import SightlineEmbeddings

    embeddings = SightlineEmbeddings(encoder.model)
    assert isinstance(embeddings, base)
    assert np.allclose(embeddings.embed_documents(TEXTS[:2]), encoder.encode_texts(TEXTS[:2]))
    assert np.allclose(embeddings.embed_query("a train"), encoder.encode_texts(["a train"])[0])
    files = sorted(str(file) for file in photos.glob("*.png"))[:3]
    assert np.allclose(embeddings.embed_image(files), encoder.encode_images(files))
    found = store.from_texts(["a red heart", "a train"], embeddings).similarity_search("a train", k=1)
    assert [document.page_content for document in found] == ["a train"]


def test_llama_index(encoder: sightline.Encoder, photos: Path) -> None:
    base = pytest.importorskip("llama_index.core.embeddings").MultiModalEmbedding
    from sightline.llama_index import SightlineEmbedding

    embedding = SightlineEmbedding(encoder.model, embed_batch_size=2)
    assert isinstance(embedding, base) and embedding.model_name == "emoji-vit-8"
    assert np.allclose(embedding.get_text_embedding_batch(TEXTS[:3]), encoder.encode_texts(TEXTS[:3]), atol=1e-6)
    assert np.allclose(embedding.get_query_embedding("a train"), encoder.encode_texts(["a train"])[0], atol=1e-6)
    files = sorted(str(file) for file in photos.glob("*.png"))[:3]
    assert np.allclose(embedding.get_image_embedding_batch(files), encoder.encode_images(files), atol=1e-6)


def test_datasets_map(tmp_path: Path, encoder: sightline.Encoder, photos: Path) -> None:
    pytest.importorskip("datasets")
    result = subprocess.run(
        [sys.executable, ROOT / "examples/python/datasets_map.py", MODEL, photos], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("40 rows, vectors of 256 elements")


def test_clip_benchmark_equals_evaluate(photos: Path) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("clip_benchmark")
    result = subprocess.run(
        [sys.executable, ROOT / "bench/peers/clip_benchmark.py", MODEL, photos], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.count("equal") == 6, result.stdout
