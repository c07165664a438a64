"""The base of the tests of hostile clients: one server for all tests of a module, and requests of any bytes.

Each of their requests must be answered with success or a problem of status 4xx or 503, nothing may hang, and health
stays true. A module sets `setUpModule, tearDownModule = set_up, tear_down`.
"""
import http.client
import resource
import select
import socket
import time
import unittest

import bombs
import sample_images
from served_library import Answer, Client, Library, Server

ANSWERED = 20  # seconds after which an answer counts as hanging, on busy machines


class HostileCase(unittest.TestCase):
    library = server = client = None  # of the module, by set_up()

    def assertRefused(self, answer, about, statuses=None):
        """The answer is a problem of status 4xx, or 503."""
        self.assertIsNotNone(answer, about)
        self.assertTrue(400 <= answer.status < 500 or answer.status == 503, f"{about}: status {answer.status}")
        if statuses:
            self.assertIn(answer.status, statuses, about)
        self.client.check("GET", "/", answer, about)

    def assertHealthy(self, seconds=10):
        begin = time.monotonic()
        self.assertEqual(self.client.get("/healthz")["status"], "ok")
        self.assertLess(time.monotonic() - begin, seconds)


def set_up():
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
    HostileCase.library, HostileCase.server, HostileCase.client = library, server, Client(server)


def tear_down():
    assert HostileCase.client.get("/healthz")["status"] == "ok"
    code = HostileCase.server.stop()
    assert code == 0, f"the server ended with code {code}: {HostileCase.server.log.read_text()}"


def connect(to=None, source="127.0.0.1"):
    return socket.create_connection(("127.0.0.1", (to or HostileCase.server).port), ANSWERED, (source, 0))


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


def head(method, target, headers, host=None):
    lines = [method.encode() + b" " + target + b" HTTP/1.1"]
    if not any(name == "Host" for name, _ in headers):
        lines.append(b"Host: " + (host or HostileCase.server.host).encode())
    lines += [name.encode() + b": " + value.encode("utf-8") for name, value in headers]
    return b"\r\n".join(lines) + b"\r\n\r\n"
