"""Tests a server against clients that are slow, many, malformed or malicious.

Each of their requests must be answered with success or a problem of status 4xx or 503, nothing may hang, and health
stays true. `--requests 10000` and `--connections 100000` are the whole test; by default there are fewer of both.
"""
import argparse
import base64
import http.client
import random
import resource
import select
import socket
import sys
import threading
import time
import unittest

import bombs
import sample_images
from mutations import Mutator
from served_library import Answer, Client, Library, Server, form

options = argparse.Namespace(requests=1000, connections=2000, seed=1)
ANSWERED = 20  # seconds after which an answer counts as hanging, on busy machines


def setUpModule():
    global library, server, client
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192) if hard > 0 else 8192, hard))
    library = Library(40)
    bombs.write_polyglots(library.pictures, sample_images.squares(library.random))
    library.index()
    report = library.folder / "report"
    report.mkdir()
    (report / "index.html").write_text("<p>a report</p>")
    (report / "link.html").symlink_to(library.pictures.parent / "secret.html")
    (library.folder / "secret.html").write_text("a secret")
    server = unittest.enterModuleContext(Server(library, "--report", report, "--queue-seconds", "10"))
    client = Client(server)


def tearDownModule():
    assert client.get("/healthz")["status"] == "ok"
    code = server.stop()
    assert code == 0, f"the server ended with code {code}: {server.log.read_text()}"


def connect(to=None, source="127.0.0.1"):
    return socket.create_connection(("127.0.0.1", (to or server).port), ANSWERED, (source, 0))


def exchange(data, to=None, incomplete=False):
    """Sends bytes; returns the answer, or None if the connection was closed without one.

    incomplete: the server may wait for more, and is told that there is none.
    """
    with connect(to) as connection:
        try:
            connection.sendall(data)
            if incomplete and not select.select([connection], [], [], 1)[0]:
                connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # it was closed early, perhaps after an answer
        response = http.client.HTTPResponse(connection, method="HEAD" if data.startswith(b"HEAD ") else None)
        try:
            response.begin()
            return Answer(response)
        except socket.timeout:
            raise AssertionError(f"no answer in {ANSWERED} s to {data[:300]!r}") from None
        except (OSError, http.client.HTTPException):
            return None


def is_of_library(answer):
    """Whether libmicrohttpd itself has refused a head: it is too large for its memory, or malformed."""
    return (answer.status in (400, 413, 414, 431, 505) and answer.header("Content-Type") is None
            and b"<html>" in answer.body and len(answer.body) < 300)


def head(method, target, headers, host=None):
    lines = [method.encode() + b" " + target + b" HTTP/1.1"]
    if not any(name == "Host" for name, _ in headers):
        lines.append(b"Host: " + (host or server.host).encode())
    lines += [name.encode() + b": " + value.encode("utf-8") for name, value in headers]
    return b"\r\n".join(lines) + b"\r\n\r\n"


class HostileCase(unittest.TestCase):
    def assertRefused(self, answer, about, statuses=None):
        """The answer is a problem of status 4xx, or 503."""
        self.assertIsNotNone(answer, about)
        self.assertTrue(400 <= answer.status < 500 or answer.status == 503, f"{about}: status {answer.status}")
        if statuses:
            self.assertIn(answer.status, statuses, about)
        client.check("GET", "/", answer, about)

    def assertHealthy(self, seconds=10):
        begin = time.monotonic()
        self.assertEqual(client.get("/healthz")["status"], "ok")
        self.assertLess(time.monotonic() - begin, seconds)


class Mutations(HostileCase):
    def test_mutated_requests(self):
        mutator = Mutator(client.description, random.Random(options.seed))
        counts, unanswered, by_library, memory = {}, 0, 0, []
        begin = time.monotonic()
        for number in range(options.requests):
            method, target, headers, body = mutator.request()
            length = [] if any(name == "Transfer-Encoding" for name, _ in headers) else [("Content-Length", str(len(body)))]
            data = head(method, target, headers + (length if body or method == "POST" else [])) + body
            about = f"request {number}: {method[:20]} {target[:200]!r} {str(headers)[:200]} {body[:300]!r}"
            answer = exchange(data)
            unanswered += answer is None
            if answer is not None and is_of_library(answer):
                by_library += 1
            elif answer is not None:
                counts[answer.status] = counts.get(answer.status, 0) + 1
                if answer.status >= 500 and answer.status not in (501, 503):
                    self.fail(f"{about}: status {answer.status} {answer.body[:300]!r}; {server.log.read_text()[-500:]}")
                path = target.decode("latin-1")
                client.check("HEAD" if method == "HEAD" else method, path if answer.status < 400 else "/", answer, about)
            if number % 100 == 99:
                memory.append(server.memory_kb())
        print(f"{options.requests} requests of seed {options.seed} in {time.monotonic() - begin:.0f} s: "
              f"{dict(sorted(counts.items()))}, refused by libmicrohttpd: {by_library}, "
              f"closed without an answer: {unanswered}, "
              f"memory {memory[0] // 1024} to {memory[-1] // 1024} MB", file=sys.stderr)
        self.assertLess(unanswered, options.requests // 50)
        self.assertGreater(counts.get(200, 0), options.requests // 20)
        self.assertLess(memory[-1] - memory[len(memory) // 3], 100 * 1024)
        self.assertHealthy()


class Paths(HostileCase):
    def test_traversal(self):
        deep = "/".join([".."] * 12)
        for target in (f"/{deep}/etc/passwd", "/..", "/.", f"/v1/images/{deep}/etc/passwd", "/v1/images/..%2f..%2fetc%2fpasswd",
                       "/v1/images/%2e%2e/%2e%2e/etc/passwd", "/v1/images/..%5c..%5cetc", "/v1/images/..\\..\\etc",
                       "/v1/images/%c0%ae%c0%ae/etc/passwd", "/v1/images/1%00.png", "/v1/images/1/../../../etc/passwd",
                       "/v1/images//etc/passwd", "//etc/passwd", "/%2fetc/passwd", "/v1/images/%252e%252e%252fetc",
                       "/reports/report/../../secret.html", "/reports/report/..%2f..%2fsecret.html",
                       "/reports/report/link.html", "/reports/report/%2e%2e/secret.html", "/reports/../secret.html",
                       "/reports/report//etc/passwd", "/reports/report/%2fetc/passwd", "/reports/%2e%2e/secret.html",
                       "/reports/report/.hidden.html", "/reports//etc/passwd", "/assets/../../etc/passwd", "*",
                       "http://evil.example/../etc/passwd", "/" + "../" * 3000, "/index.html/../../x", "/v1/items/..;/..;/x"):
            self.assertRefused(exchange(head("GET", target.encode(), [])), target)
        self.assertEqual(client.request("GET", "/reports/report/").body, b"<p>a report</p>")

    def test_malformed_heads(self):
        host = b"Host: " + server.host.encode() + b"\r\n"
        get = b"GET /v1/models HTTP/1.1\r\n" + host
        for data in (b"GET /v1/models HTTP/1.1\r\n\r\n", get + host + b"\r\n", get + b"no colon\r\n\r\n", get + b": x\r\n\r\n",
                     get + b"A B: c\r\n\r\n", get + b"A: b\0c\r\n\r\n", get + b"A: b\x01c\r\n\r\n", get + b"A: b\r\n c\r\n\r\n",
                     b"GET /v1/models HTTP/1.1\n" + host.replace(b"\r", b"") + b"A: b\n\n",
                     b"GET /v1/models x HTTP/1.1\r\n" + host + b"\r\n",
                     b"GET /v1/models#x HTTP/1.1\r\n" + host + b"\r\n", b"G\xc3\xa9T / HTTP/1.1\r\n" + host + b"\r\n",
                     get + b"X: " + b"y" * 40000 + b"\r\n\r\n", get + b"A: b\r\n" * 5000 + b"\r\n",
                     b"GET /" + b"a" * 40000 + b" HTTP/1.1\r\n" + host + b"\r\n",
                     b"GET /v1/search?" + b"a&" * 12000 + b" HTTP/1.1\r\n" + host + b"\r\n",
                     get + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", get + b"Content-Length: -1\r\n\r\n",
                     get + b"Content-Length: 1e3\r\n\r\n", get + b"Content-Length: 99999999999999999999999\r\n\r\n",
                     get + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"):
            answer = exchange(data, incomplete=True)
            if answer is not None:  # libmicrohttpd closes some of these
                self.assertTrue(400 <= answer.status < 500, f"{data[:100]!r}: {answer.status}")
        for data in (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500), b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"\r\n" * 1000,
                     b"\0" * 1000, b"GET /v1/models\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"A" * 200000, get + b"X: " + b"y" * 2000000):
            answer = exchange(data, incomplete=True)
            self.assertTrue(answer is None or answer.status in (400, 414, 431, 505), data[:50])
        self.assertHealthy()

    def test_chunks(self):
        start = head("POST", b"/v1/search", [("Content-Type", "application/json"), ("Transfer-Encoding", "chunked")])
        good = b'{"q": "red"}'
        whole = b"".join(b"1\r\n%c\r\n" % byte for byte in good)
        self.assertEqual(exchange(start + whole + b"0\r\n\r\n").status, 200)
        self.assertEqual(exchange(start + whole + b"0\r\nTrailer: x\r\n\r\n").status, 200)
        for data in (b"ZZ\r\nabc\r\n0\r\n\r\n", b"-1\r\nabc\r\n0\r\n\r\n", b"FFFFFFFFFFFFFFFFF\r\nabc", b"7fffffffffffffff\r\nabc",
                     b"3\r\nabcdef\r\n0\r\n\r\n", b"3abc\r\n0\r\n\r\n", whole, b"5;" + b"x" * 1000 + b"\r\nhello\r\n0\r\n\r\n",
                     b"0\r\n" + b"T: x\r\n" * 20000 + b"\r\n", b"00000000000000000000000000000003\r\n{\"q\r\n"):
            answer = exchange(start + data, incomplete=True)
            self.assertTrue(answer is None or 400 <= answer.status < 500, data[:50])
        # A line that fills its memory is answered with 500 by libmicrohttpd itself, and the connection is closed.
        answer = exchange(start + b"5;" + b"x" * 100000 + b"\r\nhello\r\n0\r\n\r\n", incomplete=True)
        self.assertTrue(answer is None or answer.header("Connection") == "close")
        start = head("POST", b"/v1/feedback", [("Content-Type", "application/json"), ("Transfer-Encoding", "chunked")])
        self.assertRefused(exchange(start + b"10000\r\n" + b" " * 65536 + b"\r\n" + b"1\r\n \r\n0\r\n\r\n"),
                           "a long body in chunks", [413])
        self.assertHealthy()

    def test_declared_length_is_refused_before_the_body(self):
        start = head("POST", b"/v1/search", [("Content-Type", "application/json"), ("Content-Length", str(10**12))])
        self.assertRefused(exchange(start), "a huge length", [413])
        start = head("POST", b"/nothing", [("Content-Length", "1000")])
        self.assertRefused(exchange(start), "a body for nothing", [404])

    def test_wrong_tokens_are_answered_alike(self):
        token = "0123456789abcdef0123456789abcdef"
        with Server(library, variables={"SIGHTLINE_TOKEN": token}) as guarded:
            bodies = set()
            for wrong in ("x" + token[1:], token[:-1] + "x", token[:1], token * 100, "", "x"):
                answer = exchange(head("GET", b"/v1/models", [("Authorization", "Bearer " + wrong)], guarded.host), guarded)
                self.assertEqual(answer.status, 401)
                bodies.add(answer.body)
            self.assertEqual(len(bodies), 1)


class Uploads(HostileCase):
    def test_bombs(self):
        memory = server.memory_kb()
        for name, data in bombs.files():
            for route, headers, body in bombs.requests(name, data):
                with self.subTest(f"{name} to {route}"):
                    start = head("POST", route.encode(), [*headers.items(), ("Content-Length", str(len(body)))])
                    self.assertRefused(exchange(start + body), name)
        self.assertLess(server.memory_kb() - memory, 300 * 1024)
        self.assertHealthy()

    def test_damaged_images(self):
        rng = random.Random(options.seed)
        squares = sample_images.squares(rng)
        for whole in (sample_images.png(squares), sample_images.jpeg(squares), sample_images.tiff(squares)):
            for _ in range(15):
                at = rng.randrange(8, len(whole))
                data = rng.choice([whole[:at], whole[:at] + rng.randbytes(8) + whole[at + 8:]])
                headers, body = form([("image", "x", data)])
                answer = exchange(head("POST", b"/v1/search", [*headers.items(), ("Content-Length", str(len(body)))]) + body)
                if answer.status != 200:
                    self.assertRefused(answer, f"a damaged image: {data[:40]!r}", [413, 422])

    def test_polyglots_are_not_pages(self):
        hits = client.get("/v1/search", q='name:"polyglot*"', k=50)["hits"]
        names = {"polyglot as jpeg.jpg", "polyglot.jpg", "polyglot.png", "polyglot.svg"}
        if any("no librsvg" in failure["reason"] for failure in client.get("/v1/failures")["failures"]):
            names = {"polyglot.jpg", "polyglot.png"}
        self.assertEqual({hit["name"] for hit in hits}, names)
        for hit in hits:
            answer = client.request("GET", f"/v1/images/{hit['id']}")
            self.assertEqual(answer.header("X-Content-Type-Options"), "nosniff")
            inline = answer.header("Content-Disposition").startswith("inline")
            if hit["name"].endswith(".svg") or b"<svg" in answer.body[:200]:
                self.assertFalse(inline, hit["name"])
            self.assertIn(answer.type, ("image/jpeg", "image/png") if inline else ("application/octet-stream",))
            self.assertNotIn(b"<script", client.request("GET", f"/v1/images/{hit['id']}/thumbnail").body)

    def test_malformed_forms(self):
        kind = {"Content-Type": "multipart/form-data; boundary=b"}
        part = b'--b\r\nContent-Disposition: form-data; name="q"\r\n\r\nred\r\n'
        for body in (b"", b"--b", b"--b--", b"--b--\r\n", b"--b\r\n", part, part + b"--b", part[:-2] + b"--b--\r\n",
                     part.replace(b"form-data", b"attachment") + b"--b--\r\n", part.replace(b'name="q"', b"name") + b"--b--\r\n",
                     part * 200 + b"--b--\r\n", part + b"--b--\r\nmore", b"x" + part + b"--b--\r\n",
                     part.replace(b"\r\n", b"\n") + b"--b--\n", part.replace(b"q", b"\xff") + b"--b--\r\n",
                     b"--b\r\n" + b"A: " + b"y" * 10000 + b"\r\n" + part[5:] + b"--b--\r\n", b"--b\r\n" * 50000):
            start = head("POST", b"/v1/search", [*kind.items(), ("Content-Length", str(len(body)))])
            self.assertRefused(exchange(start + body), body[:80], [400, 413])
        for wrong in ("multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=" + "b" * 71,
                      "multipart/form-data; boundary=b; boundary=c", 'multipart/form-data; boundary="', "multipart/mixed; boundary=b"):
            data = part + b"--b--\r\n"
            start = head("POST", b"/v1/search", [("Content-Type", wrong), ("Content-Length", str(len(data)))])
            self.assertRefused(exchange(start + data), wrong, [400, 422])


class LargeDocuments(HostileCase):
    """Documents that take seconds to parse, or many times their size in memory."""

    def longest_wait(self, headers, body, route=b"/v1/search"):
        """Sends a request; returns its answer, and the longest time of small requests meanwhile."""
        checker, waits, ended = Client(server), [], threading.Event()

        def ask():
            while not ended.is_set():
                begin = time.monotonic()
                checker.get("/v1/session")
                waits.append(time.monotonic() - begin)
                time.sleep(0.01)

        thread = threading.Thread(target=ask)
        thread.start()
        try:
            answer = exchange(head("POST", route, [*headers.items(), ("Content-Length", str(len(body)))]) + body)
        finally:
            ended.set()
            thread.join()
        return answer, max(waits)

    def test_others_are_answered_meanwhile(self):
        noise = random.Random(1).randbytes(45_000_000)
        document = b'{"query": {"terms": [{"image": "x", "data": "' + base64.b64encode(noise) + b'"}]}}'
        requests = [({"Content-Type": "application/json"}, document), form([("image", "x", noise)])]
        for headers, body in requests:
            answer, longest = self.longest_wait(headers, body)
            self.assertRefused(answer, "noise", [422, 503])
            self.assertLess(longest, 0.6)  # parsing takes 1 to 2 s

    def test_many_values(self):
        before = server.memory_kb()
        for values in (b"1," * 25_000_000 + b"1", b'{"a":1},' * 6_000_000 + b"1"):
            for route in (b"/v1/search", b"/v1/embeddings", b"/knn-service"):
                body = b'{"q": "red", "input": [' + values + b"]}"
                answer, longest = self.longest_wait({"Content-Type": "application/json"}, body, route)
                self.assertRefused(answer, route, [400])
                self.assertIn("values", answer.detail)
                self.assertLess(longest, 1)
        self.assertLess(server.memory_kb() - before, 400 * 1024)


class Connections(HostileCase):
    def keep(self, count, data, to):
        """Opens connections that send data and are not closed; returns them."""
        out = []
        for _ in range(count):
            connection = connect(to)
            connection.sendall(data)
            out.append(connection)
            self.addCleanup(connection.close)
        return out

    def test_slow_heads(self):
        for most in (512, 100):
            with Server(library, "--max-connections", most) as slow:
                kept = self.keep(300, b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n", slow)
                checker, slowest = Client(slow), 0
                for _ in range(10):
                    for connection in kept:
                        try:
                            connection.send(b"X: y\r\n")
                        except OSError:
                            pass
                    begin = time.monotonic()
                    self.assertEqual(checker.get("/healthz")["status"], "ok")
                    slowest = max(slowest, time.monotonic() - begin)
                self.assertLess(slowest, 5)
                self.assertEqual(slow.stop(), 0)

    def test_slow_bodies_and_readers(self):
        start = head("POST", b"/v1/search", [("Content-Type", "application/json"), ("Content-Length", "1000000")])
        with Server(library, "--max-connections", "100") as slow:
            start = start.replace(server.host.encode(), slow.host.encode())
            kept = self.keep(40, start + b"{", slow)
            large = head("GET", b"/v1/search?q=red&k=1000", [], slow.host) * 300
            for _ in range(30):
                connection = socket.socket()
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                connection.connect(("127.0.0.1", slow.port))
                connection.setblocking(False)
                try:
                    connection.send(large)
                except BlockingIOError:
                    pass
                self.addCleanup(connection.close)
            checker = Client(slow)
            for _ in range(10):
                for connection in kept:
                    connection.send(b" ")
                self.assertEqual(checker.get("/healthz")["status"], "ok")
                time.sleep(0.1)
            self.assertLess(slow.memory_kb(), 600 * 1024)

    def test_pipelined_requests(self):
        received = b""
        with connect() as connection:
            connection.sendall(head("GET", b"/ping", []) * 99 + head("GET", b"/ping", [("Connection", "close")]))
            while data := connection.recv(65536):
                received += data
        self.assertEqual((received.count(b"HTTP/1.1 200"), received.count(b"pong")), (100, 100))

    def test_many_connections(self):
        """Opens and closes connections in bounded batches from several addresses."""
        size, opened, begin, memory = 200, 0, time.monotonic(), server.memory_kb()
        failures, kinds = [], [b"", b"GET", head("GET", b"/ping", []), b"\0" * 100, head("POST", b"/v1/search", [])]

        def attack(number):
            rng = random.Random(number)
            while opened_now() < options.connections and not failures:
                batch = []
                for _ in range(size):
                    try:
                        connection = connect(source=f"127.0.0.{2 + number}")
                        connection.send(rng.choice(kinds))
                        batch.append(connection)
                    except OSError as error:
                        if not isinstance(error, (ConnectionResetError, BrokenPipeError)):
                            failures.append(error)
                            break
                for connection in batch:
                    if rng.random() < 0.5:
                        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                    connection.close()
                add()

        lock = threading.Lock()

        def add():
            nonlocal opened
            with lock:
                opened += size

        def opened_now():
            with lock:
                return opened

        threads = [threading.Thread(target=attack, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        checks, slowest = 0, 0.0
        while any(thread.is_alive() for thread in threads):
            at = time.monotonic()
            self.assertEqual(exchange(head("GET", b"/ping", [("Connection", "close")])).body, b"pong")
            slowest = max(slowest, time.monotonic() - at)
            checks += 1
            time.sleep(0.2)
        for thread in threads:
            thread.join()
        print(f"{opened} connections in {time.monotonic() - begin:.0f} s, slowest of {checks} answers meanwhile "
              f"{slowest:.2f} s, memory {memory // 1024} to {server.memory_kb() // 1024} MB", file=sys.stderr)
        self.assertEqual(failures, [])
        self.assertLess(server.memory_kb() - memory, 100 * 1024)
        self.assertHealthy()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--requests", type=int, default=options.requests)
    parser.add_argument("--connections", type=int, default=options.connections)
    parser.add_argument("--seed", type=int, default=options.seed)
    options, rest = parser.parse_known_args()
    unittest.main(argv=sys.argv[:1] + rest)
