"""Tests a server whose library is locked, damaged or replaced, and clients that ask for much memory or time."""
import contextlib
import http.client
import os
import pathlib
import shutil
import socket
import sqlite3
import threading
import time
import unittest
import urllib.parse

import sample_images
from served_library import Client, Library, Server


def setUpModule():
    global library
    library = Library(40)
    large = library.pictures / "padded.png"  # an image with 60 MB behind its end
    large.write_bytes(sample_images.png(sample_images.squares(library.random)) + os.urandom(60_000_000))
    library.index()


class Slowest:
    """Asks for /ping while it is entered; `seconds`: the slowest answer."""

    def __init__(self, client):
        self.client, self.seconds, self.ended = client, 0.0, threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        while not self.ended.wait(0.02):
            begin = time.monotonic()
            self.client.request("GET", "/ping")
            self.seconds = max(self.seconds, time.monotonic() - begin)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()


class ServerCase(unittest.TestCase):
    def setUp(self):
        self.whole = library.path
        library.path = library.folder / "copy"
        shutil.copytree(self.whole, library.path)
        self.addCleanup(self.restore)
        self.server = self.enterContext(Server(library))
        self.client = Client(self.server)

    def restore(self):
        shutil.rmtree(library.path, True)
        library.path = self.whole

    def judge(self, judgement="relevant", status=201):
        return self.client.request("POST", "/v1/feedback", status=status,
                                   json_body={"query": "red", "id": "5", "judgement": judgement})


class Faults(ServerCase):
    def test_a_damaged_catalogue_is_told_in_a_sentence(self):
        self.judge()
        os.truncate(library.path / "catalogue.sqlite", 100)
        for path in ("/v1/search?q=red", "/v1/items/5", "/v1/facets", "/readyz", '/v1/search?q="unclosed'):
            answer = self.client.request("GET", path, status=400 if "unclosed" in path else 503)
            self.assertNotIn("internal", answer.detail)
        self.client.request("GET", "/healthz", status=503)
        self.assertEqual(self.client.request("GET", "/ping").body, b"pong")
        self.assertEqual(self.server.stop(), 0)
        self.assertIn("catalogue.sqlite' is damaged", self.server.log.read_text())

    def test_a_shortened_segment_does_not_end_the_server(self):
        segments = list(library.path.rglob("*.segment"))
        self.assertTrue(segments)
        before = self.client.get("/v1/search", q="red", k=5, judge=0)["hits"]
        whole = {path: path.read_bytes() for path in segments}
        for path in segments:
            os.truncate(path, len(whole[path]) // 2)
        for path in ("/v1/search?q=red", "/v1/items/5", "/v1/items/5/similar", "/readyz"):
            self.client.request("GET", path, status=503)
        self.assertEqual(self.client.request("GET", "/ping").body, b"pong")
        for path, data in whole.items():  # as a copy from a backup
            restored = path.with_suffix(".new")
            restored.write_bytes(data)
            restored.rename(path)
        self.assertEqual(self.client.get("/v1/search", q="red", k=5, judge=0)["hits"], before)
        self.assertEqual(self.server.stop(), 0)
        self.assertIn("is cut off", self.server.log.read_text())

    def test_searches_do_not_wait_for_a_locked_judgement(self):
        self.judge()
        database = sqlite3.connect(library.path / "feedback.sqlite", isolation_level=None)
        database.execute("BEGIN EXCLUSIVE")
        refused = []
        judging = threading.Thread(target=lambda: refused.append(self.judge(status=503)))
        judging.start()
        begin = time.monotonic()
        while judging.is_alive():
            at = time.monotonic()
            self.client.get("/v1/search", q="red", k=3)
            self.assertLess(time.monotonic() - at, 3)
            time.sleep(0.1)
        judging.join()
        self.assertEqual(len(refused), 1)
        self.assertLess(time.monotonic() - begin, 20)
        database.close()
        self.judge("irrelevant")
        self.assertIn("has locked", self.server.log.read_text())

    def test_judgements_go_to_a_restored_library(self):
        self.judge()
        before = self.client.get("/v1/index")["images"]
        shutil.rmtree(library.path)
        self.judge(status=503)
        smaller = Library(10)
        shutil.copytree(smaller.path, library.path)
        after = self.client.get("/v1/index")["images"]
        self.assertLess(after, before - 20)
        self.assertLessEqual(len(self.client.get("/v1/search", q="red", k=100)["hits"]), after)
        self.judge()
        self.assertEqual(self.server.stop(), 0)
        with Server(library) as other:
            self.assertEqual(Client(other).get("/v1/feedback/summary")["judgements"], 1)


class Demands(ServerCase):
    def test_large_documents_do_not_delay_others(self):
        zeros = b"0," * 20_000_000
        with Slowest(self.client) as slowest:
            for path, body in (("/v1/search", b'{"q": "red", "x": [' + zeros + b"0]}"),
                               ("/v1/embeddings", b'{"input": [' + zeros + b"0]}"),
                               ("/knn-service", b'{"embedding_input": [' + zeros + b"0]}"),
                               ("/v1/search", b'{"q": "' + b"a" * 60_000_000 + b'"}')):
                self.client.request("POST", path, body, headers={"Content-Type": "application/json"}, status=400)
        self.assertLess(slowest.seconds, 1)
        self.assertLess(self.server.memory_kb(), 600 * 1024)

    def test_slow_readers_of_large_images(self):
        number = self.client.get("/v1/search", q="name:padded.png")["hits"][0]["id"]
        request = f"GET /v1/images/{number} HTTP/1.1\r\nHost: {self.server.host}\r\n\r\n".encode()
        for _ in range(60):
            connection = socket.socket()
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.connect(("127.0.0.1", self.server.port))
            connection.sendall(request)
            self.addCleanup(connection.close)
        most = 0
        for _ in range(40):
            time.sleep(0.2)
            most = max(most, self.server.memory_kb())
        self.assertLess(most, 1100 * 1024)
        self.assertEqual(self.client.get("/healthz")["status"], "ok")
        self.client.get("/v1/search", q="red", k=3)

    def test_learning_leaves_a_worker_for_others(self):
        lines = "".join(f"query{q} 0 #{i} {(q + i) % 2}\n" for q in range(300) for i in range(3, 40))
        self.client.request("POST", "/v1/feedback/qrels", lines)
        statuses = []

        def learn():
            with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.server.port)) as connection:
                connection.request("POST", "/v1/corrections")
                statuses.append(connection.getresponse().status)

        threads = [threading.Thread(target=learn) for _ in range(6)]
        for thread in threads:
            thread.start()
        slowest = 0.0
        while any(thread.is_alive() for thread in threads):
            begin = time.monotonic()
            self.client.get("/v1/items/5")
            slowest = max(slowest, time.monotonic() - begin)
        self.assertIn(200, statuses)
        self.assertIn(503, statuses)
        self.assertLess(slowest, 1)

    def test_lists_of_templates_are_not_collected(self):
        for i in range(400):
            templates = [f"{i} {j} {{}}" for j in range(20)]
            query = urllib.parse.urlencode({"q": "red", "k": 1, "template": templates}, doseq=True)
            self.client.get("/v1/search?" + query)
        used, still = -1.0, self.processor_seconds()
        for _ in range(120):
            time.sleep(0.5)
            used, still = still, self.processor_seconds()
            if still - used < 0.1:
                return
        self.fail("null models of former requests are estimated for more than a minute")

    def processor_seconds(self):
        fields = pathlib.Path(f"/proc/{self.server.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Images(ServerCase):
    def test_a_file_that_is_no_image_is_not_sent(self):
        hit = self.client.get("/v1/search", q='name:"image 3.png"')["hits"][0]
        path = library.pictures / "2020" / hit["name"]
        kept = path.read_bytes()
        self.addCleanup(lambda: (path.unlink(), path.write_bytes(kept)))
        path.unlink()
        path.symlink_to("/etc/passwd")
        self.client.refused("GET", f"/v1/images/{hit['id']}", 404, "is no longer an image")

    def test_conditional_requests(self):
        every = {"If-None-Match": "*"}
        for part in ("", "/thumbnail"):
            tag = {"If-None-Match": self.client.request("GET", f"/v1/images/5{part}").header("ETag")}
            for headers in (tag, every):
                self.assertEqual(self.client.request("GET", f"/v1/images/5{part}", headers=headers).status, 304)
            self.client.request("GET", f"/v1/images/999999{part}", headers=every, status=404)

    def test_hosts_with_something_behind_them(self):
        for host in ("[::1]evil.example", "127.0.0.1:80@evil.example", "localhost:80 x"):
            self.client.request("GET", "/v1/models", headers={"Host": host}, status=421)


if __name__ == "__main__":
    unittest.main()
