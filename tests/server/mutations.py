"""Requests at random over the description of an API: most are wrong somewhere, some are right."""
import base64
import json
import urllib.parse

TEXTS = ["", " ", "0", "-1", "null", "NaN", "inf", "1e400", "0x10", "١", "\0", "\r\nX-Injected: 1", "\u202e", "😀" * 200,
         "e\u0301", "\ufeff", "\ud800", "a" * 20000, "../../../../etc/passwd", "/etc/passwd", "file:///etc/passwd",
         "http://127.0.0.1:1/", "'; DROP TABLE items; --", "%00%ff", "{}", "\"", "like:1", "image:/etc/passwd",
         "in:../.. sort:date", "a*1e999", "-" * 300, "+".join("ab" * 150), "near:91,181,-1km", "date:9999999999-99-99",
         "(" * 500, "size:>99999999999999999999gb", "name:" + "*" * 200, "box:1,2,3", "\"unclosed", "<script>alert(1)</script>"]
VALUES = [None, True, False, 0, -1, 2**31, 2**63, -2**63, 2**64, 10**400, 0.1, -0.0, 1e308, float("nan"), float("inf"),
          [], {}, [[]], [None], {"": ""}, {"$ref": "#"}]
METHODS = ["GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS", "TRACE", "CONNECT", "get", "G" * 2000, "PROPFIND"]
HEADERS = [("Content-Type", "application/json; charset=utf-16"), ("Content-Type", ""), ("Content-Type", "multipart/form-data"),
           ("Content-Type", "multipart/form-data; boundary=" + "b" * 100), ("Content-Encoding", "gzip"), ("Accept", "\x7f"),
           ("Range", "bytes=0-1,5-,-9999999999999999999"), ("If-None-Match", '"' * 5000), ("Expect", "100-continue"),
           ("Authorization", "Bearer " + "é" * 100), ("Cookie", ";=;" * 1000), ("Origin", "null"), ("Upgrade", "h2c"),
           ("Connection", "close, keep-alive, x"), ("X-Forwarded-For", "' or 1=1"), ("X-Sightline", "0"), ("TE", "trailers"),
           ("X-Long", "v" * 20000), ("Transfer-Encoding", "identity"), ("Accept-Language", "\x01\x02"), ("Host", "")]


class Mutator:
    """Makes requests: (method, target in bytes, headers, body)."""

    def __init__(self, description, random):
        self.description, self.random = description, random
        self.operations = [(method.upper(), path, operation) for path, operations in description["paths"].items()
                           for method, operation in operations.items()]

    def resolve(self, part):
        while "$ref" in part:
            target = self.description
            for name in part["$ref"].removeprefix("#/").split("/"):
                target = target[name]
            part = target
        return part

    def wrong(self, depth=0):
        """Returns a JSON value that fits nowhere or everywhere."""
        kind = self.random.randrange(10)
        if kind < 4:
            return self.random.choice(TEXTS)
        if kind < 8:
            return self.random.choice(VALUES)
        if depth < 3:
            return {str(self.wrong(3)): self.wrong(depth + 1) for _ in range(self.random.randrange(3))}
        return [self.random.choice(TEXTS)] * self.random.choice([1, 3, 3000])

    def right(self, schema, name=""):
        """Returns a value that meets a schema, mostly."""
        schema = self.resolve(schema)
        for key in ("oneOf", "anyOf", "allOf"):
            if key in schema and "properties" not in schema:
                return self.right(self.random.choice(schema[key]), name)
        if "enum" in schema or "const" in schema:
            return self.random.choice(schema.get("enum") or [schema["const"]])
        kind = schema.get("type", "string")
        kind = self.random.choice(kind) if isinstance(kind, list) else kind
        if kind == "object":
            members = schema.get("properties", {})
            return {key: self.right(part, key) for key, part in members.items()
                    if key in schema.get("required", []) or self.random.random() < 0.4}
        if kind == "array":
            return [self.right(schema.get("items", {}), name) for _ in range(self.random.randrange(1, 4))]
        if kind in ("integer", "number"):
            low, high = schema.get("minimum", 0), schema.get("maximum", 100)
            value = self.random.choice([low, high, self.random.uniform(low, high)])
            return int(value) if kind == "integer" else value
        if kind == "boolean":
            return self.random.random() < 0.5
        if kind == "null":
            return None
        if name in ("data", "image"):
            return base64.b64encode(self.random.randbytes(30)).decode()
        if name in ("id", "relevant", "irrelevant"):
            return str(self.random.randrange(1, 40))
        return self.random.choice(["red", "a beach -people", "like:3", "in:2019", "drawing*2 sort:date"])

    def broken(self, value):
        """Replaces, removes or adds a part of a JSON value."""
        if self.random.random() < 0.3 or not value or not isinstance(value, (dict, list)):
            return self.wrong()
        if isinstance(value, list):
            at = self.random.randrange(len(value))
            return value[:at] + [self.broken(value[at])] + value[at + 1:]
        key = self.random.choice(sorted(value))
        kind = self.random.randrange(4)
        if kind == 0:
            return {name: part for name, part in value.items() if name != key}
        if kind == 1:
            return value | {str(self.wrong(3)): self.wrong()}
        return value | {key: self.broken(value[key])}

    def damaged(self, data):
        """Changes bytes: cuts, inserts, flips or repeats."""
        kind = self.random.randrange(5)
        at = self.random.randrange(len(data) + 1)
        if kind == 0:
            return data[:at]
        if kind == 1:
            return data[:at] + self.random.randbytes(self.random.randrange(1, 50)) + data[at:]
        if kind == 2 and data:
            at = min(at, len(data) - 1)
            return data[:at] + bytes([data[at] ^ 1 << self.random.randrange(8)]) + data[at + 1:]
        if kind == 3:
            return data + data[at:]
        return data

    def json_text(self, value):
        text = json.dumps(value, ensure_ascii=self.random.random() < 0.5).encode("utf-8", "surrogatepass")
        kind = self.random.randrange(12)
        if kind == 0:
            return self.random.choice([b"[", b'{"a":', b"[{}," ]) * 30000
        if kind == 1:
            return text[:-1] + b"," + text[1:]  # members twice
        if kind == 2:
            return b"\xef\xbb\xbf" + text
        return self.damaged(text) if kind == 3 else text

    def form(self, schema):
        boundary = b"bound-%d" % self.random.randrange(10)
        out = b""
        for name, value in (self.right(schema) | ({"k": self.wrong()} if self.random.random() < 0.3 else {})).items():
            for one in value if isinstance(value, list) else [value]:
                data = str(one).encode("utf-8", "surrogatepass")
                extra = self.random.choice([b"", b'; filename="a.png"', b'; filename="../../x"', b"; filename*=utf-8''x",
                                            b'; name="q"', b'; filename="\xff"'])
                head = self.random.choice([b"", b"Content-Type: image/png\r\n", b"Content-Transfer-Encoding: base64\r\n",
                                           b"X: " + b"y" * 9000 + b"\r\n", b"broken\r\n"] + [b""] * 10)
                out += b"--" + boundary + b'\r\nContent-Disposition: form-data; name="' + name.encode() + b'"' + extra
                out += b"\r\n" + head + b"\r\n" + data + b"\r\n"
        return "multipart/form-data; boundary=" + boundary.decode(), out + b"--" + boundary + b"--\r\n"

    def body(self, operation):
        """Returns a content type and a body."""
        content = self.resolve(operation["requestBody"])["content"]
        kind = self.random.choice(sorted(content))
        schema = self.resolve(content[kind].get("schema", {}))
        if kind.startswith("multipart"):
            kind, data = self.form(schema)
        elif kind.endswith("json"):
            value = self.right(schema)
            data = self.json_text(self.broken(value) if self.random.random() < 0.7 else value)
        else:
            data = self.random.choice([b"", b"red 0 5 1\n", b"red 0 5 x\n", b"a b\n" * 1000, self.random.randbytes(100)])
        if self.random.random() < 0.15:
            data = self.damaged(data)
        return kind, data

    def target(self, path, operation):
        parts, parameters = path, []
        for parameter in map(self.resolve, operation.get("parameters", [])):
            value = self.right(parameter["schema"], parameter["name"])
            if self.random.random() < 0.4:
                value = self.random.choice(TEXTS)
            value = value if isinstance(value, str) else json.dumps(value)
            encoded = urllib.parse.quote(value.encode("utf-8", "surrogatepass"), safe="")
            if parameter["in"] == "path":
                parts = parts.replace("{" + parameter["name"] + "}", encoded)
            elif parameter["in"] == "query" and (parameter.get("required") or self.random.random() < 0.5):
                parameters.append(parameter["name"] + "=" + encoded)
        if self.random.random() < 0.1:
            parameters.append(urllib.parse.quote(self.random.choice(TEXTS).encode("utf-8", "surrogatepass")) + "=1")
        target = (parts + ("?" + "&".join(parameters) if parameters else "")).encode()
        if self.random.random() < 0.05:
            target = self.random.choice([b"/" + self.random.randbytes(20), target + b"%", target + b"\xff", b"/.." + target,
                                         target.replace(b"/", b"//"), target.upper(), b"http://evil.example" + target, b"*"])
        return target

    def request(self):
        method, path, operation = self.random.choice(self.operations)
        headers, data = [], b""
        target = self.target(path, operation)
        if "requestBody" in operation:
            kind, data = self.body(operation)
            headers.append(("Content-Type", kind))
        if self.random.random() < 0.05:
            method = self.random.choice(METHODS)
        if self.random.random() < 0.2:
            name, value = self.random.choice(HEADERS)
            headers = [one for one in headers if one[0] != name] + [(name, value)]
        return method, target, headers, data
