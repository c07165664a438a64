"""Tests each operation of the API with good and bad requests; searches equal those of `sightline search`."""
import base64
import json
import re
import struct
import time
import unittest

import sample_images
from served_library import MODEL, Client, Library, Server, form


def setUpModule():
    global library, server, client
    library = Library()
    server = unittest.enterModuleContext(Server(library))
    client = Client(server)


def tearDownModule():
    if any(not result.wasSuccessful() or result.testsRun < 30 for result in results):
        return
    missing = []
    for path, operations in client.description["paths"].items():
        for method, operation in operations.items():
            covered = client.covered.get((method.upper(), path), set())
            if not any(status < 400 for status in covered) and path != "/v1/index":
                missing.append(f"{method.upper()} {path}: no success")
            statuses = ["304", "400", "404"] + (["422"] if "requestBody" in operation else [])
            missing += [f"{method.upper()} {path}: no {status}" for status in statuses
                        if status in operation["responses"] and int(status) not in covered
                        and (method, path, status) not in ELSEWHERE]
    if missing:
        raise AssertionError("these answers were not tested:\n" + "\n".join(missing))


# Statuses that hardly occur: of a model without a text tower, of errors in other requests' bodies.
ELSEWHERE = {("post", "/v1/corrections", "400"), ("post", "/v1/feedback/qrels", "400"),
             ("post", "/v1/embeddings", "404")}
results = []


class ApiCase(unittest.TestCase):
    def run(self, result=None):
        if result is not None and result not in results:
            results.append(result)
        return super().run(result)

    def assertEqualToProgram(self, answer, *arguments):
        """The hits are those that the program finds, with its similarities.

        The program multiplies with weights that it has not packed, whose sums differ in the last bits.
        """
        found = library.search("--top-k", str(answer["k"]), *arguments)["queries"][0]["hits"]
        self.assertEqual([(hit["rank"], hit["path"]) for hit in answer["hits"]],
                         [(hit["rank"], library.shown_path(hit)) for hit in found])
        for hit, expected in zip(answer["hits"], found):
            if expected["similarity"] is None:
                self.assertIsNone(hit["similarity"])
            else:
                self.assertAlmostEqual(hit["similarity"], expected["similarity"], delta=1e-6)
        self.assertTrue(found)


class Search(ApiCase):
    def test_equals_the_program(self):
        for query in ("a red heart", "beach -people", '"red car" + snow*0.5', "drawing", "blue in:2019",
                      "face caption:number", "camera:canon before:2019-06", "sea near:52.5,13.4,300km sort:date"):
            with self.subTest(query):
                self.assertEqualToProgram(client.get("/v1/search", q=query, k=20), " " + query)

    def test_options_equal_those_of_the_program(self):
        for parameters, flags in (({"offset": 7}, ["--offset", "7"]), ({"group": 1}, ["--group"]),
                                  ({"diversity": 0.3}, ["--diverse=0.3"]), ({"judge": 1}, ["--judge"]),
                                  ({"min_similarity": 0.3}, ["--min-similarity", "0.3"]),
                                  ({"template": ["a photo of {}", "art, {}"]},
                                   ["--template", "a photo of {}", "--template", "art, {}"])):
            with self.subTest(str(parameters)):
                answer = client.get("/v1/search", q="a dark forest", k=15, **parameters)
                self.assertEqualToProgram(answer, "a dark forest", *flags)

    def test_judges(self):
        end = time.monotonic() + 30
        answer = {}
        while "significance" not in answer and time.monotonic() < end:  # estimated after the start
            answer = client.get("/v1/search", q="a red heart", k=5, judge=1)
        found = library.search("--judge", "--top-k", "5", "a red heart")["queries"][0]
        for hit, expected in zip(answer["hits"], found["hits"]):
            self.assertAlmostEqual(hit["p"], expected["p"], 4)
            self.assertAlmostEqual(hit["q"], expected["q"], 4)
        self.assertEqual(answer["significance"]["verdict"], found["significance"]["verdict"])
        self.assertNotIn("significance", client.get("/v1/search", q="a red heart", k=5, judge=0))

    def test_pages_are_parts_of_the_whole(self):
        for query in ("green", "in:2019 sort:date"):
            whole = client.get("/v1/search", q=query, k=90)["hits"]
            pages = [hit for offset in range(0, 90, 30)
                     for hit in client.get("/v1/search", q=query, k=30, offset=offset)["hits"]]
            self.assertEqual(pages, whole)
        self.assertEqual(client.get("/v1/search", q="green", offset=1000000)["hits"], [])
        self.assertEqual(len(client.get("/v1/search", q="green", k=1000)["hits"]), 302)

    def test_describes_the_query_and_the_library(self):
        answer = client.get("/v1/search", q="beach -people*2 in:2019", k=3)
        self.assertEqual(answer["query"]["text"], "beach -people*2 in:2019")
        self.assertEqual([(term["text"], term["weight"]) for term in answer["query"]["terms"]],
                         [("beach", 1), ("people", -2)])
        self.assertEqual((answer["images"], answer["matching"]), (302, 140))
        self.assertIsNone(client.get("/v1/search", q="in:2019")["hits"][0]["similarity"])

    def test_copies_and_captions_are_shown(self):
        hits = client.get("/v1/search", q="copy", k=1000)["hits"]
        self.assertEqual([hit["copies"] for hit in hits if "copies" in hit], [["Pictures/scans/copy.png"]])
        rows = [hit for hit in hits if hit.get("dataset") == "Captioned"]
        self.assertEqual(len(rows), 20)
        self.assertTrue(all(hit["captions"][0].startswith("drawing number") for hit in rows))

    def test_json_form_equals_parameters(self):
        for body in ({"q": "red -blue", "k": 9}, {"q": "red -blue", "k": 9, "offset": 0, "group": False},
                     {"query": {"terms": [{"text": "red"}, {"text": "blue", "weight": -1}]}, "k": 9}):
            answer = client.request("POST", "/v1/search", json_body=body).json()
            self.assertEqual(answer["hits"], client.get("/v1/search", q="red -blue", k=9)["hits"])
        answer = client.request("POST", "/v1/search", json_body={
            "query": {"terms": [], "filter": [{"field": "camera", "texts": ["nikon*"]}]}, "k": 1000}).json()
        self.assertEqual(answer["matching"], 47)

    def test_uploaded_image_equals_the_program(self):
        data = library.large.read_bytes()
        headers, body = form([("image", "large.jpg", data), ("k", None, "7")])
        answer = client.request("POST", "/v1/search", body, headers=headers).json()
        self.assertEqualToProgram(answer, "--image", library.large)
        self.assertAlmostEqual(answer["hits"][0]["similarity"], 1, 5)
        encoded = base64.b64encode(data).decode()
        again = client.request("POST", "/v1/search", json_body={
            "query": {"terms": [{"image": "large.jpg", "data": encoded}]}, "k": 7}).json()
        self.assertEqual(again["hits"], answer["hits"])

    def test_several_images_with_a_text(self):
        one, other = library.large.read_bytes(), library.tiff.read_bytes()
        headers, body = form([("image", "a", one), ("image", "b", other), ("q", None, "-blue in:2020"), ("k", None, "5")])
        answer = client.request("POST", "/v1/search", body, headers=headers).json()
        self.assertEqual([(term["type"], term["weight"]) for term in answer["query"]["terms"]],
                         [("text", -1), ("image", 1), ("image", 1)])
        self.assertTrue(all("/2020/" in hit["path"] for hit in answer["hits"]))

    def test_feedback_moves_judged_images(self):
        before = client.get("/v1/search", q="a tree", k=302)["hits"]
        liked, disliked = before[100]["id"], before[0]["id"]
        after = client.request("POST", "/v1/search", json_body={
            "q": "a tree", "k": 302, "feedback": {"relevant": [liked], "irrelevant": [disliked]}}).json()["hits"]
        rank = {hit["id"]: hit["rank"] for hit in after}
        self.assertLess(rank[liked], 101)
        self.assertGreater(rank[disliked], 1)

    def test_similar_images(self):
        first = client.get("/v1/search", q="a tree", k=1)["hits"][0]
        answer = client.get(f"/v1/items/{first['id']}/similar", k=5)
        self.assertEqual(answer["hits"], client.get("/v1/search", q=f"like:{first['id']}", k=5)["hits"])
        self.assertEqual(answer["hits"][0]["id"], first["id"])

    def test_refuses(self):
        for parameters, words in (
                ({}, ""), ({"q": ""}, ""), ({"q": "cat bfore:2020"}, "bfore"), ({"q": "x", "k": 0}, "from 1 to 1000"),
                ({"q": "x", "k": 1001}, "from 1 to 1000"), ({"q": "x", "k": "1e3"}, "whole number"),
                ({"q": "x", "offset": -1}, "offset"), ({"q": "x", "group": "maybe"}, "group"),
                ({"q": "x", "diversity": 1}, "diversity"), ({"q": "x", "min_similarity": "nan"}, "min_similarity"),
                ({"q": "x", "fdr": 0}, "fdr"), ({"q": "x", "unknown": 1}, "unknown"), ({"q": "x" * 10001}, "10000"),
                ({"q": "x", "template": "without braces"}, "{}"), ({"q": "image:/etc/passwd"}, "upload"),
                ({"q": f"image:{library.large}"}, "upload")):
            with self.subTest(str(parameters)[:60]):
                client.refused("GET", "/v1/search", 400, words, **parameters)
        self.assertEqual(client.refused("GET", "/v1/search", 400, "bfore", q="cat bfore:2020").json()["column"], 5)
        client.refused("GET", "/v1/search", 404, "999999", q="like:999999")
        client.refused("GET", "/v1/search", 404, "nowhere", q="x", model="nowhere")
        self.assertEqual(client.request("GET", "/v1/search?q=%ff", status=400).status, 400)

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
                client.refused("POST", "/v1/search", status, words, body, headers={"Content-Type": "application/json"})
        client.refused("POST", "/v1/search", 422, "application/json", b"q=a", headers={"Content-Type": "text/plain"})

    def test_refuses_forms(self):
        for parts, status, words in (([], 400, ""), ([("image", "a.png", b"not an image")], 422, "image"),
                                     ([("image", "a.png", b"")], 400, ""), ([("k", None, "3")], 400, ""),
                                     ([("image", "a.png", library.tiff.read_bytes()), ("size", None, "3")], 400, "size"),
                                     ([("image", "a.png", sample_images.png_head(60000, 60000))], 422, "")):
            with self.subTest(str(parts)[:60]):
                headers, body = form(parts)
                client.refused("POST", "/v1/search", status, words, body, headers=headers)


class Images(ApiCase):
    def find(self, path):
        """Returns the id of a path below the library's folder."""
        name = path.relative_to(library.pictures)
        return client.get("/v1/search", q=f'name:"{name.name}"', k=1)["hits"][0]["id"]

    def test_item(self):
        path = library.pictures / "2019" / "IMG_0001.jpg"
        item = client.get(f"/v1/items/{self.find(path)}")
        self.assertEqual(item["path"], "Pictures/2019/IMG_0001.jpg")
        self.assertEqual((item["camera"], item["date"]), ("NIKON D750", "2019-02-07T12:30:05"))
        self.assertEqual((item["width"], item["height"], item["size_bytes"]), (32, 32, path.stat().st_size))
        self.assertAlmostEqual(item["location"]["latitude"], 51.5, 4)
        self.assertAlmostEqual(item["location"]["longitude"], 14.4, 4)
        large = client.get(f"/v1/items/{self.find(library.large)}")
        self.assertEqual((large["width"], large["height"]), (800, 400))

    def test_item_has_the_score_of_each_term(self):
        query = "red -blue*0.5"
        hit = client.get("/v1/search", q=query, k=10)["hits"][9]
        item = client.get(f"/v1/items/{hit['id']}", q=query)
        self.assertAlmostEqual(item["similarity"], hit["similarity"], 5)
        self.assertEqual([(term["text"], term["weight"]) for term in item["terms"]], [("red", 1), ("blue", -0.5)])
        red = client.get("/v1/search", q="red", k=302)["hits"]
        self.assertAlmostEqual(item["terms"][0]["similarity"],
                               next(one["similarity"] for one in red if one["id"] == hit["id"]), 5)

    def test_item_of_a_data_set(self):
        hit = client.get("/v1/search", q="caption:\"number 7\"", k=1)["hits"][0]
        item = client.get(f"/v1/items/{hit['id']}")
        self.assertEqual((item["dataset"], item["fields"]["group"]), ("Captioned", "b"))
        self.assertEqual(item["captions"], ["drawing number 7"])

    def test_files_are_sent_as_they_are(self):
        png = library.pictures / "2020" / "image 3.png"
        for path, kind, disposition in ((library.large, "image/jpeg", "inline"), (png, "image/png", "inline"),
                                        (library.tiff, "application/octet-stream", "attachment")):
            answer = client.request("GET", f"/v1/images/{self.find(path)}")
            self.assertEqual((answer.type, answer.body), (kind, path.read_bytes()))
            self.assertEqual(answer.header("Content-Disposition"), f'{disposition}; filename="{path.name}"')

    def test_tags_save_a_transfer(self):
        identity = self.find(library.large)
        for path in (f"/v1/images/{identity}", f"/v1/images/{identity}/thumbnail"):
            tag = client.request("GET", path).header("ETag")
            self.assertRegex(tag, r'^"[\w-]+"$')
            for known in (tag, f'"other", {tag}', "*", f"W/{tag}"):
                answer = client.request("GET", path, headers={"If-None-Match": known}, status=304)
                self.assertEqual((answer.body, answer.header("ETag")), (b"", tag))
            client.request("GET", path, headers={"If-None-Match": '"other"'}, status=200)
        tags = {client.request("GET", f"/v1/images/{i}").header("ETag") for i in (1, 2, 3)}
        self.assertEqual(len(tags), 3)

    def test_thumbnails_are_upright_and_not_enlarged(self):
        identity = self.find(library.large)
        for size, expected in ((160, (160, 80)), (320, (320, 160)), (640, (640, 320)), (1280, (800, 400))):
            answer = client.request("GET", f"/v1/images/{identity}/thumbnail", size=size)
            self.assertEqual(self.size_of_jpeg(answer.body), expected)
            again = client.request("GET", f"/v1/images/{identity}/thumbnail", size=size)
            self.assertEqual(again.body, answer.body)
        self.assertEqual(client.request("GET", f"/v1/images/{identity}/thumbnail").body,
                         client.request("GET", f"/v1/images/{identity}/thumbnail", size=320).body)

    @staticmethod
    def size_of_jpeg(data):
        at = re.search(rb"\xff[\xc0\xc2]\0", data).start()
        height, width = struct.unpack(">HH", data[at + 5:at + 9])
        return width, height

    def test_head_has_no_body(self):
        answer = client.request("HEAD", f"/v1/images/{self.find(library.large)}")
        self.assertEqual((answer.body, answer.header("Content-Length")), (b"", str(library.large.stat().st_size)))

    def test_refuses(self):
        for path in ("/v1/items/{}", "/v1/items/{}/similar", "/v1/images/{}", "/v1/images/{}/thumbnail"):
            for identity in ("999999", "0", "-1", "x", "1x", "99999999999999999999", "%20"):
                client.refused("GET", path.format(identity), 404, "no image")
            client.refused("GET", path.format("1"), 400, "parameter", unknown=1)
        client.refused("GET", "/v1/images/1/thumbnail", 400, "expected 160", size=100)
        client.refused("GET", "/v1/images/1/thumbnail", 400, "size", size="x")
        client.refused("GET", "/v1/items/1", 400, "bfore", q="cat bfore:2020")
        client.refused("GET", "/v1/items/1", 400, "upload", q="image:x.png")
        client.refused("GET", "/v1/items/1/similar", 400, "k", k=0)

    def test_a_file_that_is_gone(self):
        path = library.pictures / "2020" / "image 5.png"
        identity, kept = self.find(path), path.with_suffix(".kept")
        path.rename(kept)
        try:
            client.refused("GET", f"/v1/images/{identity}", 404, "gone")
            client.refused("GET", f"/v1/images/{identity}/thumbnail", 404, "gone")
            path.write_bytes(b"\x89PNG\r\n\x1a\n broken")
            client.refused("GET", f"/v1/images/{identity}/thumbnail", 422, "truncated")
        finally:
            kept.rename(path)


class Overview(ApiCase):
    def test_facets(self):
        facets = client.get("/v1/facets")
        self.assertEqual(facets["cameras"][0], {"value": "Canon EOS 5D", "count": 47})
        self.assertEqual(facets["dates"], {"from": "2019-01-07T12:30:05", "to": "2019-12-07T12:30:05"})
        part = client.get("/v1/facets", q="words camera:iphone")
        self.assertEqual(part["matching"], 46)
        self.assertEqual([one["value"] for one in part["cameras"]], ["Apple iPhone 12"])

    def test_timeline_and_places(self):
        timeline = client.get("/v1/timeline")
        self.assertEqual(sum(one["count"] for one in timeline["months"]), 140)
        self.assertEqual(timeline["undated"], 162)
        self.assertEqual(len(client.get("/v1/timeline", q="before:2019-04")["months"]), 3)
        places = client.get("/v1/places", cell=90)
        self.assertEqual(sum(one["count"] for one in places["cells"]), 70)
        self.assertEqual(places["without"], 232)
        near = client.get("/v1/places", q="near:52.5,13.4,1km")
        self.assertEqual({(one["latitude"], one["longitude"]) for one in near["cells"]}, {(52.5, 13.4)})

    def test_suggestions_complete_the_query(self):
        found = client.get("/v1/suggest", q="red camera:can")["suggestions"]
        self.assertEqual(found[0]["query"], 'red camera:"Canon EOS 5D"')
        self.assertEqual(client.get("/v1/search", q=found[0]["query"], k=1)["matching"], 47)
        self.assertEqual(len(client.get("/v1/suggest", q="i", k=2)["suggestions"]), 2)

    def test_refuses(self):
        for path in ("/v1/facets", "/v1/timeline", "/v1/places"):
            client.refused("GET", path, 400, "bfore", q="bfore:2020")
            client.refused("GET", path, 400, "parameter", p=1)
        client.refused("GET", "/v1/places", 400, "cell", cell=0)
        client.refused("GET", "/v1/suggest", 400, "k", q="a", k=51)
        client.refused("GET", "/v1/failures", 400, "k", k=0)
        client.refused("GET", "/v1/failures", 400, "offset", offset="x")

    def test_models_index_and_failures(self):
        model = client.get("/v1/models")["models"][0]
        self.assertEqual((model["name"], model["dim"], model["images"]), ("emoji-vit-8", 256, 302))
        index = client.get("/v1/index")
        self.assertEqual((index["files"], index["rows"], index["failures"]), (284, 20, 1))
        failures = client.get("/v1/failures")
        self.assertEqual([one["path"] for one in failures["failures"]], ["Pictures/broken.png"])
        self.assertEqual(client.get("/v1/failures", offset=1), {"total": 1, "failures": []})

    def test_operation(self):
        self.assertEqual(client.get("/healthz")["status"], "ok")
        self.assertEqual(client.get("/readyz")["status"], "ready")
        self.assertEqual(client.get("/openapi.json")["openapi"], "3.1.0")
        self.assertEqual(client.get("/v1/reports"), {"reports": []})
        session = client.get("/v1/session")
        self.assertEqual((session["token_required"], session["writable"]), (False, True))
        client.request("POST", "/v1/session", status=204)
        client.request("DELETE", "/v1/session", status=204)
        client.request("GET", "/metrics")

    def test_other_paths_and_methods(self):
        client.refused("GET", "/v1/nothing", 404, "openapi.json")
        for method, path, allowed in (("PUT", "/v1/search", "GET, HEAD, POST"), ("POST", "/v1/items/1", "GET, HEAD"),
                                      ("GET", "/predict", "POST"), ("DELETE", "/healthz", "GET, HEAD")):
            self.assertEqual(client.request(method, path, status=405).header("Allow"), allowed)


class Compatible(ApiCase):
    """Requests as other programs send them; clients_test.py runs those programs."""

    def vector(self, *arguments):
        """Returns the vector of `sightline encode`."""
        path = library.folder / "encoded.npy"
        library.run("encode", "--model", MODEL, "--no-cache", "--out", path, *arguments)
        data = path.read_bytes()
        return list(struct.unpack("<256f", data[-1024:]))

    def test_embeddings(self):
        text = library.folder / "text.txt"
        text.write_text("a red heart\n")
        image = "data:image/jpeg;base64," + base64.b64encode(library.large.read_bytes()).decode()
        answer = client.request("POST", "/v1/embeddings", json_body={"input": ["a red heart", image], "model": "any"}).json()
        vectors = [one["embedding"] for one in answer["data"]]
        self.assertEqual(vectors[0], self.vector("--texts", text))
        self.assertEqual(vectors[1], self.vector("--images", library.large))
        self.assertGreater(answer["usage"]["total_tokens"], 0)
        for body, status, words in (({}, 400, "input"), ({"input": []}, 400, "input"), ({"input": ""}, 400, "blank"),
                                    ({"input": [1, 2]}, 400, "input"), ({"input": "a", "encoding_format": "x"}, 400, "base64"),
                                    ({"input": "a", "dimensions": 3}, 400, "dimensions"), ({"input": "a", "n": 1}, 400, "'n'"),
                                    ({"input": "https://example.org/a.png"}, 400, "fetches none"),
                                    ({"input": "data:image/png,abc"}, 400, "base64"),
                                    ({"input": "data:image/png;base64,AAAA"}, 422, "input 0")):
            client.refused("POST", "/v1/embeddings", status, words, json_body=body)

    def test_predict(self):
        entries = json.dumps({"clip": {"visual": {"modelName": "ViT-B-32__openai"}}})
        headers, body = form([("entries", None, entries), ("image", "blob", library.large.read_bytes())])
        answer = client.request("POST", "/predict", body, headers=headers).json()
        self.assertEqual(struct.pack("<256f", *json.loads(answer["clip"])),
                         struct.pack("<256f", *self.vector("--images", library.large)))
        self.assertEqual((answer["imageWidth"], answer["imageHeight"]), (800, 400))
        for parts, status, words in (
                ([("text", None, "a")], 400, "entries"), ([("entries", None, "{")], 400, "entries"),
                ([("entries", None, '{"ocr": {"detection": {}}}')], 422, "clip"),
                ([("entries", None, '{"clip": {"textual": {}}}')], 400, "text"),
                ([("entries", None, '{"clip": {"visual": {}}}')], 400, "image"),
                ([("entries", None, '{"clip": {"visual": {}}}'), ("image", "a", b"no")], 422, "image")):
            headers, body = form(parts)
            client.refused("POST", "/predict", status, words, body, headers=headers)
        self.assertEqual(client.request("GET", "/ping").body, b"pong")

    def test_knn_service(self):
        body = {"text": "red", "image": None, "image_url": None, "embedding_input": None, "modality": "image",
                "num_images": 3, "indice_name": "photos", "num_result_ids": 3, "use_mclip": False}
        hits = client.request("POST", "/knn-service", json_body=body).json()
        expected = client.get("/v1/search", q="red", k=3)["hits"]
        self.assertEqual([(str(one["id"]), one["similarity"]) for one in hits],
                         [(one["id"], one["similarity"]) for one in expected])
        self.assertEqual(client.request("GET", hits[0]["url"]).status, 200)
        for change, status, words in (({"text": None}, 400, "neither"), ({"num_images": 0}, 400, "num_images"),
                                      ({"text": None, "image_url": "http://127.0.0.1/"}, 422, "fetches none"),
                                      ({"text": None, "image": "AAAA"}, 422, "image"), ({"modality": "text"}, 422, "text"),
                                      ({"text": None, "embedding_input": [1, 2]}, 400, "")):
            client.refused("POST", "/knn-service", status, words, json_body=body | change)
        self.assertEqual(client.get("/indices-list"), ["emoji-vit-8"])


class Feedback(ApiCase):
    def judge(self, query, identity, judgement, **rest):
        body = {"query": query, "id": identity, "judgement": judgement, **rest}
        return client.request("POST", "/v1/feedback", json_body=body, status=201).json()

    def test_judgements_are_kept_shown_and_withdrawn(self):
        query = "a judged tree"
        hits = client.get("/v1/search", q=query, k=3)["hits"]
        self.judge(query, hits[0]["id"], "relevant", rank=1)
        self.judge(query, hits[1]["id"], "irrelevant")
        shown = client.get("/v1/search", q=query, k=3)["hits"]
        self.assertEqual([hit.get("judgement") for hit in shown], ["relevant", "irrelevant", None])
        found = client.get("/v1/feedback", query=query)["judgements"]
        self.assertEqual([(one["id"], one["grade"], one["rank"]) for one in found],
                         [(hits[1]["id"], 0, 0), (hits[0]["id"], 1, 1)])
        before = client.get("/v1/feedback/summary")
        self.judge(query, hits[1]["id"], "none")
        after = client.get("/v1/feedback/summary")
        self.assertEqual(after["irrelevant"], before["irrelevant"] - 1)
        self.assertEqual(client.get("/v1/feedback", query=query)["total"], 1)
        self.assertEqual(client.get("/v1/feedback", query=query, offset=1)["judgements"], [])

    def test_export_and_import(self):
        query = "an exported tree"
        for identity in ("5", "6"):
            self.judge(query, identity, "relevant")
        lines = client.request("GET", "/v1/feedback/qrels").body.decode()
        self.assertIn(query, client.request("GET", "/v1/feedback/queries").body.decode())
        for identity in ("5", "6"):
            self.judge(query, identity, "none")
        self.assertEqual(client.get("/v1/feedback", query=query)["total"], 0)
        added = client.request("POST", "/v1/feedback/qrels", lines, headers={"Content-Type": "text/plain"}).json()
        self.assertGreaterEqual(added["added"], 2)
        self.assertEqual(added["unknown"], 0)
        self.assertEqual(client.request("GET", "/v1/feedback/qrels").body.decode().splitlines().sort(),
                         lines.splitlines().sort())

    def test_few_judgements_teach_nothing(self):
        self.judge("a lonely tree", "9", "relevant")
        made = client.request("POST", "/v1/corrections").json()
        self.assertEqual((made["accepted"], made["version"]), (False, None))
        self.assertTrue(made["reason"])
        corrections = client.get("/v1/corrections")
        self.assertEqual(corrections["active"], None)
        off = client.request("PUT", "/v1/corrections/active", json_body={"version": None}).json()
        self.assertFalse(off["enabled"])
        self.assertIsNone(client.get("/v1/search", q="a tree", k=1)["correction"])

    def test_judging(self):
        queries = ["a pooled tree", "a pooled house"]
        answer = client.request("PUT", "/v1/judging/queries", json_body={"queries": queries + queries[:1]}).json()
        self.assertEqual([one["query"] for one in answer["queries"]], queries)
        pool = client.get("/v1/judging/pool", query=queries[0], depth=10)["items"]
        best = client.get("/v1/search", q=queries[0], k=10)["hits"]
        self.assertEqual({one["id"] for one in pool}, {one["id"] for one in best})
        self.assertNotEqual([one["id"] for one in pool], [one["id"] for one in best])
        self.judge(queries[0], pool[0]["id"], "relevant")
        self.assertEqual(client.get("/v1/judging/pool", query=queries[0], depth=10)["items"][0]["judgement"], "relevant")
        self.assertEqual(client.get("/v1/judging/queries")["queries"][0]["judged"], 1)
        evaluation = client.get("/v1/evaluation")
        self.assertGreaterEqual(evaluation["queries"], 1)
        self.assertEqual(evaluation["models"][0]["name"], "emoji-vit-8")

    def test_refuses(self):
        good = {"query": "a", "id": "1", "judgement": "relevant"}
        for change, status, words in (({"judgement": "maybe"}, 400, "maybe"), ({"id": "999999"}, 404, "999999"),
                                      ({"id": 1}, 400, "'id'"), ({"rank": -1}, 400, "rank"), ({"query": ""}, 400, "query"),
                                      ({"more": 1}, 400, "more"), ({"model": "nowhere"}, 404, "nowhere")):
            with self.subTest(str(change)):
                client.refused("POST", "/v1/feedback", status, words, json_body=good | change)
        client.refused("POST", "/v1/feedback", 422, "application/json", json.dumps(good))
        client.refused("POST", "/v1/feedback", 413, "65536", json_body=good | {"query": "x" * 70000})
        client.refused("GET", "/v1/feedback", 400, "offset", offset=-1)
        client.refused("GET", "/v1/feedback", 400, "10000", query="x" * 10001)
        for text in (b"one two\n", b"query 0 5 high\n"):
            client.refused("POST", "/v1/feedback/qrels", 422, "line 1", text)
        client.refused("PUT", "/v1/corrections/active", 404, "7", json_body={"version": 7})
        client.refused("PUT", "/v1/corrections/active", 400, "version", json_body={})
        client.refused("PUT", "/v1/corrections/active", 422, "application/json", b"{}")
        client.refused("PUT", "/v1/judging/queries", 400, "queries", json_body={"queries": "a"})
        client.refused("PUT", "/v1/judging/queries", 422, "application/json", b"{}")
        client.refused("GET", "/v1/judging/pool", 400, "depth", query="a", depth=0)
        client.refused("GET", "/v1/judging/pool", 400, "", query="")


if __name__ == "__main__":
    unittest.main()
