"""Tests of images, metadata, overviews and the library's state."""
import re
import struct

from api_case import ApiCase


class Images(ApiCase):
    def find(self, path):
        """Returns the id of a path below the library's folder."""
        name = path.relative_to(self.library.pictures)
        return self.client.get("/v1/search", q=f'name:"{name.name}"', k=1)["hits"][0]["id"]

    def test_item(self):
        path = self.library.pictures / "2019" / "IMG_0001.jpg"
        item = self.client.get(f"/v1/items/{self.find(path)}")
        self.assertEqual(item["path"], "Pictures/2019/IMG_0001.jpg")
        self.assertEqual((item["camera"], item["date"]), ("NIKON D750", "2019-02-07T12:30:05"))
        self.assertEqual((item["width"], item["height"], item["size_bytes"]), (32, 32, path.stat().st_size))
        self.assertAlmostEqual(item["location"]["latitude"], 51.5, 4)
        self.assertAlmostEqual(item["location"]["longitude"], 14.4, 4)
        large = self.client.get(f"/v1/items/{self.find(self.library.large)}")
        self.assertEqual((large["width"], large["height"]), (800, 400))

    def test_item_has_the_score_of_each_term(self):
        query = "red -blue*0.5"
        hit = self.client.get("/v1/search", q=query, k=10)["hits"][9]
        item = self.client.get(f"/v1/items/{hit['id']}", q=query)
        self.assertAlmostEqual(item["similarity"], hit["similarity"], 5)
        self.assertEqual([(term["text"], term["weight"]) for term in item["terms"]], [("red", 1), ("blue", -0.5)])
        red = self.client.get("/v1/search", q="red", k=302)["hits"]
        self.assertAlmostEqual(item["terms"][0]["similarity"],
                               next(one["similarity"] for one in red if one["id"] == hit["id"]), 5)

    def test_item_of_a_data_set(self):
        hit = self.client.get("/v1/search", q="caption:\"number 7\"", k=1)["hits"][0]
        item = self.client.get(f"/v1/items/{hit['id']}")
        self.assertEqual((item["dataset"], item["fields"]["group"]), ("Captioned", "b"))
        self.assertEqual(item["captions"], ["drawing number 7"])

    def test_files_are_sent_as_they_are(self):
        png = self.library.pictures / "2020" / "image 3.png"
        for path, kind, disposition in ((self.library.large, "image/jpeg", "inline"), (png, "image/png", "inline"),
                                        (self.library.tiff, "application/octet-stream", "attachment")):
            answer = self.client.request("GET", f"/v1/images/{self.find(path)}")
            self.assertEqual((answer.type, answer.body), (kind, path.read_bytes()))
            self.assertEqual(answer.header("Content-Disposition"), f'{disposition}; filename="{path.name}"')

    def test_tags_save_a_transfer(self):
        identity = self.find(self.library.large)
        for path in (f"/v1/images/{identity}", f"/v1/images/{identity}/thumbnail"):
            tag = self.client.request("GET", path).header("ETag")
            self.assertRegex(tag, r'^"[\w-]+"$')
            for known in (tag, f'"other", {tag}', "*", f"W/{tag}"):
                answer = self.client.request("GET", path, headers={"If-None-Match": known}, status=304)
                self.assertEqual((answer.body, answer.header("ETag")), (b"", tag))
            self.client.request("GET", path, headers={"If-None-Match": '"other"'}, status=200)
        tags = {self.client.request("GET", f"/v1/images/{i}").header("ETag") for i in (1, 2, 3)}
        self.assertEqual(len(tags), 3)

    def test_thumbnails_are_upright_and_not_enlarged(self):
        identity = self.find(self.library.large)
        for size, expected in ((160, (160, 80)), (320, (320, 160)), (640, (640, 320)), (1280, (800, 400))):
            answer = self.client.request("GET", f"/v1/images/{identity}/thumbnail", size=size)
            self.assertEqual(self.size_of_jpeg(answer.body), expected)
            again = self.client.request("GET", f"/v1/images/{identity}/thumbnail", size=size)
            self.assertEqual(again.body, answer.body)
        self.assertEqual(self.client.request("GET", f"/v1/images/{identity}/thumbnail").body,
                         self.client.request("GET", f"/v1/images/{identity}/thumbnail", size=320).body)

    @staticmethod
    def size_of_jpeg(data):
        at = re.search(rb"\xff[\xc0\xc2]\0", data).start()
        height, width = struct.unpack(">HH", data[at + 5:at + 9])
        return width, height

    def test_head_has_no_body(self):
        answer = self.client.request("HEAD", f"/v1/images/{self.find(self.library.large)}")
        self.assertEqual((answer.body, answer.header("Content-Length")), (b"", str(self.library.large.stat().st_size)))

    def test_refuses(self):
        for path in ("/v1/items/{}", "/v1/items/{}/similar", "/v1/images/{}", "/v1/images/{}/thumbnail"):
            for identity in ("999999", "0", "-1", "x", "1x", "99999999999999999999", "%20"):
                self.client.refused("GET", path.format(identity), 404, "no image")
            self.client.refused("GET", path.format("1"), 400, "parameter", unknown=1)
        self.client.refused("GET", "/v1/images/1/thumbnail", 400, "expected 160", size=100)
        self.client.refused("GET", "/v1/images/1/thumbnail", 400, "size", size="x")
        self.client.refused("GET", "/v1/items/1", 400, "bfore", q="cat bfore:2020")
        self.client.refused("GET", "/v1/items/1", 404, "nowhere", model="nowhere")
        self.assertEqual(self.client.get("/v1/items/1", model="emoji-vit-8"), self.client.get("/v1/items/1"))
        self.client.refused("GET", "/v1/items/1", 400, "upload", q="image:x.png")
        self.client.refused("GET", "/v1/items/1/similar", 400, "k", k=0)

    def test_a_file_that_is_gone(self):
        path = self.library.pictures / "2020" / "image 5.png"
        identity, kept = self.find(path), path.with_suffix(".kept")
        path.rename(kept)
        try:
            self.client.refused("GET", f"/v1/images/{identity}", 404, "gone")
            self.client.refused("GET", f"/v1/images/{identity}/thumbnail", 404, "gone")
            path.write_bytes(b"\x89PNG\r\n\x1a\n broken")
            self.client.refused("GET", f"/v1/images/{identity}/thumbnail", 422, "truncated")
        finally:
            kept.rename(path)


class Overview(ApiCase):
    def test_facets(self):
        facets = self.client.get("/v1/facets")
        self.assertEqual(facets["cameras"][0], {"value": "Canon EOS 5D", "count": 47})
        self.assertEqual(facets["dates"], {"from": "2019-01-07T12:30:05", "to": "2019-12-07T12:30:05"})
        part = self.client.get("/v1/facets", q="words camera:iphone")
        self.assertEqual(part["matching"], 46)
        self.assertEqual([one["value"] for one in part["cameras"]], ["Apple iPhone 12"])

    def test_timeline_and_places(self):
        timeline = self.client.get("/v1/timeline")
        self.assertEqual(sum(one["count"] for one in timeline["months"]), 140)
        self.assertEqual(timeline["undated"], 162)
        self.assertEqual(len(self.client.get("/v1/timeline", q="before:2019-04")["months"]), 3)
        places = self.client.get("/v1/places", cell=90)
        self.assertEqual(sum(one["count"] for one in places["cells"]), 70)
        self.assertEqual(places["without"], 232)
        near = self.client.get("/v1/places", q="near:52.5,13.4,1km")
        self.assertEqual({(one["latitude"], one["longitude"]) for one in near["cells"]}, {(52.5, 13.4)})

    def test_suggestions_complete_the_query(self):
        found = self.client.get("/v1/suggest", q="red camera:can")["suggestions"]
        self.assertEqual(found[0]["query"], 'red camera:"Canon EOS 5D"')
        self.assertEqual(self.client.get("/v1/search", q=found[0]["query"], k=1)["matching"], 47)
        self.assertEqual(len(self.client.get("/v1/suggest", q="i", k=2)["suggestions"]), 2)

    def test_refuses(self):
        for path in ("/v1/facets", "/v1/timeline", "/v1/places"):
            self.client.refused("GET", path, 400, "bfore", q="bfore:2020")
            self.client.refused("GET", path, 400, "parameter", p=1)
        self.client.refused("GET", "/v1/places", 400, "cell", cell=0)
        self.client.refused("GET", "/v1/suggest", 400, "k", q="a", k=51)
        self.client.refused("GET", "/v1/failures", 400, "k", k=0)
        self.client.refused("GET", "/v1/failures", 400, "offset", offset="x")

    def test_models_index_and_failures(self):
        model = self.client.get("/v1/models")["models"][0]
        self.assertEqual((model["name"], model["dim"], model["images"]), ("emoji-vit-8", 256, 302))
        index = self.client.get("/v1/index")
        self.assertEqual((index["files"], index["rows"], index["failures"]), (284, 20, 1))
        failures = self.client.get("/v1/failures")
        self.assertEqual([one["path"] for one in failures["failures"]], ["Pictures/broken.png"])
        self.assertEqual(self.client.get("/v1/failures", offset=1), {"total": 1, "failures": []})

    def test_known_tags_of_images_that_do_not_exist(self):
        for tag in ("*", '"x"'):
            for path in ("/v1/images/999999/thumbnail", "/v1/images/999999"):
                self.client.refused("GET", path, 404, "999999", headers={"If-None-Match": tag})

    def test_operation(self):
        self.assertEqual(self.client.get("/healthz")["status"], "ok")
        self.assertEqual(self.client.get("/readyz")["status"], "ready")
        self.assertEqual(self.client.get("/openapi.json")["openapi"], "3.1.0")
        self.assertEqual(self.client.get("/v1/reports"), {"reports": []})
        session = self.client.get("/v1/session")
        self.assertEqual((session["token_required"], session["writable"]), (False, True))
        self.client.request("POST", "/v1/session", status=204)
        self.client.request("DELETE", "/v1/session", status=204)
        self.client.request("GET", "/metrics")

    def test_other_paths_and_methods(self):
        self.client.refused("GET", "/v1/nothing", 404, "openapi.json")
        for method, path, allowed in (("PUT", "/v1/search", "GET, HEAD, POST"), ("POST", "/v1/items/1", "GET, HEAD"),
                                      ("GET", "/predict", "POST"), ("DELETE", "/healthz", "GET, HEAD")):
            self.assertEqual(self.client.request(method, path, status=405).header("Allow"), allowed)
