#!/usr/bin/env python3
"""A stand-in for `sightline serve`: serves web/dist and the API with made-up answers, with Python's library only.

    web/mock/server.py [--port 8766] [--state NAME,NAME] [--dist FOLDER]

States can be changed while it runs: open /mock?state=NAME,NAME (also resets judgements). They are:
  empty few huge          0, 30 or 100,000 images instead of 3,655
  slow                    searches take 4 seconds
  latepages latejudgements  pages of hits after the first take half a second; so does storing a judgement
  error busy flaky        all routes fail; searches are refused; searches beyond the 200th hit fail
  noexplanation slowexplanation  explanations are refused; they take 4 seconds
  token                   asks for the token "secret"
  nojudge                 no judgements, queries to judge, corrections and reports
  nocorrections           corrections are off
  readonly full           the server accepts no judgements; storing judgements fails
  running watching writer failures  the index is being updated, by this server, as it follows the folders, or by another
                          program; 120 files failed
  nometa warning          images without metadata; searches with a warning
The query "weak" has weak matches; words that no caption has, no match; "foo:bar" is an error.
"""
import argparse
import http.server
import json
import pathlib
import re
import sys
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import api as mock  # noqa: E402

POLICY = ("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; font-src 'self'; "
          "base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
         ".svg": "image/svg+xml"}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def reply(self, status, kind, data, **headers):
        self.send_response(status)
        base = {"Content-Type": kind, "Content-Length": len(data), "Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff",
                "Referrer-Policy": "no-referrer", "Cache-Control": "no-cache"}
        for name, value in {**base, **headers}.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def body(self):
        data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        kind = self.headers.get("Content-Type", "")
        if kind.startswith("application/json") and data:
            return json.loads(data)
        if kind.startswith("multipart/form-data"):
            return self.multipart(data)
        authorization = self.headers.get("Authorization", "")
        return authorization.removeprefix("Bearer ") if authorization else data.decode("utf-8", "replace")

    @staticmethod
    def multipart(data):
        """The fields of a form, and the names of its files."""
        form = {"images": []}
        for part in data.split(data.split(b"\r\n", 1)[0]):
            head, _, value = part.partition(b"\r\n\r\n")
            file = re.search(rb'filename="([^"]*)"', head)
            name = re.search(rb' name="([^"]*)"', head)
            if file:
                form["images"].append(file[1].decode())
            elif name:
                form[name[1].decode()] = value.rstrip(b"\r\n").decode()
        return form

    def answer(self):
        address = urllib.parse.urlsplit(self.path)
        body = self.body()
        if address.path == "/mock":
            return self.switch(mock.parameters(address.query))
        if address.path.startswith("/reports/"):
            return self.reply(200, "text/html", b"<!doctype html><title>Report</title>A report")
        if not address.path.startswith("/v1/"):
            return self.file(address.path)
        image = re.fullmatch(r"/v1/images/([^/]+)(/thumbnail)?", address.path)
        try:
            if image and self.command == "GET":
                size = int(mock.parameters(address.query).get("size", 320)) if image[2] else None
                data = self.server.api.image(image[1], size).encode()
                return self.reply(200, "image/svg+xml", data, Cache_Control="max-age=3600")
            explained = re.fullmatch(r"/v1/items/([^/]+)/explanation/map", address.path)
            if explained and self.command == "GET":
                return self.reply(200, "image/png", self.server.api.explanation_map(explained[1], mock.parameters(address.query)))
            value = self.server.api.handle(self.command, address.path, mock.parameters(address.query), body)
        except mock.Problem as problem:
            headers = {"Retry-After": "1"} if problem.status == 503 else {}
            return self.reply(problem.status, "application/problem+json", mock.to_json(problem.document), **headers)
        if isinstance(value, mock.Text):
            return self.reply(200, "text/plain; charset=utf-8", value.encode())
        return self.reply(204, "text/plain", b"") if value is None else self.reply(200, "application/json", mock.to_json(value))

    def switch(self, query):
        self.server.api.reset(set(filter(None, query.get("state", "").split(","))))
        self.reply(303, "text/plain", b"", Location="/")

    def file(self, path):
        name = "index.html" if path == "/" else path.lstrip("/")
        file = (self.server.dist / name).resolve()
        if self.server.dist not in file.parents or not file.is_file() or file.suffix not in TYPES:
            return self.reply(404, "text/plain", b"not found")
        return self.reply(200, TYPES[file.suffix], file.read_bytes())

    do_GET = do_POST = do_PUT = do_DELETE = answer

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)


def start(port=0, states=(), dist=None):
    """Returns a server that listens on 127.0.0.1; port 0 chooses a free one."""
    server = Server(("127.0.0.1", port), Handler)
    server.api = mock.Api()
    server.api.reset(set(states))
    server.dist = pathlib.Path(dist or pathlib.Path(__file__).resolve().parent.parent / "dist").resolve()
    return server


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=8766)
    parser.add_argument("--state", default="")
    parser.add_argument("--dist")
    options = parser.parse_args()
    server = start(options.port, filter(None, options.state.split(",")), options.dist)
    print(f"http://127.0.0.1:{server.server_address[1]}/", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
