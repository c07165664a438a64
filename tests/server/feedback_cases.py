"""Tests of judgements, and of the endpoints of other programs."""
import base64
import json
import struct

from api_case import ApiCase
from served_library import MODEL, form


class Feedback(ApiCase):
    def judge(self, query, identity, judgement, **rest):
        body = {"query": query, "id": identity, "judgement": judgement, **rest}
        return self.client.request("POST", "/v1/feedback", json_body=body, status=201).json()

    def test_judgements_are_kept_shown_and_withdrawn(self):
        query = "a judged tree"
        hits = self.client.get("/v1/search", q=query, k=3)["hits"]
        self.judge(query, hits[0]["id"], "relevant", rank=1)
        self.judge(query, hits[1]["id"], "irrelevant")
        shown = self.client.get("/v1/search", q=query, k=3)["hits"]
        self.assertEqual([hit.get("judgement") for hit in shown], ["relevant", "irrelevant", None])
        found = self.client.get("/v1/feedback", query=query)["judgements"]
        self.assertEqual([(one["id"], one["grade"], one["rank"]) for one in found],
                         [(hits[1]["id"], 0, 0), (hits[0]["id"], 1, 1)])
        before = self.client.get("/v1/feedback/summary")
        self.judge(query, hits[1]["id"], "none")
        after = self.client.get("/v1/feedback/summary")
        self.assertEqual(after["irrelevant"], before["irrelevant"] - 1)
        self.assertEqual(self.client.get("/v1/feedback", query=query)["total"], 1)
        self.assertEqual(self.client.get("/v1/feedback", query=query, offset=1)["judgements"], [])

    def test_export_and_import(self):
        query = "an exported tree"
        for identity in ("5", "6"):
            self.judge(query, identity, "relevant")
        lines = self.client.request("GET", "/v1/feedback/qrels").body.decode()
        self.assertIn(query, self.client.request("GET", "/v1/feedback/queries").body.decode())
        for identity in ("5", "6"):
            self.judge(query, identity, "none")
        self.assertEqual(self.client.get("/v1/feedback", query=query)["total"], 0)
        added = self.client.request("POST", "/v1/feedback/qrels", lines, headers={"Content-Type": "text/plain"}).json()
        self.assertGreaterEqual(added["added"], 2)
        self.assertEqual(added["unknown"], 0)
        again = self.client.request("GET", "/v1/feedback/qrels").body.decode()
        self.assertEqual(sorted(again.splitlines()), sorted(lines.splitlines()))

    def test_few_judgements_teach_nothing(self):
        self.judge("a lonely tree", "9", "relevant")
        made = self.client.request("POST", "/v1/corrections").json()
        self.assertEqual((made["accepted"], made["version"]), (False, None))
        self.assertTrue(made["reason"])
        corrections = self.client.get("/v1/corrections")
        self.assertEqual(corrections["active"], None)
        off = self.client.request("PUT", "/v1/corrections/active", json_body={"version": None}).json()
        self.assertFalse(off["enabled"])
        self.assertIsNone(self.client.get("/v1/search", q="a tree", k=1)["correction"])

    def test_judging(self):
        queries = ["a pooled tree", "a pooled house"]
        answer = self.client.request("PUT", "/v1/judging/queries", json_body={"queries": queries + queries[:1]}).json()
        self.assertEqual([one["query"] for one in answer["queries"]], queries)
        pool = self.client.get("/v1/judging/pool", query=queries[0], depth=10)["items"]
        best = self.client.get("/v1/search", q=queries[0], k=10)["hits"]
        self.assertEqual({one["id"] for one in pool}, {one["id"] for one in best})
        self.assertNotEqual([one["id"] for one in pool], [one["id"] for one in best])
        self.judge(queries[0], pool[0]["id"], "relevant")
        self.assertEqual(self.client.get("/v1/judging/pool", query=queries[0], depth=10)["items"][0]["judgement"], "relevant")
        self.assertEqual(self.client.get("/v1/judging/queries")["queries"][0]["judged"], 1)
        evaluation = self.client.get("/v1/evaluation")
        self.assertGreaterEqual(evaluation["queries"], 1)
        self.assertEqual(evaluation["models"][0]["name"], "emoji-vit-8")
        self.judge("red -red", pool[0]["id"], "relevant")  # a query that cannot be searched for
        self.assertEqual(self.client.get("/v1/evaluation")["models"], evaluation["models"])
        self.judge("red -red", pool[0]["id"], "none")

    def test_refuses(self):
        good = {"query": "a", "id": "1", "judgement": "relevant"}
        for change, status, words in (({"judgement": "maybe"}, 400, "maybe"), ({"id": "999999"}, 404, "999999"),
                                      ({"id": 1}, 400, "'id'"), ({"rank": -1}, 400, "rank"), ({"query": ""}, 400, "query"),
                                      ({"more": 1}, 400, "more"), ({"model": "nowhere"}, 404, "nowhere")):
            with self.subTest(str(change)):
                self.client.refused("POST", "/v1/feedback", status, words, json_body=good | change)
        self.client.refused("POST", "/v1/feedback", 422, "application/json", json.dumps(good))
        self.client.refused("POST", "/v1/feedback", 413, "65536", json_body=good | {"query": "x" * 70000})
        self.client.refused("GET", "/v1/feedback", 400, "offset", offset=-1)
        self.client.refused("GET", "/v1/feedback", 400, "10000", query="x" * 10001)
        for text in (b"one two\n", b"query 0 5 high\n"):
            self.client.refused("POST", "/v1/feedback/qrels", 422, "line 1", text)
        self.client.refused("PUT", "/v1/corrections/active", 404, "7", json_body={"version": 7})
        self.client.refused("PUT", "/v1/corrections/active", 400, "version", json_body={})
        self.client.refused("PUT", "/v1/corrections/active", 422, "application/json", b"{}")
        self.client.refused("PUT", "/v1/judging/queries", 400, "queries", json_body={"queries": "a"})
        self.client.refused("PUT", "/v1/judging/queries", 422, "application/json", b"{}")
        self.client.refused("GET", "/v1/judging/pool", 400, "depth", query="a", depth=0)
        self.client.refused("GET", "/v1/judging/pool", 400, "", query="")


class Compatible(ApiCase):
    """Requests as other programs send them; clients_test.py runs those programs."""

    def vector(self, *arguments):
        """Returns the vector of `sightline encode`."""
        path = self.library.folder / "encoded.npy"
        self.library.run("encode", "--model", MODEL, "--no-cache", "--out", path, *arguments)
        data = path.read_bytes()
        return list(struct.unpack("<256f", data[-1024:]))

    def test_embeddings(self):
        text = self.library.folder / "text.txt"
        text.write_text("a red heart\n")
        image = "data:image/jpeg;base64," + base64.b64encode(self.library.large.read_bytes()).decode()
        answer = self.client.request("POST", "/v1/embeddings", json_body={"input": ["a red heart", image], "model": "any"}).json()
        vectors = [one["embedding"] for one in answer["data"]]
        self.assertEqual(vectors[0], self.vector("--texts", text))
        self.assertEqual(vectors[1], self.vector("--images", self.library.large))
        self.assertGreater(answer["usage"]["total_tokens"], 0)
        for body, status, words in (({}, 400, "input"), ({"input": []}, 400, "input"), ({"input": ""}, 400, "blank"),
                                    ({"input": [1, 2]}, 400, "input"), ({"input": "a", "encoding_format": "x"}, 400, "base64"),
                                    ({"input": "a", "dimensions": 3}, 400, "dimensions"), ({"input": "a", "n": 1}, 400, "'n'"),
                                    ({"input": "https://example.org/a.png"}, 400, "fetches none"),
                                    ({"input": "data:image/png,abc"}, 400, "base64"),
                                    ({"input": "data:image/png;base64,AAAA"}, 422, "input 0")):
            self.client.refused("POST", "/v1/embeddings", status, words, json_body=body)

    def test_predict(self):
        entries = json.dumps({"clip": {"visual": {"modelName": "ViT-B-32__openai"}}})
        headers, body = form([("entries", None, entries), ("image", "blob", self.library.large.read_bytes())])
        answer = self.client.request("POST", "/predict", body, headers=headers).json()
        self.assertEqual(struct.pack("<256f", *json.loads(answer["clip"])),
                         struct.pack("<256f", *self.vector("--images", self.library.large)))
        self.assertEqual((answer["imageWidth"], answer["imageHeight"]), (800, 400))
        for parts, status, words in (
                ([("text", None, "a")], 400, "entries"), ([("entries", None, "{")], 400, "entries"),
                ([("entries", None, '{"ocr": {"detection": {}}}')], 422, "clip"),
                ([("entries", None, '{"clip": {"textual": {}}}')], 400, "text"),
                ([("entries", None, '{"clip": {"visual": {}}}')], 400, "image"),
                ([("entries", None, '{"clip": {"visual": {}}}'), ("image", "a", b"no")], 422, "image")):
            headers, body = form(parts)
            self.client.refused("POST", "/predict", status, words, body, headers=headers)
        self.assertEqual(self.client.request("GET", "/ping").body, b"pong")

    def test_knn_service(self):
        body = {"text": "red", "image": None, "image_url": None, "embedding_input": None, "modality": "image",
                "num_images": 3, "indice_name": "photos", "num_result_ids": 3, "use_mclip": False}
        hits = self.client.request("POST", "/knn-service", json_body=body).json()
        expected = self.client.get("/v1/search", q="red", k=3)["hits"]
        self.assertEqual([(str(one["id"]), one["similarity"]) for one in hits],
                         [(one["id"], one["similarity"]) for one in expected])
        self.assertEqual(self.client.request("GET", hits[0]["url"]).status, 200)
        for change, status, words in (({"text": None}, 400, "neither"), ({"num_images": 0}, 400, "num_images"),
                                      ({"text": None, "image_url": "http://127.0.0.1/"}, 422, "fetches none"),
                                      ({"text": None, "image": "AAAA"}, 422, "image"), ({"modality": "text"}, 422, "text"),
                                      ({"text": None, "embedding_input": [1, 2]}, 400, "")):
            self.client.refused("POST", "/knn-service", status, words, json_body=body | change)
        self.assertEqual(self.client.get("/indices-list"), ["emoji-vit-8"])
