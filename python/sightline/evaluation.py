"""The retrieval experiment: ranks, metrics, intervals and comparisons of models on a data set."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from . import _native, html, parquet
from .dataset import Dataset, native_dataset
from .errors import InvalidArgumentError
from .model import Model, PathLike
from .progress import Progress, receiver
from .searching import cache_folder

if TYPE_CHECKING:
    import pandas

__all__ = ["EvaluationResult", "evaluate", "evaluate_vectors"]

_METRICS = (
    "recall_at_1",
    "recall_at_5",
    "recall_at_10",
    "mean_reciprocal_rank",
    "ndcg_at_10",
    "mean_average_precision",
    "median_rank",
    "score",
    "accuracy",
)


class EvaluationResult:
    """The result of evaluate(); docs/formats/results.md describes the JSON that it wraps."""

    def __init__(self, data: dict[str, Any]) -> None:
        self._data = data

    @property
    def models(self) -> list[str]:
        """Labels of the models, in the given order."""
        return [model["label"] for model in self._data["models"]]

    @property
    def metrics(self) -> dict[str, Any]:
        """Metrics of the first model: direction -> metric -> value.

        Directions are ``text_to_image`` and ``image_to_text`` (strict), and both with ``_caption_equivalent``.
        """
        return self.metrics_of(self.models[0])

    def metrics_of(self, model: str) -> dict[str, Any]:
        """Returns the metrics of the model with this label."""
        for entry in self._data["models"]:
            if entry["label"] == model:
                return dict(entry["metrics"])
        raise InvalidArgumentError(f"there is no model {model!r}, expected one of {self.models}")

    def interval(
        self, metric: str, direction: str = "text_to_image", model: str | None = None
    ) -> tuple[float, float] | None:
        """Returns the confidence interval of a metric; None if none was computed."""
        found = self.metrics_of(model or self.models[0])[direction]["intervals"].get(metric)
        return None if found is None else (found[0], found[1])

    @property
    def comparisons(self) -> list[dict[str, Any]]:
        """Paired tests of each pair of models."""
        return list(self._data["comparisons"])

    @property
    def skipped(self) -> dict[str, str]:
        """Id of each row that was left out -> the reason."""
        return {row["id"]: row["reason"] for row in self._data["skipped"]}

    @property
    def warnings(self) -> list[str]:
        """Problems, one sentence each."""
        return list(self._data["warnings"])

    def to_dict(self) -> dict[str, Any]:
        """Returns results.json."""
        return self._data

    def rows(self) -> list[dict[str, Any]]:
        """Returns one row for each model and direction: its metrics, with METRIC_low and METRIC_high."""
        rows = []
        for model in self._data["models"]:
            for direction in ("text_to_image", "image_to_text"):
                metrics = model["metrics"][direction]
                row = {"model": model["label"], "direction": direction, "queries": metrics["queries"]}
                for metric in _METRICS:
                    row[metric] = metrics[metric]
                    interval = metrics["intervals"].get(metric)
                    if interval:
                        row[f"{metric}_low"], row[f"{metric}_high"] = interval
                rows.append(row)
        return rows

    def to_dataframe(self) -> pandas.DataFrame:
        """Returns rows() as a data frame. Needs pandas."""
        import pandas

        return pandas.DataFrame(self.rows())

    def __repr__(self) -> str:
        lines = [
            f"{row['model']}  {row['direction']}  R@1 {row['recall_at_1']:.4f}  R@5 {row['recall_at_5']:.4f}  "
            f"MRR {row['mean_reciprocal_rank']:.4f}"
            for row in self.rows()
        ]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        header = ["model", "direction", "R@1", "R@5", "R@10", "MRR", "nDCG@10", "median rank"]
        keys = ("recall_at_1", "recall_at_5", "recall_at_10", "mean_reciprocal_rank", "ndcg_at_10", "median_rank")
        rows = []
        for row in self.rows():
            cells: list[Any] = [row["model"], row["direction"].replace("_to_", " → ")]
            for key in keys:
                low, high = row.get(f"{key}_low"), row.get(f"{key}_high")
                text = html.number(float(row[key]))
                cells.append(text if low is None else f"{text} [{html.number(low)}–{html.number(high)}]")
            rows.append(cells)
        dataset = self._data["dataset"]
        return html.table(header, rows, f"{dataset['images']} images, {dataset['texts']} texts")


def _specs(models: Model | PathLike | Sequence[Model | PathLike]) -> list[Model | PathLike]:
    if isinstance(models, (Model, str, os.PathLike)):
        return [models]
    return list(models)


def evaluate(
    model: Model | PathLike | Sequence[Model | PathLike],
    dataset: PathLike | Dataset,
    *,
    splits: Sequence[str] = (),
    captions: str = "all",
    keep_repeats: bool = False,
    top_k: int = 5,
    queries: Sequence[str] = (),
    templates: Sequence[str] = (),
    precision: str | None = None,
    backend: str = "cpu",
    device: str = "cpu",
    orientation: str = "upright",
    decode: str = "exact",
    resize: str | None = None,
    bootstrap: int = 10000,
    confidence: float = 0.95,
    permutations: int = 10000,
    seed: int = 1,
    batch_size: int = 32,
    cache: bool | PathLike = True,
    report: PathLike | None = None,
    figures: bool = False,
    progress: Progress = None,
) -> EvaluationResult:
    """Measures at what rank each caption's own image is retrieved, as ``sightline eval`` does.

    Args:
        model: One model or several, which are then compared: path, name, or Model, of which the path, precision,
            backend, device and preprocessing are used.
        dataset: A data set with captions (path, name on the Hub, or Dataset).
        splits: Read only these splits; default: all rows.
        captions: ``"all"`` captions of an image, or the ``"first"``.
        keep_repeats: Make each row a candidate, even if it repeats an image.
        top_k: K of the score.
        queries: Texts whose hits are in the result.
        templates: Texts such as ``"a photo of a {}"``, in which each caption is encoded.
        precision: ``"fp32"``, ``"bf16"``, ``"int8"``, or ``"auto"``; default: that of a Model, else ``"fp32"``.
        backend, device, orientation, decode, resize: As in :class:`sightline.Model`.
        bootstrap: Resamples of the intervals; 0: no intervals.
        confidence: Level of the intervals.
        permutations: Of the tests between models; 0: no tests.
        seed: Of bootstrap and permutations.
        batch_size: Images per batch.
        cache: The embedding cache: True: the default folder, False: none, or a folder.
        report: Write the report with its page to this folder.
        figures: With figures, which need gnuplot.
        progress: See :mod:`sightline.progress`.

    Raises:
        NotFoundError: There is no such data set, split or model.
        DataError: No row with a caption is left.
    """
    specs = _specs(model)
    first = next((entry for entry in specs if isinstance(entry, Model)), None)
    settings = (precision or "fp32", backend, device, orientation, decode, resize)
    if first is not None and precision is None:
        settings = first._settings
    evaluation = _native.Evaluation()
    evaluation.set_model_options(*settings)
    evaluation.set_encoding(batch_size, cache_folder(cache))
    evaluation.set_captions(captions)
    evaluation.set_statistics(bootstrap, confidence, permutations, seed)
    evaluation.top_k = top_k
    evaluation.queries = list(queries)
    evaluation.templates = list(templates)
    if report is not None:
        evaluation.set_report(os.fspath(report), figures)
    with receiver(progress) as callback, parquet.arrow():
        texts = (entry.spec if isinstance(entry, Model) else os.fspath(entry) for entry in specs)
        evaluation.set_models([_native.locate_model(text, False, callback) for text in texts])
        evaluation.set_dataset(native_dataset(dataset, splits, keep_repeats, callback))
        return EvaluationResult(json.loads(evaluation.run(callback)))


def evaluate_vectors(
    encoders: Mapping[str, tuple[PathLike | npt.ArrayLike, PathLike | npt.ArrayLike]],
    relevance: PathLike | None = None,
    *,
    top_k: int = 5,
    bootstrap: int = 10000,
    confidence: float = 0.95,
    permutations: int = 10000,
    seed: int = 1,
    progress: Progress = None,
) -> EvaluationResult:
    """Measures vectors that any program made, as ``sightline eval --image-vectors`` does.

    Args:
        encoders: Label -> vectors of images and of texts: arrays (N, D) and (M, D) of floats, or vector sets (paths).
            Several encoders are compared; all have the same rows.
        relevance: File that says which text belongs to which image, by ids or row numbers (docs/formats/relevance.md);
            default: text i belongs to image i.
        top_k, bootstrap, confidence, permutations, seed, progress: As in evaluate().

    Raises:
        InvalidArgumentError: Numbers of rows or dimensions disagree.
        DataError: A vector has NaN or infinity, or `relevance` names no row.
    """
    with tempfile.TemporaryDirectory() as folder, receiver(progress) as callback, parquet.arrow():

        def located(vectors: PathLike | npt.ArrayLike, name: str) -> str:
            if isinstance(vectors, (str, os.PathLike)):
                return os.fspath(vectors)
            path = Path(folder, f"{name}.npy")
            np.save(path, np.ascontiguousarray(vectors, dtype=np.float32))
            return str(path)

        pairs = [
            (located(images, f"images-{i}"), located(texts, f"texts-{i}"))
            for i, (images, texts) in enumerate(encoders.values())
        ]
        text = _native.evaluate_vectors(
            list(encoders),
            [images for images, _ in pairs],
            [texts for _, texts in pairs],
            os.fspath(relevance or ""),
            top_k,
            bootstrap,
            confidence,
            permutations,
            seed,
            callback,
        )
    return EvaluationResult(json.loads(text))
