"""Tests of explanations: what they have, how they are kept, and when their computation ends."""
import concurrent.futures
import http.client
import re
import struct
import time
import urllib.parse
import zlib

from api_case import ApiCase


def pixels_of_png(data):
    """Returns width, height and the rows of an RGBA PNG that is not interlaced."""
    width, height, depth, kind = struct.unpack(">IIBB", data[16:26])
    assert (depth, kind) == (8, 6), (depth, kind)
    at, packed = 8, b""
    while at < len(data):
        length, name = struct.unpack(">I4s", data[at:at + 8])
        packed += data[at + 8:at + 8 + length] if name == b"IDAT" else b""
        at += length + 12
    raw, rows, above = zlib.decompress(packed), [], bytes(4 * width)
    for y in range(height):
        begin = y * (4 * width + 1)
        rows.append(above := unfiltered(raw[begin], bytearray(raw[begin + 1:begin + 1 + 4 * width]), above))
    return width, height, rows


def unfiltered(kind, row, above):
    for i, value in enumerate(row):
        a, b, c = row[i - 4] if i >= 4 else 0, above[i], above[i - 4] if i >= 4 else 0
        nearest = min((abs(b - c), 0, a), (abs(a - c), 1, b), (abs(a + b - 2 * c), 2, c))[2]
        row[i] = (value + (0, a, b, (a + b) // 2, nearest)[kind]) & 255
    return row


class Explanations(ApiCase):
    def first(self, **parameters):
        return self.client.get("/v1/search", k=1, **parameters)["hits"][0]

    def results(self, result):
        text = self.client.request("GET", "/metrics").body.decode()
        found = re.search(rf'sightline_explanations_total{{result="{result}"}} (\d+)', text)
        return int(found[1]) if found else 0

    def test_what_it_has(self):
        hit = self.first(q="red square -blue*0.5")
        answer = self.client.get(f"/v1/items/{hit['id']}/explanation", q="red square -blue*0.5")
        self.assertAlmostEqual(answer["similarity"], hit["similarity"], 4)
        self.assertEqual([(word["term"], word["word"]) for word in answer["words"]], [(0, "red"), (0, "square"), (1, "blue")])
        alone = self.client.get(f"/v1/items/{hit['id']}", q="red square")
        self.assertAlmostEqual(answer["words"][2]["contribution"], hit["similarity"] - alone["similarity"], 4)
        heat = answer["heat"]
        self.assertEqual(len(heat["values"]), heat["rows"] * heat["columns"])
        self.assertGreater(max(heat["values"]), min(heat["values"]))
        self.assertEqual((answer["parts"], answer["cut_share"]), ([1, 1], 0))

    def test_map_of_an_image_that_was_turned_and_cropped(self):
        identity = self.first(q=f'name:"{self.library.large.name}"')["id"]  # 800 x 400 pixels when it is upright
        answer = self.client.get(f"/v1/items/{identity}/explanation", q="a square")
        self.assertEqual((answer["width"], answer["height"], answer["cut_share"]), (800, 400, 0.5))
        self.assertEqual(answer["seen"], {"left": 200, "top": 0, "width": 400, "height": 400})
        png = self.client.request("GET", f"/v1/items/{identity}/explanation/map", q="a square")
        width, height, rows = pixels_of_png(png.body)
        self.assertEqual((png.type, width, height), ("image/png", 640, 320))
        self.assertEqual([rows[160][4 * x + 3] for x in (0, 159, 160, 479, 480, 639)], [0, 0, 255, 255, 0, 0])

    def test_nearest_captions(self):
        hit = self.first(q='caption:"number 7"')
        answer = self.client.get(f"/v1/items/{hit['id']}/explanation", q="a drawing")
        self.assertTrue(1 <= answer["captions_compared"] <= 20)
        similarities = [caption["similarity"] for caption in answer["captions"]]
        self.assertEqual(similarities, sorted(similarities, reverse=True))
        for caption in answer["captions"]:
            self.assertEqual(caption["own"], caption["text"] == "drawing number 7")
            item = self.client.get(f"/v1/items/{hit['id']}", q=f'"{caption["text"]}"')
            self.assertAlmostEqual(item["similarity"], caption["similarity"], 4)

    def test_it_is_computed_once(self):
        identity, query = self.first(q="red")["id"], "computed once"
        before = {result: self.results(result) for result in ("computed", "kept")}
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            answers = list(pool.map(lambda _: self.client.get(f"/v1/items/{identity}/explanation", q=query), range(6)))
        self.client.request("GET", f"/v1/items/{identity}/explanation/map", q=query)
        self.assertEqual(len({repr(answer) for answer in answers}), 1)
        self.assertEqual(self.results("computed") - before["computed"], 1)
        self.assertEqual(self.results("kept") - before["kept"], 6)

    def test_items_as_queries(self):
        answer = self.client.get("/v1/items/1/explanation", q="like:1")
        self.assertEqual(answer["words"], [])
        self.assertAlmostEqual(answer["similarity"], 1, 4)

    def test_a_client_that_leaves_ends_the_computation(self):
        """A long query, so that the computation lasts until the server has noticed."""
        words = urllib.parse.quote(" ".join(f"word{n}" for n in range(60)))
        ended = []
        for attempt in range(20):
            before = self.results("cancelled")
            connections = []
            for identity in range(1, 7):  # they wait for each other
                connection = http.client.HTTPConnection("127.0.0.1", self.client.server.port, timeout=60)
                connection.request("GET", f"/v1/items/{identity}/explanation?q={words}%20{attempt}")
                connections.append(connection)
            for connection in connections:
                connection.close()
            deadline = time.monotonic() + 30
            while self.results("cancelled") == before and time.monotonic() < deadline:
                time.sleep(0.05)
            ended.append(self.results("cancelled") - before)
            if ended[-1]:
                break
        self.assertGreater(ended[-1], 0)

    def test_refuses(self):
        for path in ("/v1/items/{}/explanation", "/v1/items/{}/explanation/map"):
            for identity in ("999999", "0", "x"):
                self.client.refused("GET", path.format(identity), 404, "no image", q="red")
            one = path.format(1)
            self.client.refused("GET", one, 400, "words")
            self.client.refused("GET", one, 400, "no words", q="in:2019")
            self.client.refused("GET", one, 400, "at most 64", q="word " * 65)
            self.client.refused("GET", one, 400, "cancel", q="red -red")
            self.client.refused("GET", one, 400, "bfore", q="cat bfore:2020")
            self.client.refused("GET", one, 400, "upload", q="image:x.png")
            self.client.refused("GET", one, 400, "parameter", q="red", k=1)
            self.client.refused("GET", one, 404, "nowhere", q="red", model="nowhere")
            self.client.refused("GET", one, 404, "no image", q="like:999999")

    def test_a_file_that_is_gone_or_damaged(self):
        path = self.library.pictures / "2020" / "image 6.png"
        identity, kept = self.first(q='name:"image 6.png"')["id"], path.with_suffix(".kept")
        path.rename(kept)
        try:
            self.client.refused("GET", f"/v1/items/{identity}/explanation", 404, "gone", q="red")
            path.write_bytes(b"\x89PNG\r\n\x1a\n broken")
            self.client.refused("GET", f"/v1/items/{identity}/explanation", 422, "truncated", q="red")
        finally:
            kept.rename(path)
        self.client.get(f"/v1/items/{identity}/explanation", q="red")  # errors are not kept
