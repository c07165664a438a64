"""Tests who may use a server and what it discloses: tokens, hosts, origins, paths, logs, metrics, and its end."""
import copy
import http.client
import json
import os
import pathlib
import re
import socket
import threading
import time
import unittest

import sample_images
from served_library import Client, Library, Server, form

TOKEN = "a-token-of-the-tests-0123456789"


def setUpModule():
    global library
    library = Library(30)


class Token(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        file = library.folder / "token.txt"
        file.write_text(TOKEN + "\n")
        report = library.folder / "my report #1"
        (report / "tables").mkdir(parents=True)
        for name in ("index.html", "tables/a.csv"):
            (report / name).write_text("a,b\n")
        cls.server = cls.enterClassContext(Server(library, "--token-file", file, "--report", report,
                                                  "--report", library.folder / "later"))
        cls.signed_in, cls.stranger = Client(cls.server, TOKEN), Client(cls.server)

    def test_every_operation_needs_it_but_those_without_security(self):
        for path, operations in self.stranger.description["paths"].items():
            for method, operation in operations.items():
                target = re.sub(r"{\w+}", "1", path)
                if operation.get("security") == []:
                    self.stranger.request(method.upper(), target)
                else:
                    answer = self.stranger.refused(method.upper(), target, 401, "token")
                    self.assertEqual(answer.header("WWW-Authenticate"), 'Bearer realm="sightline"')
        self.stranger.refused("GET", "/reports/x/", 401, "token")

    def test_wrong_tokens(self):
        for value in (f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", "Bearer ", "Bearer", f"Basic {TOKEN}", TOKEN,
                      f"Bearer {TOKEN} {TOKEN}", "Bearer " + "x" * 10000, f"Bearer \"{TOKEN}\"", f"Bearer {TOKEN.upper()}"):
            self.stranger.refused("GET", "/v1/models", 401, "token", headers={"Authorization": value})
        for value in (f"Bearer {TOKEN}", f"bearer {TOKEN}", f"BEARER  {TOKEN} "):
            self.stranger.request("GET", "/v1/models", headers={"Authorization": value})
        self.stranger.refused("GET", f"/v1/models?token={TOKEN}", 401, "token")

    def cookie(self):
        answer = self.signed_in.request("POST", "/v1/session", status=204)
        value = answer.header("Set-Cookie")
        self.assertRegex(value, r"^sightline_session=[0-9a-f]{64}; Path=/; HttpOnly; SameSite=Strict$")
        self.assertNotIn(TOKEN, value)
        secure = self.signed_in.request("POST", "/v1/session", status=204, headers={"X-Forwarded-Proto": "https"})
        self.assertEqual(secure.header("Set-Cookie"), value + "; Secure")
        return value.split(";")[0]

    def test_cookie_reads(self):
        cookie = self.cookie()
        for value in (cookie, f"other=1; {cookie}", f"{cookie}; other=1"):
            self.stranger.request("GET", "/v1/models", headers={"Cookie": value})
        for value in (cookie[:-1], cookie + "0", "sightline_session=", f"other={cookie}"):
            self.stranger.refused("GET", "/v1/models", 401, "token", headers={"Cookie": value})
        session = self.stranger.request("GET", "/v1/session", headers={"Cookie": cookie}).json()
        self.assertTrue(session["signed_in"])
        self.assertFalse(self.stranger.get("/v1/session")["signed_in"])
        self.assertIn("Max-Age=0", self.stranger.request("DELETE", "/v1/session", status=204).header("Set-Cookie"))

    def test_cookie_changes_only_with_the_header(self):
        cookie, body = self.cookie(), {"query": "a", "id": "1", "judgement": "relevant"}
        self.stranger.refused("POST", "/v1/feedback", 403, "X-Sightline", json_body=body, headers={"Cookie": cookie})
        self.stranger.request("POST", "/v1/feedback", json_body=body,
                              headers={"Cookie": cookie, "X-Sightline": "1"}, status=201)
        self.stranger.refused("POST", "/v1/feedback", 401, "token", json_body=body, headers={"X-Sightline": "1"})

    def test_links_of_reports(self):
        self.assertEqual(self.signed_in.get("/v1/reports")["reports"],
                         [{"name": "my report #1", "title": "my report #1", "path": "/reports/my%20report%20%231/"}])
        answer = self.signed_in.request("POST", "/v1/session", status=204)
        values = [value for name, value in answer.all_headers if name == "Set-Cookie"]
        self.assertRegex(values[1], r"^sightline_reports=[0-9a-f]{64}; Path=/reports/; HttpOnly; SameSite=Lax$")
        link = {"Cookie": values[1].split(";")[0]}  # which browsers send when a link in a report is followed
        for path in ("/reports/my%20report%20%231/", "/reports/my%20report%20%231/tables/a.csv"):
            self.assertEqual(self.stranger.request("GET", path, headers=link).body, b"a,b\n")
        for method, path in (("GET", "/v1/models"), ("GET", "/v1/reports"), ("POST", "/v1/session")):
            self.stranger.refused(method, path, 401, "token", headers=link)
        self.assertIn("has no report yet", self.server.log.read_text())

    def test_bad_tokens_do_not_start(self):
        for token in ("short", "with spaces in the token", "\u00e4" * 20):
            with self.assertRaisesRegex(AssertionError, "token"):
                Server(library, variables={"SIGHTLINE_TOKEN": token})
        with self.assertRaisesRegex(AssertionError, "token is required"):
            Server(library, "--address", "0.0.0.0")
        with Server(library, variables={"SIGHTLINE_TOKEN": TOKEN}) as server:
            Client(server).refused("GET", "/v1/models", 401, "token")


class Hosts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Server(library, "--allow-host", "Photos.example"))
        cls.client = Client(cls.server)

    def test_own_names_only(self):
        port = self.server.port
        for host in (f"localhost:{port}", f"127.0.0.1:{port}", f"[::1]:{port}", "photos.example", "PHOTOS.EXAMPLE:80"):
            self.client.request("GET", "/v1/models", headers={"Host": host})
        for host in ("evil.example", f"evil.example:{port}", "127.0.0.1.evil.example", "", "photos.example.evil", "10.0.0.1",
                     "localhost@evil.example", "evil.example#localhost", "[::1", "localhost."):
            for path in ("/", "/v1/models", "/healthz", "/v1/session"):
                self.client.refused("GET", path, 421, "host", headers={"Host": host})

    def test_changes_by_other_pages(self):
        body, port = {"query": "a", "id": "1", "judgement": "relevant"}, self.server.port
        for origin in ("http://evil.example", "null", f"http://127.0.0.1:{port}.evil.example", "http://127.0.0.1:1",
                       f"http://localhost:{port}@evil.example", "x"):
            answer = self.client.refused("POST", "/v1/feedback", 403, "other servers", json_body=body,
                                         headers={"Origin": origin})
            self.assertIsNone(answer.header("Access-Control-Allow-Origin"))
        self.client.refused("POST", "/v1/index", 403, "other servers", headers={"Sec-Fetch-Site": "cross-site"})
        self.client.request("POST", "/v1/feedback", json_body=body, headers={"Origin": f"http://{self.server.host}"})

    def test_nothing_is_shared_with_other_pages(self):
        answer = self.client.request("GET", "/v1/models", headers={"Origin": "http://evil.example"})
        self.assertIsNone(answer.header("Access-Control-Allow-Origin"))
        self.assertEqual(answer.header("Cross-Origin-Resource-Policy"), "same-origin")
        self.client.refused("OPTIONS", "/v1/search", 405, "OPTIONS", headers={"Origin": "http://evil.example"})

    def test_cors(self):
        with Server(library, "--cors", "https://photos.example") as server:
            client, origin = Client(server), {"Origin": "https://photos.example"}
            answer = client.request("GET", "/v1/models", headers=origin)
            self.assertEqual(answer.header("Access-Control-Allow-Origin"), "https://photos.example")
            self.assertEqual(answer.header("Vary"), "Origin")
            answer = client.request("OPTIONS", "/v1/feedback", headers=origin, status=204)
            self.assertIn("POST", answer.header("Access-Control-Allow-Methods"))
            client.request("POST", "/v1/feedback", json_body={"query": "a", "id": "1", "judgement": "none"}, headers=origin)
            answer = client.refused("GET", "/v1/items/99999", 404, "image", headers=origin)
            self.assertEqual(answer.header("Access-Control-Allow-Origin"), "https://photos.example")
            other = client.request("GET", "/v1/models", headers={"Origin": "http://photos.example"})
            self.assertIsNone(other.header("Access-Control-Allow-Origin"))
        for origin in ("photos.example", "https://photos.example/", "*"):
            with self.assertRaisesRegex(AssertionError, "not an origin"):
                Server(library, "--cors", origin)


class Disclosure(unittest.TestCase):
    """The client refuses answers with the library's path; here are those that are most likely to have it."""

    def test_paths_are_hidden(self):
        secret = str(library.folder)
        with Server(library) as server:
            client = Client(server)
            for path in ("/v1/index", "/v1/failures", "/v1/models", "/metrics", "/v1/facets", "/v1/feedback/qrels"):
                client.request("GET", path)
            client.request("GET", "/v1/search", q="a", k=100)
            client.request("GET", "/v1/suggest", q="in:")
            broken = library.pictures / "2020" / "image 1.png"
            identity = client.get("/v1/search", q='name:"image 1.png"')["hits"][0]["id"]
            data = broken.read_bytes()
            try:
                broken.write_bytes(data[:50])
                client.refused("GET", f"/v1/images/{identity}/thumbnail", 422, "")
                broken.unlink()
                broken.mkdir()
                client.request("GET", f"/v1/images/{identity}", status=404)
            finally:
                broken.rmdir()
                broken.write_bytes(data)
            self.assertFalse(client.get("/v1/session")["show_paths"])
            client.request("GET", "/v1/search", status=404, q=f'like:"{secret}/absent.png"')

    def test_guesses_of_folders_are_answered_alike(self):
        folders = pathlib.Path(library.folder).parts
        right = [str(library.pictures), "/" + folders[1], "/*", "/**/Pictures", folders[-1], folders[-1] + "/Pictures",
                 "/".join(folders[1:]), "**/" + folders[-1], str(library.pictures).upper()]
        names = [str(library.large), folders[-1] + "/Pictures/large.jpg", "/".join(folders[2:]) + "/Pictures/large.jpg"]

        def without_times(answer):
            return {key: value for key, value in answer.items() if key not in ("timing_ms", "query")}

        with Server(library) as server:
            client = Client(server, shows_paths=True)  # those of the queries
            for sign in ("", "-", "square -", "square "):
                wrong = without_times(client.get("/v1/search", q=sign + 'in:"/no/such/folder"', judge=0))
                self.assertEqual(bool(wrong["hits"]), sign.endswith("-"))
                for guess in right:
                    found = client.get("/v1/search", q=f'{sign}in:"{guess}"', judge=0)
                    self.assertEqual(without_times(found), wrong, sign + guess)
            for path in ("/v1/facets", "/v1/timeline", "/v1/places"):
                for guess in right:
                    self.assertEqual(client.get(path, q=f'in:"{guess}"'), client.get(path, q='in:"/no/such/folder"'), guess)
            body = {"query": {"terms": [], "filter": [{"field": "path", "texts": [str(library.pictures)]}]}}
            self.assertEqual(client.request("POST", "/v1/search", json_body=body).json()["matching"], 0)
            for name in names:
                client.request("GET", "/v1/search", status=404, q=f'like:"{name}"')
            for folder in ("Pictures", "2019", "pictures/2019", "Pictures/20*", "**/2019"):
                self.assertGreater(client.get("/v1/search", q=f'in:"{folder}"')["matching"], 0, folder)
            self.assertEqual(client.get("/v1/search", q="like:Pictures/large.jpg", k=1)["hits"][0]["name"], "large.jpg")
            for one in client.get("/v1/facets")["folders"]:
                self.assertEqual(client.get("/v1/search", q=f'in:"{one["value"]}"')["matching"], one["count"])
        with Server(library, "--show-paths") as server:
            client = Client(server, shows_paths=True)
            for guess in right[:6]:
                self.assertGreater(client.get("/v1/search", q=f'in:"{guess}"')["matching"], 0, guess)

    def test_messages_hide_a_folder_that_was_given_as_relative_path(self):
        given = copy.copy(library)
        given.path = os.path.relpath(library.path)
        with Server(given) as server:
            answer = Client(server).refused("PUT", "/v1/corrections/active", 404, "no correction 7", json_body={"version": 7})
        self.assertNotIn(library.folder.name, answer.detail)

    def test_paths_are_shown_if_permitted(self):
        with Server(library, "--show-paths") as server:
            client = Client(server, shows_paths=True)
            hits = client.get("/v1/search", q="in:2019")["hits"]
            self.assertTrue(all(hit["path"].startswith(str(library.pictures)) for hit in hits))
            self.assertEqual(client.get("/v1/failures")["failures"][0]["path"], str(library.pictures / "broken.png"))

    def test_read_only(self):
        with Server(library, "--read-only") as server:
            client = Client(server)
            self.assertFalse(client.get("/v1/session")["writable"])
            for path, operations in client.description["paths"].items():
                for method, operation in operations.items():
                    if "403" in operation["responses"]:
                        client.refused(method.upper(), path, 403, "read-only")
            client.request("POST", "/v1/search", json_body={"q": "a"})

    def test_log_has_no_queries(self):
        for flags in ([], ["--log-queries"]):
            log = library.folder / f"access{len(flags)}.log"
            with Server(library, "--access-log", log, *flags) as server:
                client = Client(server)
                client.get("/v1/search", q="secret words", k=3)
                client.request("POST", "/v1/search", json_body={"q": "secret words"})
                client.request("GET", "/v1/items/1", q="secret words")
                client.refused("GET", "/secret/words", 404, "")
                client.refused("GET", "/v1/images/99999", 404, "")
                client.refused("GET", "/v1/models", 421, "", headers={"Host": "secret.words"})
                self.assertEqual(server.stop(), 0)
            lines = [json.loads(line) for line in log.read_text().splitlines()]
            self.assertEqual([(line["method"], line["route"], line["status"]) for line in lines],
                             [("GET", "/openapi.json", 200), ("GET", "/v1/search", 200), ("POST", "/v1/search", 200),
                              ("GET", "/v1/items/{id}", 200), ("GET", "other", 404), ("GET", "/v1/images/{id}", 404),
                              ("GET", "/v1/models", 421)])
            self.assertTrue(all(line["peer"] == "127.0.0.1" and line["bytes"] > 0 and line["ms"] >= 0 for line in lines))
            self.assertEqual("secret" in log.read_text(), bool(flags))


def prometheus_values(text):
    """Returns {name with labels: value} of a text in Prometheus' format; checks its form."""
    values, types = {}, {}
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split()
            assert name not in types and kind in ("counter", "gauge", "histogram"), line
            types[name] = kind
        elif not line.startswith("# HELP "):
            found = re.fullmatch(r'([a-z_]+)(\{[a-z_]+="[^"\n]*"(?:,[a-z_]+="[^"\n]*")*\})? (\S+)', line)
            assert found, line
            base = re.sub(r"_(bucket|sum|count)$", "", found[1])
            assert found[1] in types or types.get(base) == "histogram", line
            assert found[1] + (found[2] or "") not in values, line
            values[found[1] + (found[2] or "")] = float(found[3])
    return values


class Operation(unittest.TestCase):
    def test_metrics_count_what_was_done(self):
        with Server(library) as server:
            client = Client(server)
            for i in range(7):
                client.get("/v1/search", q=f"query {i}", judge=0)
            client.refused("GET", "/v1/search", 400, "", q="")
            client.request("GET", "/v1/images/1/thumbnail")
            client.request("GET", "/v1/images/1/thumbnail")
            answer = client.request("GET", "/metrics")
            self.assertIn("version=0.0.4", answer.header("Content-Type"))
            values = prometheus_values(answer.body.decode())
        self.assertEqual(values['sightline_http_requests_total{route="/v1/search",status="200"}'], 7)
        self.assertEqual(values['sightline_http_requests_total{route="/v1/search",status="400"}'], 1)
        self.assertEqual(values['sightline_http_seconds_count{route="/v1/search"}'], 8)
        self.assertEqual(values['sightline_search_seconds_count{stage="search"}'], 7)
        self.assertEqual(values['sightline_search_seconds_count{stage="encode"}'], 7)
        self.assertEqual(values["sightline_batch_size_count"], 7)
        self.assertGreaterEqual(values["sightline_connections_total"], 12)  # each request has its own
        self.assertGreaterEqual(values["sightline_connections"], 1)
        self.assertLess(values["sightline_connections"], values["sightline_connections_total"])
        for reason in ("limit", "timeout"):
            self.assertEqual(values[f'sightline_connections_closed_total{{reason="{reason}"}}'], 0)
        self.assertEqual(values['sightline_thumbnail_cache_total{result="hit"}'], 1)
        for name, value in values.items():  # buckets are cumulative
            if name.endswith('_bucket{route="/v1/search",le="+Inf"}'):
                self.assertEqual(value, values['sightline_http_seconds_count{route="/v1/search"}'])

    def test_metrics_count_refused_connections(self):
        with Server(library, "--max-connections", "4") as server:
            idle = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(20)]
            try:
                values = prometheus_values(Client(server).request("GET", "/metrics").body.decode())
            finally:
                for connection in idle:
                    connection.close()
        self.assertGreaterEqual(values['sightline_connections_closed_total{reason="limit"}'], 16)
        self.assertLessEqual(values["sightline_connections"], 5)

    def test_accepted_upload_is_finished_after_the_signal(self):
        headers, body = form([("image", "a.png", sample_images.png(sample_images.squares(library.random, 30, 30)))])
        with Server(library) as server:
            connection = socket.create_connection(("127.0.0.1", server.port), timeout=30)
            head = f"POST /v1/search HTTP/1.1\r\nHost: {server.host}\r\nContent-Length: {len(body)}\r\n" \
                   f"Content-Type: {headers['Content-Type']}\r\n\r\n"
            connection.sendall(head.encode() + body[:100])
            time.sleep(0.3)
            codes = []
            ending = threading.Thread(target=lambda: codes.append(server.stop()))
            ending.start()
            time.sleep(0.7)
            self.assertEqual(codes, [])
            with self.assertRaises(OSError):
                socket.create_connection(("127.0.0.1", server.port), timeout=1)
            for at in range(100, len(body), 2000):
                connection.sendall(body[at:at + 2000])
                time.sleep(0.05)
            response = http.client.HTTPResponse(connection)
            response.begin()
            self.assertEqual(response.status, 200)
            self.assertTrue(json.loads(response.read())["hits"])
            connection.close()
            ending.join(30)
            self.assertEqual(codes, [0])

    def test_ends_at_once_without_requests(self):
        with Server(library) as server:
            Client(server).request("GET", "/healthz")
            idle = socket.create_connection(("127.0.0.1", server.port))
            begin = time.monotonic()
            self.assertEqual(server.stop(), 0)
            self.assertLess(time.monotonic() - begin, 4)
            idle.close()
            self.assertEqual(server.log.read_text(), "")

    def test_ends_while_null_models_are_estimated(self):
        with Server(library) as server:
            templates = [f"{number} {{}}" for number in range(100)]  # of 524 background texts
            Client(server).get("/v1/search", q="a tree", k=1, template=templates)
            time.sleep(1)
            begin = time.monotonic()
            self.assertEqual(server.stop(), 0)
            self.assertLess(time.monotonic() - begin, 4)

    def test_busy_address(self):
        with Server(library) as server:
            with self.assertRaisesRegex(AssertionError, f"port {server.port}"):
                Server(library, port=server.port)
        with self.assertRaisesRegex(AssertionError, "library"):
            Server(type("Absent", (), {"folder": library.folder, "path": library.folder / "absent"}))


if __name__ == "__main__":
    unittest.main()
