"""Tests of searching: the results equal those of `sightline search`."""
import base64
import time

import sample_images
from api_case import ApiCase
from served_library import form


class Search(ApiCase):
    def test_templates_of_clients_do_not_displace_the_verdict(self):
        end = time.monotonic() + 60
        while "significance" not in self.client.get("/v1/search", q="a tree", k=1):
            self.assertLess(time.monotonic(), end)
            time.sleep(0.1)
        for number in range(40):
            self.client.get("/v1/search", q="a tree", k=1, template=f"{number} {{}}")
        self.assertIn("significance", self.client.get("/v1/search", q="a tree", k=1))

    def test_equals_the_program(self):
        for query in ("a red heart", "beach -people", '"red car" + snow*0.5', "drawing", "blue in:2019",
                      "face caption:number", "camera:canon before:2019-06", "sea near:52.5,13.4,300km sort:date"):
            with self.subTest(query):
                self.assertEqualToProgram(self.client.get("/v1/search", q=query, k=20), " " + query)

    def test_options_equal_those_of_the_program(self):
        for parameters, flags in (({"offset": 7}, ["--offset", "7"]), ({"group": 1}, ["--group"]),
                                  ({"diversity": 0.3}, ["--diverse=0.3"]), ({"judge": 1}, ["--judge"]),
                                  ({"min_similarity": 0.3}, ["--min-similarity", "0.3"]),
                                  ({"template": ["a photo of {}", "art, {}"]},
                                   ["--template", "a photo of {}", "--template", "art, {}"])):
            with self.subTest(str(parameters)):
                answer = self.client.get("/v1/search", q="a dark forest", k=15, **parameters)
                self.assertEqualToProgram(answer, "a dark forest", *flags)

    def test_judges(self):
        end = time.monotonic() + 30
        answer = {}
        while "significance" not in answer and time.monotonic() < end:  # estimated after the start
            answer = self.client.get("/v1/search", q="a red heart", k=5, judge=1)
        found = self.library.search("--judge", "--top-k", "5", "a red heart")["queries"][0]
        for hit, expected in zip(answer["hits"], found["hits"]):
            self.assertAlmostEqual(hit["p"], expected["p"], 4)
            self.assertAlmostEqual(hit["q"], expected["q"], 4)
        self.assertEqual(answer["significance"]["verdict"], found["significance"]["verdict"])
        self.assertNotIn("significance", self.client.get("/v1/search", q="a red heart", k=5, judge=0))

    def test_pages_are_parts_of_the_whole(self):
        for query in ("green", "in:2019 sort:date"):
            whole = self.client.get("/v1/search", q=query, k=90)["hits"]
            pages = [hit for offset in range(0, 90, 30)
                     for hit in self.client.get("/v1/search", q=query, k=30, offset=offset)["hits"]]
            self.assertEqual(pages, whole)
        self.assertEqual(self.client.get("/v1/search", q="green", offset=1000000)["hits"], [])
        self.assertEqual(len(self.client.get("/v1/search", q="green", k=1000)["hits"]), 302)

    def test_describes_the_query_and_the_library(self):
        answer = self.client.get("/v1/search", q="beach -people*2 in:2019", k=3)
        self.assertEqual(answer["query"]["text"], "beach -people*2 in:2019")
        self.assertEqual([(term["text"], term["weight"]) for term in answer["query"]["terms"]],
                         [("beach", 1), ("people", -2)])
        self.assertEqual((answer["images"], answer["matching"]), (302, 140))
        self.assertIsNone(self.client.get("/v1/search", q="in:2019")["hits"][0]["similarity"])

    def test_copies_and_captions_are_shown(self):
        hits = self.client.get("/v1/search", q="copy", k=1000)["hits"]
        self.assertEqual([hit["copies"] for hit in hits if "copies" in hit], [["Pictures/scans/copy.png"]])
        rows = [hit for hit in hits if hit.get("dataset") == "Captioned"]
        self.assertEqual(len(rows), 20)
        self.assertTrue(all(hit["captions"][0].startswith("drawing number") for hit in rows))

    def test_json_form_equals_parameters(self):
        for body in ({"q": "red -blue", "k": 9}, {"q": "red -blue", "k": 9, "offset": 0, "group": False},
                     {"query": {"terms": [{"text": "red"}, {"text": "blue", "weight": -1}]}, "k": 9}):
            answer = self.client.request("POST", "/v1/search", json_body=body).json()
            self.assertEqual(answer["hits"], self.client.get("/v1/search", q="red -blue", k=9)["hits"])
        answer = self.client.request("POST", "/v1/search", json_body={
            "query": {"terms": [], "filter": [{"field": "camera", "texts": ["nikon*"]}]}, "k": 1000}).json()
        self.assertEqual(answer["matching"], 47)

    def test_uploaded_image_equals_the_program(self):
        data = self.library.large.read_bytes()
        headers, body = form([("image", "large.jpg", data), ("k", None, "7")])
        answer = self.client.request("POST", "/v1/search", body, headers=headers).json()
        self.assertEqualToProgram(answer, "--image", self.library.large)
        self.assertAlmostEqual(answer["hits"][0]["similarity"], 1, 5)
        encoded = base64.b64encode(data).decode()
        again = self.client.request("POST", "/v1/search", json_body={
            "query": {"terms": [{"image": "large.jpg", "data": encoded}]}, "k": 7}).json()
        self.assertEqual(again["hits"], answer["hits"])

    def test_several_images_with_a_text(self):
        one, other = self.library.large.read_bytes(), self.library.tiff.read_bytes()
        headers, body = form([("image", "a", one), ("image", "b", other), ("q", None, "-blue in:2020"), ("k", None, "5")])
        answer = self.client.request("POST", "/v1/search", body, headers=headers).json()
        self.assertEqual([(term["type"], term["weight"]) for term in answer["query"]["terms"]],
                         [("text", -1), ("image", 1), ("image", 1)])
        self.assertTrue(all("/2020/" in hit["path"] for hit in answer["hits"]))

    def test_feedback_moves_judged_images(self):
        before = self.client.get("/v1/search", q="a tree", k=302)["hits"]
        liked, disliked = before[100]["id"], before[0]["id"]
        def hits(**judged):
            answer = self.client.request("POST", "/v1/search", json_body={"q": "a tree", "k": 302, "feedback": judged})
            return {hit["id"]: hit for hit in answer.json()["hits"]}

        self.assertLess(hits(relevant=[liked])[liked]["rank"], 101)
        self.assertLess(hits(irrelevant=[disliked])[disliked]["similarity"], before[0]["similarity"])
        both = hits(relevant=[liked], irrelevant=[disliked])
        self.assertGreater(both[liked]["similarity"] - both[disliked]["similarity"],
                           before[100]["similarity"] - before[0]["similarity"])

    def test_similar_images(self):
        first = self.client.get("/v1/search", q="a tree", k=1)["hits"][0]
        path = f"/v1/items/{first['id']}/similar"
        like = self.client.get("/v1/search", q=f"like:{first['id']}", k=1000)["hits"]
        self.assertEqual(self.client.get(path, k=5, include_self="true")["hits"], like[:5])
        self.assertEqual(like[0]["id"], first["id"])
        others = [{**hit, "rank": hit["rank"] - 1} for hit in like[1:]]
        answer = self.client.get(path, k=5)
        self.assertEqual(answer["hits"], others[:5])
        self.assertEqual((answer["matching"], answer["images"]), (301, 302))
        self.assertEqual(self.client.get(path, k=5, offset=3, include_self=0)["hits"], others[3:8])
        self.client.refused("GET", path, 400, "include_self", include_self="perhaps")

    def test_near_duplicates_of_the_image_itself_are_listed(self):
        copy = self.client.get("/v1/search", q='name:"image 0.png"', k=1)["hits"][0]["id"]
        for group in (0, 1):
            found = self.client.get(f"/v1/items/{copy}/similar", k=1000, group=group)["hits"]
            listed = [hit["id"] for hit in found] + [one["id"] for hit in found for one in hit.get("duplicates", [])]
            self.assertEqual((len(set(listed)), len(listed), copy in listed), (301, 301, False))

    def test_ids_have_weights(self):
        terms = self.client.get("/v1/search", q="like:12*0.5 -like:13*2", k=1)["query"]["terms"]
        self.assertEqual([(term["id"], term["weight"]) for term in terms], [("12", 0.5), ("13", -2)])

    def test_groups_are_counted_on_the_last_page(self):
        whole = self.client.get("/v1/search", q="red", k=1000, group=1)
        groups = len(whole["hits"])
        self.assertEqual(whole["groups"], groups)
        self.assertEqual(groups + sum(len(hit.get("duplicates", [])) for hit in whole["hits"]), whole["matching"])
        last = self.client.get("/v1/search", q="red", k=50, offset=groups // 50 * 50, group=1)
        self.assertEqual(last["groups"], groups)
        self.assertEqual(self.client.get("/v1/search", q="in:nowhere", group=1)["groups"], 0)
        for parameters in ({"k": 50, "group": 1}, {"k": 1000}, {"k": 50, "offset": 5000, "group": 1}):
            self.assertNotIn("groups", self.client.get("/v1/search", q="red", **parameters))

    def test_refuses(self):
        for parameters, words in (
                ({}, ""), ({"q": ""}, ""), ({"q": "cat bfore:2020"}, "bfore"), ({"q": "x", "k": 0}, "from 1 to 1000"),
                ({"q": "x", "k": 1001}, "from 1 to 1000"), ({"q": "x", "k": "1e3"}, "whole number"),
                ({"q": "x", "offset": -1}, "offset"), ({"q": "x", "group": "maybe"}, "group"),
                ({"q": "x", "diversity": 1}, "diversity"), ({"q": "x", "min_similarity": "nan"}, "min_similarity"),
                ({"q": "x", "fdr": 0}, "fdr"), ({"q": "x", "unknown": 1}, "unknown"), ({"q": "x" * 10001}, "10000"),
                ({"q": "x", "template": "without braces"}, "{}"), ({"q": "image:/etc/passwd"}, "upload"),
                ({"q": f"image:{self.library.large}"}, "upload")):
            with self.subTest(str(parameters)[:60]):
                self.client.refused("GET", "/v1/search", 400, words, **parameters)
        self.assertEqual(self.client.refused("GET", "/v1/search", 400, "bfore", q="cat bfore:2020").json()["column"], 5)
        self.client.refused("GET", "/v1/search", 404, "999999", q="like:999999")
        self.client.refused("GET", "/v1/search", 404, "nowhere", q="x", model="nowhere")
        self.assertEqual(self.client.request("GET", "/v1/search?q=%ff", status=400).status, 400)

    def test_refuses_bodies(self):
        for body, status, words in (
                (b"", 400, "body"), (b"{", 400, "JSON"), (b"[]", 400, "object"), (b"{}", 400, "'q' or 'query'"),
                (b'{"q": "a", "query": {}}', 400, "'q' or 'query'"), (b'{"q": 1}', 400, "'q'"),
                (b'{"q": "a", "k": "3"}', 400, "'k'"), (b'{"q": "a", "k": 1.5}', 400, "'k'"),
                (b'{"q": "a", "K": 3}', 400, "'K'"), (b'{"q": "a", "feedback": 1}', 400, "feedback"),
                (b'{"q": "a", "feedback": {"relevant": ["x"]}}', 404, "'x'"),
                (b'{"query": {"terms": [{"image": "a", "data": "!"}]}}', 400, "base64"),
                (b'{"query": {"terms": [{"image": "a", "data": "AAAA"}]}}', 422, "image"),
                (b'{"query": {"terms": [{"image": "/etc/passwd"}]}}', 400, "upload"),
                (b'{"query": {"terms": [{"vector": "v", "elements": [1]}]}}', 400, ""),
                (b'{"query": {"terms": [{"text": "a", "weight": 0}]}}', 400, "weight"),
                (b'{"q": "\xff"}', 400, ""), (b"[" * 5000, 400, "")):
            with self.subTest(body[:60]):
                self.client.refused("POST", "/v1/search", status, words, body, headers={"Content-Type": "application/json"})
        self.client.refused("POST", "/v1/search", 422, "application/json", b"q=a", headers={"Content-Type": "text/plain"})

    def test_refuses_forms(self):
        for parts, status, words in (([], 400, ""), ([("image", "a.png", b"not an image")], 422, "image"),
                                     ([("image", "a.png", b"")], 400, ""), ([("k", None, "3")], 400, ""),
                                     ([("image", "a.png", self.library.tiff.read_bytes()), ("size", None, "3")], 400, "size"),
                                     ([("image", "a.png", sample_images.png_head(60000, 60000))], 422, "")):
            with self.subTest(str(parts)[:60]):
                headers, body = form(parts)
                self.client.refused("POST", "/v1/search", status, words, body, headers=headers)
