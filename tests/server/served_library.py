"""A library of generated images, servers of it, and a client that checks each answer against /openapi.json."""
import atexit
import http.client
import json
import os
import pathlib
import random
import re
import select
import shutil
import signal
import subprocess
import tempfile
import urllib.parse

import json_schema
import sample_images

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ.get("SIGHTLINE", ROOT / "build" / "sightline"))
MODEL = ROOT / "models" / "emoji-vit-8"
OTHER_STATUSES = {405, 408, 411, 413, 415, 421, 431, 501}  # which any operation may have


def environment(folder):
    kept = {key: value for key, value in os.environ.items() if not key.startswith("SIGHTLINE_")}
    return {**kept, "XDG_CACHE_HOME": str(folder / "cache"), "XDG_DATA_HOME": str(folder / "data")}


class Library:
    """Images in a temporary folder, and a library of them. `images`: how many, except for some special ones."""

    def __init__(self, images=280):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sightline-server-"))
        atexit.register(shutil.rmtree, self.folder, True)
        self.random = random.Random(1)
        self.pictures, self.captioned = self.folder / "Pictures", self.folder / "Captioned"
        self.path = self.folder / "library"
        self._write_pictures(images)
        self._write_captioned(20)
        self.index("--model", MODEL, self.pictures)
        self.index("--dataset", self.captioned)

    def _squares(self, *sizes):
        return sample_images.squares(self.random, *sizes)

    def _write_pictures(self, images):
        for year in ("2019", "2020", "scans"):
            (self.pictures / year).mkdir(parents=True)
        cameras = ["Canon EOS 5D", "NIKON D750", "Apple iPhone 12"]
        for i in range(images // 2):
            about = sample_images.exif(f"2019:{i % 12 + 1:02}:07 12:30:05", cameras[i % 3],
                                       (52.5 - i % 5, 13.4 + i % 7) if i % 2 else None)
            (self.pictures / "2019" / f"IMG_{i:04}.jpg").write_bytes(sample_images.jpeg(self._squares(), about))
        for i in range(images - images // 2):
            (self.pictures / "2020" / f"image {i}.png").write_bytes(sample_images.png(self._squares()))
        self.large = self.pictures / "large.jpg"  # 400 x 800 pixels, turned by its EXIF data
        self.large.write_bytes(sample_images.jpeg(self._squares(50, 100), sample_images.exif(orientation=6)))
        self.tiff = self.pictures / "scans" / "scan.tif"
        self.tiff.write_bytes(sample_images.tiff(self._squares()))
        shutil.copy(self.pictures / "2020" / "image 0.png", self.pictures / "scans" / "copy.png")
        (self.pictures / "broken.png").write_bytes(sample_images.png(self._squares())[:60])

    def _write_captioned(self, rows):
        self.captioned.mkdir()
        lines = []
        for i in range(rows):
            (self.captioned / f"{i}.png").write_bytes(sample_images.png(self._squares()))
            lines.append(json.dumps({"file_name": f"{i}.png", "text": f"drawing number {i}", "group": "ab"[i % 2]}))
        (self.captioned / "metadata.jsonl").write_text("\n".join(lines) + "\n")

    def add_image(self, name):
        """Writes a new image, which is not indexed yet. Returns its path."""
        path = self.pictures / name
        path.write_bytes(sample_images.png(self._squares()))
        return path

    def start(self, *arguments):
        """Starts the program; returns the process."""
        return subprocess.Popen([PROGRAM, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, env=environment(self.folder))

    def run(self, *arguments, codes=(0,)):
        """Runs the program; returns its output."""
        process = self.start(*arguments)
        out, err = process.communicate(timeout=300)
        if process.returncode not in codes:
            raise AssertionError(f"{arguments[0]}: exit code {process.returncode}: {err}")
        return out

    def index(self, *arguments):
        return self.run("index", "--library", self.path, *arguments, codes=(0, 3))

    def search(self, *arguments):
        """Returns the JSON of `sightline search`."""
        return json.loads(self.run("search", "--json", "--library", self.path, *arguments))

    def shown_path(self, hit):
        """Returns the path that the server shows for a hit of `sightline search`."""
        if "dataset" in hit:
            return f"{hit['dataset']}/{hit['id']}"
        return str(pathlib.Path(hit["id"]).relative_to(self.folder))


class Server:
    """A running `sightline serve`. A context manager; `stop` may be called before its end."""

    def __init__(self, library, *flags, port=0, variables=None):
        self.library = library
        self.log = library.folder / f"server-{os.urandom(4).hex()}.log"
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [PROGRAM, "serve", "--library", library.path, "--port", str(port), "--json", *map(str, flags)],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
                env=environment(library.folder) | (variables or {}))
        line = b""
        if select.select([self.process.stdout], [], [], 60)[0]:
            line = self.process.stdout.readline()
        if not line:
            self.process.kill()
            self.process.wait()
            self.process.stdout.close()
            raise AssertionError(f"the server did not start: {self.log.read_text()}")
        self.port = json.loads(line)["port"]
        self.host = f"127.0.0.1:{self.port}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def stop(self, seconds=30):
        """Asks it to end; returns its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)

    def memory_kb(self):
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", text)[1])


class Answer:
    def __init__(self, response):
        self.status, self.body = response.status, response.read()
        self.all_headers = response.getheaders()

    def header(self, name):
        return next((value for key, value in self.all_headers if key.lower() == name.lower()), None)

    @property
    def type(self):
        return (self.header("Content-Type") or "").split(";")[0]

    def json(self):
        return json.loads(self.body)

    @property
    def detail(self):
        return self.json()["detail"]


def is_sentence(text):
    """Whether a problem's detail says something to people."""
    return len(text) >= 10 and " " in text and "\n" not in text and "�" not in text


class Client:
    """Sends requests, and checks each answer: described, complete, protected, and without machine paths."""

    def __init__(self, server, token=None, shows_paths=False):
        self.server, self.token, self.shows_paths = server, token, shows_paths
        self.covered = {}  # (method, path of the description) -> statuses
        self.description = {"paths": {}}
        self.description = self.request("GET", "/openapi.json").json()
        self.schemas = json_schema.Schemas(self.description)
        self.patterns = [(re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path)) + r"\Z"), path)
                         for path in self.description["paths"]]

    def request(self, method, path, body=None, *, json_body=None, headers=None, status=None, **parameters):
        """Returns the answer, whose status must be `status`, by default one of success."""
        headers = dict(headers or {})
        if json_body is not None:
            body = json.dumps(json_body)
            headers.setdefault("Content-Type", "application/json")
        if self.token:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        target = urllib.parse.quote(path, safe="/?=&%")
        if parameters:
            target += "?" + urllib.parse.urlencode(parameters, doseq=True)
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        try:
            connection.request(method, target, body, headers)
            answer = Answer(connection.getresponse())
        finally:
            connection.close()
        about = f"{method} {target[:200]}: status {answer.status}, {answer.body[:300]!r}"
        if answer.status != status if status else answer.status >= 400:
            raise AssertionError(f"{about}; expected {status or 'success'}")
        self.check(method, path, answer, about)
        return answer

    def get(self, path, **parameters):
        return self.request("GET", path, **parameters).json()

    def refused(self, method, path, status, words, body=None, **rest):
        """Expects a problem whose detail has these words. Returns the answer."""
        answer = self.request(method, path, body, status=status, **rest)
        if words not in answer.detail:
            raise AssertionError(f"{method} {path}: the detail is {answer.detail!r}; expected {words!r} in it")
        return answer

    def operation(self, method, path):
        """Returns the path of the description, and the operation; None where nothing is described."""
        name = "GET" if method == "HEAD" else method
        for pattern, described in self.patterns:
            if pattern.match(path.split("?")[0]) and name.lower() in self.description["paths"][described]:
                return described, self.description["paths"][described][name.lower()]
        return None, None

    def check(self, method, path, answer, about):
        self._check_headers(answer, about, "sandbox" if path.startswith("/reports/") else "default-src 'none'")
        if not self.shows_paths:
            secret = str(self.server.library.folder).encode()
            everything = answer.body + repr(answer.all_headers).encode()
            if secret in everything:
                raise AssertionError(f"{about}: the answer contains the path {secret.decode()}")
        if answer.status >= 400 and method != "HEAD":
            self._check_problem(answer, about)
        if not self.description["paths"]:
            return
        described, operation = self.operation(method, path)
        if operation is None:
            if answer.status < 400 and path.startswith("/v1/") and method != "OPTIONS":
                raise AssertionError(f"{about}: the description lacks this operation")
            return
        self.covered.setdefault((method, described), set()).add(answer.status)
        responses = operation["responses"]
        if str(answer.status) in responses:
            self._check_content(method, self.schemas.resolve(responses[str(answer.status)]), answer, about)
        elif answer.status not in OTHER_STATUSES:
            raise AssertionError(f"{about}: this status is not described")

    def _check_headers(self, answer, about, wanted_policy):
        wanted = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
        wrong = [name for name, value in wanted.items() if answer.header(name) != value]
        policy = answer.header("Content-Security-Policy") or ""
        if (wanted_policy not in policy and "default-src 'none'" not in policy) or "unsafe" in policy:
            wrong.append("Content-Security-Policy")
        if wrong:
            raise AssertionError(f"{about}: wrong headers {wrong} in {answer.all_headers}")

    def _check_problem(self, answer, about):
        document = answer.json() if answer.type == "application/problem+json" else {}
        if document.get("status") != answer.status or not is_sentence(document.get("detail", "")):
            raise AssertionError(f"{about}: not a problem document with a sentence ({answer.type})")

    def _check_content(self, method, response, answer, about):
        content = response.get("content", {})
        if not content or method == "HEAD":
            if answer.body:
                raise AssertionError(f"{about}: a body where none is described")
            return
        if answer.type not in content:
            raise AssertionError(f"{about}: the type {answer.type} is not described")
        schema = content[answer.type].get("schema")
        if schema and answer.type.endswith("json"):
            found = self.schemas.problem(answer.json(), schema)
            if found:
                raise AssertionError(f"{about}: {found}")


def form(parts, boundary="sightline-boundary"):
    """Returns the content type and the body of a form. `parts`: (name, file name or None, bytes or text)."""
    out = b""
    for name, filename, data in parts:
        file = f'; filename="{filename}"' if filename else ""
        out += f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'.encode()
        out += (data.encode() if isinstance(data, str) else data) + b"\r\n"
    return {"Content-Type": f"multipart/form-data; boundary={boundary}"}, out + f"--{boundary}--\r\n".encode()
