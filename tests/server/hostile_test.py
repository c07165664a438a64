"""Tests a server against requests that are malformed or malicious.

`--requests 10000` is the whole test; by default there are fewer.
"""
import argparse
import random
import sys
import time
import unittest

import bombs
import sample_images
from hostile_case import HostileCase, exchange, head, set_up, tear_down
from mutations import Mutator
from served_library import Server, form

options = argparse.Namespace(requests=1000, seed=1)
setUpModule, tearDownModule = set_up, tear_down


def is_of_library(answer):
    """Whether libmicrohttpd itself has refused a head: it is too large for its memory, or malformed."""
    return (answer.status in (400, 413, 414, 431, 505) and answer.header("Content-Type") is None
            and b"<html>" in answer.body and len(answer.body) < 300)


class Mutations(HostileCase):
    def test_mutated_requests(self):
        mutator = Mutator(self.client.description, random.Random(options.seed))
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
                    self.fail(f"{about}: status {answer.status} {answer.body[:300]!r}; {self.server.log.read_text()[-500:]}")
                path = target.decode("latin-1")
                self.client.check("HEAD" if method == "HEAD" else method, path if answer.status < 400 else "/", answer, about)
            if number % 100 == 99:
                memory.append(self.server.memory_kb())
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
        self.assertEqual(self.client.request("GET", "/reports/report/").body, b"<p>a report</p>")

    def test_malformed_heads(self):
        host = b"Host: " + self.server.host.encode() + b"\r\n"
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
        with Server(self.library, variables={"SIGHTLINE_TOKEN": token}) as guarded:
            bodies = set()
            for wrong in ("x" + token[1:], token[:-1] + "x", token[:1], token * 100, "", "x"):
                answer = exchange(head("GET", b"/v1/models", [("Authorization", "Bearer " + wrong)], guarded.host), guarded)
                self.assertEqual(answer.status, 401)
                bodies.add(answer.body)
            self.assertEqual(len(bodies), 1)


class Uploads(HostileCase):
    def test_bombs(self):
        memory = self.server.memory_kb()
        for name, data in bombs.files():
            for route, headers, body in bombs.requests(name, data):
                with self.subTest(f"{name} to {route}"):
                    start = head("POST", route.encode(), [*headers.items(), ("Content-Length", str(len(body)))])
                    self.assertRefused(exchange(start + body), name)
        self.assertLess(self.server.memory_kb() - memory, 300 * 1024)
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
        hits = self.client.get("/v1/search", q='name:"polyglot*"', k=50)["hits"]
        names = {"polyglot as jpeg.jpg", "polyglot.jpg", "polyglot.png", "polyglot.svg"}
        if any("no librsvg" in failure["reason"] for failure in self.client.get("/v1/failures")["failures"]):
            names = {"polyglot.jpg", "polyglot.png"}
        self.assertEqual({hit["name"] for hit in hits}, names)
        for hit in hits:
            answer = self.client.request("GET", f"/v1/images/{hit['id']}")
            self.assertEqual(answer.header("X-Content-Type-Options"), "nosniff")
            inline = answer.header("Content-Disposition").startswith("inline")
            if hit["name"].endswith(".svg") or b"<svg" in answer.body[:200]:
                self.assertFalse(inline, hit["name"])
            self.assertIn(answer.type, ("image/jpeg", "image/png") if inline else ("application/octet-stream",))
            self.assertNotIn(b"<script", self.client.request("GET", f"/v1/images/{hit['id']}/thumbnail").body)

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


if __name__ == "__main__":
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--requests", type=int, default=options.requests)
    parser.add_argument("--seed", type=int, default=options.seed)
    options, rest = parser.parse_known_args()
    unittest.main(argv=sys.argv[:1] + rest)
