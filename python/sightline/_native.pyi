from collections.abc import Sequence
import os
import pathlib
from typing import Annotated

import numpy
from numpy.typing import NDArray


library_version: str = '0.1.0'

class TokenIds:
    """The tokens of a text."""

    def __init__(self, ids: Sequence[int]) -> None:
        """
        Tokens that were made elsewhere: start token, tokens of the text, end token.
        """

    @property
    def ids(self) -> list[int]:
        """Ids: start token, tokens of the text, end token."""

    @property
    def truncated(self) -> bool:
        """Whether the text was cut to context_length."""

    @property
    def kept_text(self) -> str:
        """
        If truncated: the part of the cleaned text that was kept; otherwise empty.
        """

    def __len__(self) -> int: ...

class Tokenizer:
    """CLIP's byte-pair encoding or BERT's WordPiece. Thread-safe."""

    @staticmethod
    def load(path: str | os.PathLike[str], context_length: int = 0) -> Tokenizer:
        """
        Loads the tokenizer of a model directory, a tokenizer.json, a vocab.txt or OpenAI's vocabulary file. context_length 0: 77 for CLIP, 512 for BERT.
        """

    def encode(self, text: str) -> TokenIds:
        """Returns the tokens of a text, at most context_length of them."""

    def token(self, id: int) -> str:
        """
        Returns the readable form of a token, with '</w>' at the end of a word.
        """

    def find(self, token: str) -> int:
        """Returns the id of a token as the vocabulary spells it, or -1."""

    @property
    def start_id(self) -> int:
        """Id of the start token."""

    @property
    def end_id(self) -> int:
        """Id of the end token."""

    @property
    def vocab_size(self) -> int:
        """Number of tokens."""

    @property
    def context_length(self) -> int:
        """Largest number of ids."""

    @property
    def profile(self) -> str:
        """Text cleaning: 'openai', 'hf' or 'wordpiece'."""

    @property
    def fingerprint(self) -> str:
        """SHA-256 of everything that determines token ids, hex."""

class ModelInfo:
    """What a model is."""

    @property
    def name(self) -> str:
        """Name of the directory, or the given one."""

    @property
    def family(self) -> str:
        """'clip_vit', 'bert', …; 'pair': two towers."""

    @property
    def layout(self) -> str:
        """Layout of the checkpoint: 'huggingface', …"""

    @property
    def fingerprint(self) -> str:
        """SHA-256 of config, weights, tokenizer and preprocessing, hex."""

    @property
    def has_image(self) -> bool:
        """Whether the model has an image tower."""

    @property
    def has_text(self) -> bool:
        """Whether the model has a text tower."""

    @property
    def embedding_dim(self) -> int:
        """D, elements of a vector."""

    @property
    def parameters(self) -> int:
        """Number of parameters of all towers."""

    @property
    def image_size(self) -> int:
        """S, pixels."""

    @property
    def patch_size(self) -> int:
        """Pixels; 0: not a vision transformer."""

    @property
    def context_length(self) -> int:
        """Largest number of token ids."""

    @property
    def logit_scale(self) -> float:
        """Not part of similarities."""

    @property
    def logit_bias(self) -> float | None:
        """Of models with the sigmoid loss, else None. Not part of similarities."""

    @property
    def activation(self) -> str:
        """'quick_gelu' or 'gelu'."""

    @property
    def projection(self) -> str:
        """Untrained layer of a pair; else empty."""

    @property
    def warnings(self) -> list[str]:
        """Contradictions in the model's files."""

    def __repr__(self) -> str: ...

class Preprocess:
    """The preprocessing that a model expects."""

    @property
    def resize_size(self) -> int:
        """Pixels."""

    @property
    def crop_size(self) -> int:
        """S, pixels."""

    @property
    def mean(self) -> list[float]:
        """Per channel, of values from 0 to 1."""

    @property
    def std(self) -> list[float]:
        """Per channel, of values from 0 to 1."""

    @property
    def upright(self) -> bool:
        """Whether the orientation in an image's metadata is applied."""

    @property
    def resize(self) -> str:
        """'shortest', 'squash', 'longest', or 'patches': sizes differ."""

    def describe(self) -> str:
        """Returns one line that names every field."""

    def __repr__(self) -> str: ...

class Model:
    def __init__(self, spec: str, precision: str, backend: str, device: str, orientation: str, decode: str, resize: str | None, image_tower: bool, text_tower: bool) -> None: ...

    @property
    def info(self) -> ModelInfo: ...

    @property
    def tokenizer(self) -> Tokenizer: ...

    @property
    def preprocess(self) -> Preprocess: ...

    @property
    def precision(self) -> str: ...

    @property
    def computation(self) -> str: ...

    def encode_pixels(self, pixels: Annotated[NDArray[numpy.float32], dict(shape=(None, None, None, None), order='C', device='cpu', writable=False)]) -> Annotated[NDArray[numpy.float32], dict(shape=(None, None))]: ...

    def encode_tokens(self, texts: Sequence[TokenIds]) -> Annotated[NDArray[numpy.float32], dict(shape=(None, None))]: ...

def locate_model(text: str, download: bool = False, progress: object | None = None) -> str: ...

def locate_dataset(text: str, download: bool = False, progress: object | None = None) -> str: ...

class Image:
    @staticmethod
    def of_file(id: str, file: str | os.PathLike[str]) -> Image: ...

    @staticmethod
    def of_bytes(id: str, data: Annotated[NDArray[numpy.uint8], dict(shape=(None,), order='C', device='cpu', writable=False)]) -> Image: ...

    @staticmethod
    def of_pixels(id: str, mode: str, width: int, height: int, pixels: Annotated[NDArray[numpy.uint8], dict(shape=(None,), order='C', device='cpu', writable=False)], palette: Annotated[NDArray[numpy.uint8], dict(shape=(None,), order='C', device='cpu', writable=False)] | None = None) -> Image: ...

def preprocess_image(model: Model, image: Image) -> Annotated[NDArray[numpy.float32], dict(shape=(None, None))]: ...

class Encoder:
    def __init__(self, model: Model, batch_size: int, normalize: bool) -> None: ...

    def encode_texts(self, texts: Sequence[str], progress: object | None = None) -> Annotated[NDArray[numpy.float32], dict(shape=(None, None))]: ...

    def encode_images(self, images: Sequence[Image], progress: object | None = None) -> tuple[Annotated[NDArray[numpy.float32], dict(shape=(None, None))], list[str | None]]: ...

class VectorIndex:
    def __init__(self, vectors: Annotated[NDArray[numpy.float32], dict(shape=(None, None), order='C', device='cpu', writable=False)]) -> None: ...

    @staticmethod
    def open(path: str | os.PathLike[str]) -> VectorIndex: ...

    @property
    def rows(self) -> int: ...

    @property
    def dim(self) -> int: ...

    def quantize(self, type: str) -> None: ...

    def search(self, queries: Annotated[NDArray[numpy.float32], dict(shape=(None, None), order='C', device='cpu', writable=False)], k: int) -> tuple[Annotated[NDArray[numpy.int64], dict(shape=(None, None))], Annotated[NDArray[numpy.float64], dict(shape=(None, None))]]: ...

class Query:
    """A weighted sum of texts, images and vectors, with filters."""

    @staticmethod
    def text(text: str) -> Query:
        """A text as it is, without operators."""

    @staticmethod
    def parse(text: str) -> Query:
        """A text in the query language, such as 'beach -people after:2021-06'."""

    @staticmethod
    def image_file(path: str | os.PathLike[str]) -> Query:
        """An image file."""

    @staticmethod
    def image_bytes(name: str, data: Annotated[NDArray[numpy.uint8], dict(shape=(None,), order='C', device='cpu', writable=False)]) -> Query:
        """An image file in memory."""

    @staticmethod
    def vector(name: str, vector: Annotated[NDArray[numpy.float32], dict(shape=(None,), order='C', device='cpu', writable=False)]) -> Query:
        """A vector (D) float32."""

    @staticmethod
    def item(name: str) -> Query:
        """An image of the collection: its id, or the end of its id after a '/'."""

    @property
    def name(self) -> str:
        """In results and messages."""

    @property
    def has_text(self) -> bool:
        """Whether a term is a text."""

    @property
    def has_image(self) -> bool:
        """Whether a term is an image."""

    def to_json(self) -> str:
        """Returns the query as JSON, without the bytes of images."""

class Dataset:
    def __init__(self, path: str | os.PathLike[str], splits: Sequence[str], image_column: str, text_columns: Sequence[str], images_root: str | os.PathLike[str], format: str, max_captions: int, exclude: Sequence[str], include_hidden: bool, keep_repeats: bool) -> None: ...

class Collection:
    @property
    def rows(self) -> int: ...

    @property
    def dim(self) -> int: ...

    @property
    def type(self) -> str: ...

    @property
    def warnings(self) -> list[str]: ...

    def key_of(self, id: str) -> int: ...

    def id_of(self, key: int) -> str: ...

    @property
    def precision(self) -> str | None: ...

class SearchResult:
    def to_json(self) -> str: ...

    def keys(self, rows: Sequence[int]) -> list[int]: ...

    def images(self, query: int) -> list[bytes]: ...

    def thumbnails(self, query: int, side: int) -> list[bytes]: ...

def open_vectors(path: str | os.PathLike[str]) -> Collection: ...

def open_datasets(datasets: Sequence[Dataset], model: Model, batch_size: int, cache: str | os.PathLike[str] | None, progress: object | None = None) -> Collection: ...

def search(collection: Collection, model: Model | None, library: Library | None, queries: Sequence[Query], k: int, offset: int, templates: Sequence[str], judge: bool, group: bool, diversity: float, min_similarity: float, fdr: float, correct: bool, progress: object | None = None) -> SearchResult: ...

class LibraryModel:
    @property
    def name(self) -> str: ...

    @property
    def spec(self) -> str: ...

    @property
    def dim(self) -> int: ...

    @property
    def fingerprint(self) -> str: ...

    def load(self, spec: str = '') -> Model: ...

class Library:
    def __init__(self, folder: str | os.PathLike[str]) -> None: ...

    def info_json(self) -> str: ...

    def model(self, name: str = '') -> LibraryModel: ...

    def collection(self, model: str = '') -> Collection: ...

def library_exists(folder: str | os.PathLike[str]) -> bool: ...

def default_library() -> pathlib.Path: ...

def library_add_files(folder: str | os.PathLike[str], paths: Sequence[str | os.PathLike[str]], model: Model, spec: str, batch_size: int, stored: str, exclude: Sequence[str], include_hidden: bool, retry: bool, wait: bool, progress: object | None = None) -> str: ...

def library_add_dataset(folder: str | os.PathLike[str], dataset: Dataset, model: Model, spec: str, batch_size: int, stored: str, retry: bool, wait: bool, progress: object | None = None) -> str: ...

def library_add_vectors(folder: str | os.PathLike[str], vectors: str | os.PathLike[str], wait: bool, progress: object | None = None) -> str: ...

def library_add_vectors_of(folder: str | os.PathLike[str], vectors: str | os.PathLike[str], model: Model, spec: str, stored: str, wait: bool, progress: object | None = None) -> str: ...

def library_update(folder: str | os.PathLike[str], model: Model, spec: str, batch_size: int, retry: bool, wait: bool, progress: object | None = None) -> str: ...

def library_migrate(folder: str | os.PathLike[str], model: Model, spec: str, batch_size: int, stored: str, wait: bool, progress: object | None = None) -> str: ...

def library_activate(folder: str | os.PathLike[str], model: str, wait: bool, progress: object | None = None) -> None: ...

def library_drop_model(folder: str | os.PathLike[str], model: str, wait: bool, progress: object | None = None) -> None: ...

def library_compact(folder: str | os.PathLike[str], wait: bool, progress: object | None = None) -> int: ...

def library_repair(folder: str | os.PathLike[str], wait: bool, progress: object | None = None) -> list[str]: ...

def library_export(collection: Collection, npy: str | os.PathLike[str], progress: object | None = None) -> int: ...

def library_remove(folder: str | os.PathLike[str], path: str | os.PathLike[str], wait: bool, progress: object | None = None) -> str: ...

def library_check(folder: str | os.PathLike[str], files: bool, progress: object | None = None) -> str: ...

class Judgement:
    """Whether an image is relevant to a query."""

    @property
    def time_ms(self) -> int:
        """Milliseconds since 1970, UTC."""

    @property
    def query(self) -> str:
        """Text of the query."""

    @property
    def image(self) -> int:
        """Key of the image in its library."""

    @property
    def item(self) -> str:
        """Id of the image at that time; may be empty."""

    @property
    def rank(self) -> int:
        """At which it was shown; 0: unknown."""

    @property
    def grade(self) -> int | None:
        """1: relevant, 0: irrelevant, larger: more; None: withdrawn."""

    @property
    def source(self) -> str:
        """'python', 'page', 'import', …"""

    def __repr__(self) -> str: ...

class Correction:
    """A learned correction of the vectors of texts."""

    @property
    def version(self) -> int:
        """From 1; 0: not stored, it was refused."""

    @property
    def model(self) -> str:
        """Name of the model whose queries it corrects."""

    @property
    def active(self) -> bool:
        """Whether searches use it."""

    @property
    def accepted(self) -> bool:
        """Whether results improve."""

    @property
    def reason(self) -> str:
        """One sentence."""

    @property
    def judgements(self) -> int:
        """Number that was used."""

    @property
    def queries(self) -> int:
        """Number with judgements of both kinds."""

    @property
    def before(self) -> float:
        """
        Quality of held-out queries without the correction, in standard deviations.
        """

    @property
    def after(self) -> float:
        """The same with it."""

    @property
    def interval(self) -> tuple[float, float] | None:
        """Of the difference; None: unknown."""

    @property
    def p(self) -> float:
        """Of the difference, paired and two-sided."""

    @property
    def overlap(self) -> float:
        """
        Mean share of the best ten images that stay, of texts without judgements.
        """

    def __repr__(self) -> str: ...

class Feedback:
    def __init__(self, folder: str | os.PathLike[str]) -> None: ...

    def add(self, query: str, images: Sequence[int], items: Sequence[str], ranks: Sequence[int], grade: int | None, source: str) -> None: ...

    def judgements(self, query: str | None) -> list[Judgement]: ...

    def history(self) -> list[Judgement]: ...

    def qrels(self) -> tuple[str, str]: ...

    def import_qrels(self, collection: Collection, qrels: str, queries: str, source: str) -> tuple[int, list[str]]: ...

    def learn(self, collection: Collection, model: Model, level: float, min_groups: int, min_overlap: float, progress: object | None = None) -> Correction: ...

    def evaluate(self, collection: Collection, model: Model, correct: bool, progress: object | None = None) -> list[tuple[str, float | None, tuple[float, float] | None, int]]: ...

    def versions(self) -> list[Correction]: ...

    def use(self, version: int) -> None: ...

    def turn_off(self) -> None: ...

    def enabled(self) -> bool: ...

def refine_query(query: Query, relevant: Sequence[int], irrelevant: Sequence[int], beta: float, gamma: float) -> Query: ...

class Evaluation:
    def __init__(self) -> None: ...

    def set_models(self, models: Sequence[str]) -> None: ...

    def set_dataset(self, dataset: Dataset) -> None: ...

    def set_model_options(self, precision: str, backend: str, device: str, orientation: str, decode: str, resize: str | None) -> None: ...

    def set_encoding(self, batch_size: int, cache: str | os.PathLike[str] | None) -> None: ...

    def set_captions(self, choice: str) -> None: ...

    def set_statistics(self, resamples: int, confidence: float, permutations: int, seed: int) -> None: ...

    def set_report(self, folder: str | os.PathLike[str], figures: bool) -> None: ...

    @property
    def top_k(self) -> int: ...

    @top_k.setter
    def top_k(self, arg: int, /) -> None: ...

    @property
    def queries(self) -> list[str]: ...

    @queries.setter
    def queries(self, arg: Sequence[str], /) -> None: ...

    @property
    def templates(self) -> list[str]: ...

    @templates.setter
    def templates(self, arg: Sequence[str], /) -> None: ...

    def run(self, progress: object | None = None) -> str: ...

def evaluate_vectors(labels: Sequence[str], images: Sequence[str | os.PathLike[str]], texts: Sequence[str | os.PathLike[str]], relevance: str | os.PathLike[str], top_k: int, resamples: int, confidence: float, permutations: int, seed: int, progress: object | None = None) -> str: ...

def verify(model: str, precision: str, backend: str, device: str, cross_check: bool, progress: object | None = None) -> str: ...

def default_cache() -> pathlib.Path: ...
