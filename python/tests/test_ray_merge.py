"""The exact merge of hits; needs no Ray."""

from __future__ import annotations

import numpy as np

import sightline
from sightline.ray.shard_hits import SearchResponse, ShardHit, merge_hits


def test_merge_equals_one_index_with_ties() -> None:
    random = np.random.default_rng(1)
    vectors = random.integers(-1, 2, (400, 4)).astype(np.float32)  # many equal similarities
    queries = random.integers(-1, 2, (20, 4)).astype(np.float32)
    queries[:, 0] = 1
    rows, similarities = sightline.VectorIndex(vectors).search(queries, 30)
    starts = [0, 1, 150, 151, 400]
    for query in range(len(queries)):
        parts = []
        for first, last in zip(starts, starts[1:]):
            found, values = sightline.VectorIndex(vectors[first:last]).search(queries[query], 30)
            parts.append([ShardHit(str(first + r), s, str(first), int(r)) for r, s in zip(found[0], values[0])])
        merged = merge_hits(parts, 30)
        assert [int(hit.id) for hit in merged] == rows[query].tolist()
        assert [hit.similarity for hit in merged] == similarities[query].tolist()


def test_a_response_with_missing_shards_is_partial() -> None:
    assert not SearchResponse([[]], "1").partial
    response = SearchResponse([[ShardHit("a", 0.5, "s", 3)]], "1", {"t": "TimeoutError"})
    assert response.partial and response.to_dict()["missing"] == {"t": "TimeoutError"}
    assert response.to_dict()["results"][0][0]["row"] == 3
