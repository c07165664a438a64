"""Tests a server against clients that are slow or many, or send documents that are costly to parse.

`--connections 100000` is the whole test; by default there are fewer.
"""
import argparse
import base64
import random
import socket
import sys
import threading
import time
import unittest

from hostile_case import HostileCase, connect, exchange, head, set_up, tear_down
from served_library import Client, Server, form

options = argparse.Namespace(connections=2000)
setUpModule, tearDownModule = set_up, tear_down


class LargeDocuments(HostileCase):
    """Documents that take seconds to parse, or many times their size in memory."""

    def longest_wait(self, headers, body, route=b"/v1/search"):
        """Sends a request; returns its answer, and the longest time of small requests meanwhile."""
        checker, waits, ended = Client(self.server), [], threading.Event()

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
        before = self.server.memory_kb()
        for values in (b"1," * 25_000_000 + b"1", b'{"a":1},' * 6_000_000 + b"1"):
            for route in (b"/v1/search", b"/v1/embeddings", b"/knn-service"):
                body = b'{"q": "red", "input": [' + values + b"]}"
                answer, longest = self.longest_wait({"Content-Type": "application/json"}, body, route)
                self.assertRefused(answer, route, [400])
                self.assertIn("values", answer.detail)
                self.assertLess(longest, 1)
        self.assertLess(self.server.memory_kb() - before, 400 * 1024)


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
            with Server(self.library, "--max-connections", most) as slow:
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
        with Server(self.library, "--max-connections", "100") as slow:
            start = start.replace(self.server.host.encode(), slow.host.encode())
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
        size, opened, begin, memory = 200, 0, time.monotonic(), self.server.memory_kb()
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
              f"{slowest:.2f} s, memory {memory // 1024} to {self.server.memory_kb() // 1024} MB", file=sys.stderr)
        self.assertEqual(failures, [])
        self.assertLess(self.server.memory_kb() - memory, 100 * 1024)
        self.assertHealthy()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--connections", type=int, default=options.connections)
    options, rest = parser.parse_known_args()
    unittest.main(argv=sys.argv[:1] + rest)
