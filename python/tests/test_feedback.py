"""Judgements of a library's hits, and what is learned from them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import MODEL, run

import sightline


@pytest.fixture()
def library(photos: Path, tmp_path: Path, model: sightline.Model) -> sightline.Library:
    library = sightline.Library(tmp_path / "library")
    library.index(photos, model)
    return library


def test_judgements(program: Path, library: sightline.Library) -> None:
    feedback = library.feedback
    hits = library.search("a red heart", k=4, judge=False)[0]
    feedback.add("a red heart", hits[:2])
    feedback.add("a red heart", hits[2].id, 0)
    feedback.add("a red heart", hits[3].key, 2, source="test")
    found = {judgement.image: judgement for judgement in feedback.judgements("a red heart")}
    assert [found[hit.key].grade for hit in hits] == [1, 1, 0, 2]
    assert [found[hit.key].rank for hit in hits] == [1, 2, 0, 0]
    assert [found[hit.key].item for hit in hits] == hits.ids and found[hits[3].key].source == "test"
    assert "a red heart" in repr(found[hits[0].key])

    feedback.add("a red heart", hits[0], None)
    assert len(feedback.judgements()) == 3 and len(feedback.history()) == 5
    counts = json.loads(run(program, "feedback", "info", "--library", library.path, "--json"))
    assert (counts["relevant"], counts["irrelevant"], counts["history"]) == (2, 1, 5)

    metrics = {metric.name: metric for metric in feedback.evaluate()}
    assert metrics["P@10"].queries == 1 and metrics["P@10"].value == 0.2


def test_refined_queries(library: sightline.Library) -> None:
    hits = library.search("a red heart", k=40, judge=False)[0]
    wanted = hits[-1]
    query = library.feedback.refine("a red heart", [wanted, wanted.id], [hits[0].key], beta=0.9)
    assert library.search(query, k=40, judge=False)[0].ids.index(wanted.id) < 39
    assert library.feedback.judgements() == []


def test_qrels_move_judgements(library: sightline.Library, photos: Path, tmp_path: Path) -> None:
    library.feedback.add("a red heart", [str(photos / "photo00.png"), str(photos / "photo01.jpg")])
    qrels, queries = library.feedback.to_qrels()
    other = sightline.Library(tmp_path / "other")
    other.index(photos, MODEL)
    assert other.feedback.add_qrels(qrels, queries) == []
    assert len(other.feedback.judgements("a red heart")) == 2
    assert other.feedback.add_qrels("q 0 no-such-image 1\n") == ["no-such-image"]


def test_a_correction_without_evidence_is_refused(library: sightline.Library) -> None:
    feedback = library.feedback
    hits = library.search("a red heart", k=2, judge=False)[0]
    feedback.add("a red heart", hits[0])
    feedback.add("a red heart", hits[1], 0)
    correction = feedback.learn()
    assert not correction.accepted and correction.version == 0 and correction.reason
    assert feedback.corrections() == []
    assert "accepted=False" in repr(correction)
    assert library.search("a red heart", judge=False, correct=False)[0].ids[:2] == hits.ids
    with pytest.raises(sightline.NotFoundError):
        feedback.use(3)
    feedback.turn_off()
    assert not feedback.enabled


def test_errors(library: sightline.Library, tmp_path: Path) -> None:
    with pytest.raises(sightline.NotFoundError, match="no-such-image"):
        library.feedback.add("a", "no-such-image")
    hit = library.search("a", k=1, judge=False)[0][0]
    with pytest.raises(sightline.InvalidArgumentError):
        library.feedback.add(" ", hit)
    with pytest.raises(sightline.InvalidArgumentError, match="True"):
        library.feedback.add("a", True)
    with pytest.raises(sightline.NotFoundError):
        sightline.Library(tmp_path / "none").feedback


def test_unknown_keys(library: sightline.Library, photos: Path) -> None:
    hit = library.search("a", k=1, judge=False)[0][0]
    for key in (123456, -1):
        with pytest.raises(sightline.NotFoundError, match=f"no image {key} in"):
            library.feedback.add("a", [hit.key, key])
    with pytest.raises(sightline.NotFoundError, match="no image 123456"):
        library.feedback.refine("a", [123456])
    library.remove(photos)
    with pytest.raises(sightline.NotFoundError, match=f"no image {hit.key}"):
        library.feedback.add("a", hit)
    assert library.feedback.history() == []
