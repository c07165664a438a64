"""A test server that imitates the Hugging Face Hub and its failures. Standard library only.

The endpoint is http://127.0.0.1:PORT; LFS files are redirected to http://localhost:PORT/cdn/...,
which clients treat as another host. Requests are recorded in `FakeHub.log`. Responses contain what
huggingface_hub reads (file_download.py, hf_api.py, utils/_http.py).

    with FakeHub() as hub:
        repo = hub.add("org/name", {"config.json": b"{}", "model.safetensors": lfs(b"...")})
        hub.fault("/cdn/", disconnect_after(1000), times=2)
"""
import collections
import hashlib
import http.server
import json
import random
import re
import threading
import time
import urllib.parse

Request = collections.namedtuple("Request", "method host path token range")


class lfs(bytes):
    """Content in large file storage (LFS)."""


def git_id(content):
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def etag_of(content):
    return hashlib.sha256(content).hexdigest() if isinstance(content, lfs) else git_id(content)


class Repo:
    def __init__(self, kind, name, files, revision="main", private=False, gated=False):
        self.kind, self.name, self.private, self.gated = kind, name, private, gated
        self.commits = {}   # commit -> {path: content}
        self.branches = {}  # revision -> commit
        self.entries = None  # overrides the entries of the file list
        self.commit(files, revision)

    def commit(self, files, revision="main"):
        """Creates a commit with exactly these files and sets `revision` to it."""
        text = json.dumps([self.kind, self.name, revision, sorted((p, etag_of(c)) for p, c in files.items())])
        commit = hashlib.sha1(text.encode()).hexdigest()
        self.commits[commit] = dict(files)
        self.branches[revision] = commit
        return commit

    def resolve(self, revision):
        return revision if revision in self.commits else self.branches.get(revision)


# Faults are functions of the handler and the body of the correct response. They return True if they
# have sent a response, or False to send the correct one.

def status(code, headers=None):
    def respond(handler, _body):
        handler.reply(code, b"{}", headers or {})
        return True
    return respond


def disconnect_after(size):
    """Announces the whole body, sends `size` bytes (a fraction if below 1) and closes the connection."""
    def respond(handler, body):
        count = int(len(body) * size) if size < 1 else size
        handler.send_body(body, limit=count)
        handler.close()
        return True
    return respond


def disconnect_anywhere(seed):
    source = random.Random(seed)
    return lambda handler, body: disconnect_after(source.random())(handler, body)


def stall(after, seconds):
    def respond(handler, body):
        handler.send_body(body, limit=after)
        time.sleep(seconds)
        handler.close()
        return True
    return respond


def slow(bytes_per_second):
    def respond(handler, body):
        handler.send_body(body, bytes_per_second=bytes_per_second)
        return True
    return respond


def damaged(handler, body):
    """Changes one byte in the middle."""
    at = len(body) // 2
    handler.send_body(body[:at] + bytes([body[at] ^ 1]) + body[at + 1:])
    return True


def resized(change):
    """Announces and sends `change` bytes more (or less) than in the file list."""
    def respond(handler, body):
        handler.send_body(body + b"x" * change if change > 0 else body[:change])
        return True
    return respond


def endless(handler, body):
    """Sends an endless body without an announced length."""
    handler.start(200, {})
    handler.close_connection = True
    handler.hub.endless_sent = 0
    try:
        handler.wfile.write(body)
        while handler.hub.endless_sent < 1 << 28:
            handler.wfile.write(b"x" * 65536)
            handler.hub.endless_sent += 65536
    except OSError:
        pass
    return True


def no_ranges(handler, body):
    """Ignores the Range header and sends the whole file."""
    handler.reply(200, handler.whole_body)
    return True


def redirect(location):
    def respond(handler, _body):
        handler.reply(302, b"", {"Location": location})
        return True
    return respond


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def start(self, code, headers):
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def reply(self, code, body, headers=None):
        self.start(code, {"Content-Length": str(len(body)), **(headers or {})})
        if self.command != "HEAD":
            self.wfile.write(body)

    def close(self):
        self.close_connection = True
        self.wfile.flush()

    def send_body(self, body, limit=None, bytes_per_second=None):
        """Sends `body` as the rest of the file from the requested offset."""
        headers = {"Content-Length": str(len(body)), "Accept-Ranges": "bytes", **self.file_headers}
        if self.offset:
            last = self.offset + len(body)
            headers["Content-Range"] = f"bytes {self.offset}-{last - 1}/{last}"
        self.start(206 if self.offset else 200, headers)
        if self.command == "HEAD":
            return
        body = body if limit is None else body[:limit]
        step = len(body) if not bytes_per_second else max(1, bytes_per_second // 50)
        for begin in range(0, len(body), max(step, 1)):
            self.wfile.write(body[begin:begin + step])
            if bytes_per_second:
                time.sleep(step / bytes_per_second)

    def send_file(self, content, headers):
        self.file_headers, self.whole_body, self.offset = headers, content, 0
        requested = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range") or "")
        if requested:
            self.offset = int(requested[1])
            if self.offset >= len(content):
                return self.reply(416, b"", {"Content-Range": f"bytes */{len(content)}"})
        body = content[self.offset:]
        if not self.faulty(body):
            speed = self.hub.bytes_per_second
            self.send_body(body, bytes_per_second=speed if len(body) > 1000 else None)

    def faulty(self, body):
        fault = self.hub.next_fault(urllib.parse.unquote(self.path))
        return fault is not None and fault(self, body)

    # Routing.

    def do_HEAD(self):
        self.route()

    def do_GET(self):
        self.route()

    def route(self):
        self.file_headers, self.whole_body, self.offset = {}, b"", 0
        self.hub.record(Request(self.command, self.headers.get("Host"), self.path,
                                self.headers.get("Authorization"), self.headers.get("Range")))
        url = urllib.parse.urlsplit(self.path)
        try:
            if url.path.startswith("/cdn/"):
                return self.send_cdn(url)
            found = re.fullmatch(r"/api/(model|dataset)s/([^/]+/[^/]+|[^/]+)/(revision|tree)/([^/]+)", url.path)
            if found:
                return self.send_api(*found.groups(), urllib.parse.parse_qs(url.query))
            found = re.fullmatch(r"(/datasets)?/([^/]+/[^/]+|[^/]+)/resolve/([^/]+)/(.+)", url.path)
            if found:
                return self.send_resolve(found)
            self.send_error_code(404, "EntryNotFound", "no such page")
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def send_error_code(self, code, error, message):
        self.reply(code, json.dumps({"error": message}).encode(),
                   {"X-Error-Code": error, "X-Error-Message": message, "Content-Type": "application/json"})

    def find(self, kind, name):
        """Returns the repository if the client has access to it; otherwise sends the error."""
        token = self.headers.get("Authorization")
        if token is not None and token != "Bearer " + self.hub.token:
            self.reply(401, b"{}", {"X-Error-Message": "Invalid credentials in Authorization header"})
            return None
        repo = self.hub.repos.get((kind, name))
        if repo is None or (repo.private and token is None):
            self.send_error_code(404 if token else 401, "RepoNotFound", "Repository not found")
            return None
        return repo

    def send_api(self, kind, name, what, revision, query):
        if self.faulty(b""):
            return
        repo = self.find(kind, name)
        if repo is None:
            return
        commit = repo.resolve(urllib.parse.unquote(revision))
        if commit is None:
            return self.send_error_code(404, "RevisionNotFound", "Invalid rev id: " + revision)
        files = repo.commits[commit]
        headers = {"Content-Type": "application/json"}
        if what == "revision":
            info = {"id": name, "sha": commit, "private": repo.private, "gated": repo.gated,
                    "siblings": [{"rfilename": path} for path in files]}
            return self.reply(200, json.dumps(info).encode(), headers)
        entries = repo.entries if repo.entries is not None else tree(files)
        begin = int(query.get("cursor", ["0"])[0])
        size = self.hub.page_size
        if begin + size < len(entries):
            link = f"{self.hub.endpoint}{self.path.split('?')[0]}?recursive=true&cursor={begin + size}"
            headers["Link"] = f'<{link}>; rel="next"'
        self.reply(200, json.dumps(entries[begin:begin + size]).encode(), headers)

    def send_resolve(self, found):
        kind = "dataset" if found[1] else "model"
        repo = self.find(kind, found[2])
        if repo is None:
            return
        if repo.gated and (repo.gated == "closed" or self.headers.get("Authorization") is None):
            code = 403 if self.headers.get("Authorization") else 401
            return self.send_error_code(code, "GatedRepo", "Access to this repository is restricted")
        commit = repo.resolve(urllib.parse.unquote(found[3]))
        if commit is None:
            return self.send_error_code(404, "RevisionNotFound", "Invalid rev id")
        path = urllib.parse.unquote(found[4])
        content = repo.commits[commit].get(path)
        if content is None:
            if self.faulty(b""):
                return
            return self.send_error_code(404, "EntryNotFound", "Entry not found")
        headers = {"X-Repo-Commit": commit, "ETag": f'"{etag_of(content)}"'}
        if not isinstance(content, lfs):
            return self.send_file(content, headers)
        if self.faulty(b""):
            return
        headers.update({"X-Linked-Etag": f'"{etag_of(content)}"', "X-Linked-Size": str(len(content)),
                        "Location": f"{self.hub.cdn}/cdn/{etag_of(content)}?file={urllib.parse.quote(path)}"})
        self.reply(302, b"", headers)

    def send_cdn(self, url):
        # The real store rejects requests with a second kind of authorization.
        if self.headers.get("Authorization") is not None:
            return self.reply(400, b"Only one auth mechanism allowed")
        content = self.hub.large_file(url.path.rpartition("/")[2])
        if content is None:
            return self.reply(403, b"")
        self.send_file(content, {"ETag": '"cdn"', "Content-Type": "application/octet-stream"})


def tree(files):
    """Returns the entries of /api/.../tree/COMMIT?recursive=true."""
    entries = [{"type": "directory", "oid": "0" * 40, "size": 0, "path": folder}
               for folder in sorted({p.rpartition("/")[0] for p in files} - {""})]
    for path, content in sorted(files.items()):
        entry = {"type": "file", "oid": git_id(content), "size": len(content), "path": path}
        if isinstance(content, lfs):
            entry["lfs"] = {"oid": etag_of(content), "size": len(content), "pointerSize": 134}
            entry["oid"] = git_id(b"version https://git-lfs.github.com/spec/v1\noid " + etag_of(content).encode())
        entries.append(entry)
    return entries


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass  # the tests interrupt clients on purpose


class FakeHub:
    def __init__(self, token="hf_secret", page_size=1000, bytes_per_second=None):
        self.token, self.page_size, self.bytes_per_second = token, page_size, bytes_per_second
        self.repos, self.log, self.faults = {}, [], []
        self.endless_sent = 0
        self.lock = threading.Lock()
        handler = type("BoundHandler", (Handler,), {"hub": self})
        self.server = Server(("127.0.0.1", 0), handler)
        port = self.server.server_address[1]
        self.endpoint, self.cdn = f"http://127.0.0.1:{port}", f"http://localhost:{port}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def add(self, name, files, kind="model", **more):
        repo = Repo(kind, name, files, **more)
        self.repos[kind, name] = repo
        return repo

    def fault(self, part, fault, times=1):
        """Applies a fault to the next `times` responses whose unquoted path and query contain `part`."""
        with self.lock:
            self.faults.append([part, fault, times])

    def next_fault(self, path):
        with self.lock:
            for fault in self.faults:
                if fault[0] in path and fault[2] > 0:
                    fault[2] -= 1
                    return fault[1]
        return None

    def record(self, request):
        with self.lock:
            self.log.append(request)

    def clear(self):
        with self.lock:
            self.log.clear()
            self.faults.clear()

    def large_file(self, etag):
        for repo in self.repos.values():
            for files in repo.commits.values():
                for content in files.values():
                    if isinstance(content, lfs) and etag_of(content) == etag:
                        return content
        return None
