"""The routes of the mock: the API of `sightline serve` with made-up answers."""
import json
import math
import re
import struct
import time
import urllib.parse
import zlib

import language
import library
import scenes
import search

MODELS = [{"name": "emoji-words", "fingerprint": "3f6a", "dim": 384, "precision": "fp32", "active": True, "loaded": True},
          {"name": "emoji-vit-8", "fingerprint": "91bc", "dim": 512, "precision": "bf16", "active": False, "loaded": True}]
QUERIES = ["a dog on the lawn", "snow", "city at night", "red car", "flowers in spring"]


class Problem(Exception):
    def __init__(self, status, title, detail, **extra):
        super().__init__(detail)
        self.status, self.document = status, {"type": "about:blank", "title": title, "status": status, "detail": detail, **extra}


class Text(str):
    """A plain text as an answer."""


class Api:
    """The state of one mock server. `states` switches what it shows; server.py lists them."""

    def __init__(self):
        self.reset(set())

    def reset(self, states):
        self.states = states
        self.judgements = {}
        self.queries = [] if "nojudge" in states else list(QUERIES)
        self.active, self.signed_in = (None if "nojudge" in states else 3), "token" not in states
        self.started = time.monotonic() - 20 if "running" in states else None
        self.log = []
        if "nojudge" not in states:
            for n in range(12):
                self.judgements[("a dog on the lawn", str(n * 3))] = "relevant" if n % 3 else "irrelevant"

    @property
    def count(self):
        return 0 if "empty" in self.states else 100_000 if "huge" in self.states else 30 if "few" in self.states else 3655

    def handle(self, method, path, query, body):
        """Returns the answer of a /v1 route: an object, a Text, or None for 204."""
        if "slow" in self.states and path.startswith("/v1/search"):
            time.sleep(4)
        if "latepages" in self.states and path == "/v1/search" and int(query.get("offset", 0)) > 0:
            time.sleep(0.5)
        if path == "/v1/session":
            return self.session(method, body)
        if not self.signed_in:
            raise Problem(401, "Unauthorized", "This server requires a token.")
        if "error" in self.states:
            raise Problem(500, "Internal error", "The server could not answer; its log says why.")
        if "busy" in self.states and path == "/v1/search":
            raise Problem(503, "Too busy", "The queue of searches is full.")
        route = re.sub(r"/(items|images)/[^/]+", r"/\1/ID", path)
        name = method.lower() + re.sub(r"\W+", "_", route[3:]).rstrip("_")
        handler = getattr(self, name, None)
        if handler is None:
            raise Problem(404, "Not found", f"There is no {method} {path}.")
        match = re.search(r"/(?:items|images)/([^/]+)", path)
        return handler(query, body, match[1]) if match else handler(query, body)

    def session(self, method, body):
        if method == "POST":
            if body != "secret":
                raise Problem(401, "Unauthorized", "The token is wrong.")
            self.signed_in = True
        elif method == "DELETE":
            self.signed_in = False
        else:
            return {"token_required": "token" in self.states, "signed_in": self.signed_in, "show_paths": False, "writable": "readonly" not in self.states,
                    "version": "mock"}
        return None

    def hit(self, similarity, number, rank, judged, text):
        item = library.item(number)
        hit = {key: item[key] for key in ("id", "name", "path", "captions", "width", "height") if item[key] is not None}
        hit.update(rank=rank, similarity=None if similarity is None else round(similarity, 4))
        if item["date"]:
            hit["date"] = item["date"]
        if judged:
            hit["q"] = round(search.q_value(rank, judged), 4)
            hit["p"] = hit["q"] / 10
        value = self.judgements.get((text, item["id"]))
        if value:
            hit["judgement"] = value
        return hit

    def answer(self, text, query, images=(), boost=(), terms=None):
        k, offset = int(query.get("k", 50)), int(query.get("offset", 0))
        if "flaky" in self.states and offset >= 200:
            raise Problem(500, "Internal error", "The server could not answer; its log says why.")
        group = str(query.get("group", "0")).lower() in ("1", "true")
        try:
            parsed, filters, scored, matching = search.ranking(text, tuple(images), self.count, group, frozenset(boost))
        except language.QueryError as error:
            raise Problem(400, "Invalid query", str(error), column=error.column) from error
        if query.get("model") == "emoji-vit-8":
            scored = sorted(scored, key=lambda pair: -(pair[0] + 0.05 * search.noise(pair[1], 991)))
        judged = search.significance(parsed, scored, self.count) if query.get("judge") else None
        hits = []
        for at, (similarity, number) in enumerate(scored[offset:offset + k]):
            hit = self.hit(similarity if parsed else None, number, offset + at + 1, judged, text)
            copies = library.duplicates(number, self.count) if group else []
            if copies:
                hit["duplicates"] = [{"similarity": 0.97, **{key: library.item(n)[key] for key in ("id", "name", "path")},
                                      "width": hit["width"], "height": hit["height"]} for n in copies]
            hits.append(hit)
        sort = next((value for key, value, _ in filters if key == "sort"), None)
        result = {"query": {"text": text, "terms": parsed, "filter": [{"field": f[0], "texts": [f[1]]} for f in filters]},
                  "model": {"name": query.get("model") or "emoji-words", "fingerprint": "3f6a"}, "images": self.count,
                  "matching": matching, "k": k, "offset": offset, "hits": hits, "correction": self.active,
                  "timing_ms": {"wait": 0.1, "encode": 2.1, "search": 0.9, "total": 3.3}, "warnings": []}
        if sort:
            result["query"]["sort"] = sort
        if judged:
            result["significance"] = judged
        if "warning" in self.states:
            result["warnings"].append("The text is longer than the model's context and was read in 2 parts.")
        return result

    def get_search(self, query, _):
        if not query.get("q", "").strip():
            raise Problem(400, "Invalid query", "Expected words or a filter to search for, found the end of the query.", column=1)
        return self.answer(query["q"].strip(), query)

    def post_search(self, _, body):
        if body.get("images"):
            return self.answer(body.get("q", ""), body, images=body["images"])
        if "query" in body:
            self.log.append(body)
            words = [f'{"-" if t.get("weight", 1) < 0 else ""}"{t["text"]}"' for t in body["query"]["terms"] if "text" in t]
            names = [t["image"] for t in body["query"]["terms"] if "data" in t]
            return self.answer(" ".join(words), body, images=names)
        feedback = body.get("feedback", {})
        self.log.append(body)
        return self.answer(body["q"], body, boost=[int(i) for i in feedback.get("relevant", [])])

    def known(self, identifier):
        if not identifier.isdigit() or int(identifier) >= self.count:
            raise Problem(404, "Not found", f"There is no image {identifier}.")
        return int(identifier)

    def get_items_ID(self, query, _, identifier):
        number = self.known(identifier)
        item = {key: value for key, value in library.item(number).items() if value not in (None, [], "") and key != "theme"}
        item["fields"] = {"artist": "somebody"}
        if number % 9 == 0:
            item["copies"] = [f"Pictures/backup/{item['name']}"]
        if query.get("q"):
            terms, _ = language.parse(query["q"])
            item["terms"] = [{**{k: v for k, v in t.items() if k != "type"}, "similarity": round(search.similarity_to_term(number, t), 4)}
                             for t in terms]
            if terms:
                item["similarity"] = item["terms"][0]["similarity"]
        return item

    def get_items_ID_explanation(self, query, _, identifier):
        number = self.known(identifier)
        if "noexplanation" in self.states:
            raise Problem(503, "Too busy", "The server is busy; try again soon.")
        if "slowexplanation" in self.states:
            time.sleep(4)
        item = library.item(number)
        terms, _ = language.parse(query["q"])
        words = [{"term": at, "word": word, "contribution": round(t["weight"] * (0.14 - 0.17 * (n % 3 / 2)), 4)}
                 for at, t in enumerate(terms) for n, word in enumerate(t.get("text", "").split())]
        width, height = item["width"], item["height"]
        side = min(width, height)
        seen = {"left": (width - side) / 2, "top": (height - side) / 2, "width": side, "height": side}
        values = [round(0.2 * math.exp(-((x - 5) ** 2 + (y - 3) ** 2) / 6) - 0.02, 4) for y in range(8) for x in range(8)]
        captions = list(dict.fromkeys(item["captions"] + library.CAPTIONS[item["theme"]]))
        return {"id": identifier, "query": query["q"], "model": {"name": "emoji-words", "fingerprint": "3f6a"}, "similarity": 0.3127,
                "words": words, "parts": [2 if "warning" in self.states else 1 for _ in terms], "width": width, "height": height,
                "seen": seen, "cut_share": 1 - side * side / (width * height),
                "heat": {"rows": 8, "columns": 8, "values": values, "input": seen}, "encodings": 101,
                "captions": [{"text": text, "similarity": round(0.34 - 0.02 * n, 4), "own": text in item["captions"]} for n, text in enumerate(captions)],
                "captions_compared": 24}

    def explanation_map(self, identifier, query):
        """The heat map as a PNG: transparent outside the square that was seen."""
        explained = self.get_items_ID_explanation(query, None, identifier)
        scale = 320 / max(explained["width"], explained["height"])
        width, height = round(explained["width"] * scale), round(explained["height"] * scale)
        seen, values = explained["seen"], explained["heat"]["values"]
        low, high = min(values), max(values)
        rows = b""
        for y in range(height):
            rows += b"\0"
            for x in range(width):
                column, row = ((x + 0.5) / scale - seen["left"]) / seen["width"] * 8, ((y + 0.5) / scale - seen["top"]) / seen["height"] * 8
                inside = 0 <= column < 8 and 0 <= row < 8
                share = (values[int(row) * 8 + int(column)] - low) / (high - low) if inside else 0
                rows += bytes((round(68 + 185 * share), round(1 + 230 * share), round(84 - 47 * share), 255 if inside else 0))

        def chunk(name, data):
            return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

        return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)) +
                chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))

    def get_items_ID_similar(self, query, _, identifier):
        self.known(identifier)
        if query.get("include_self", "0") in ("1", "true", ""):
            return self.answer(f"like:{identifier}", query)
        k = int(query.get("k", 50))
        answer = self.answer(f"like:{identifier}", {**query, "k": k + 1})
        answer["hits"] = [hit for hit in answer["hits"] if hit["id"] != identifier][:k]
        return answer

    def image(self, identifier, size):
        """An SVG document, which browsers show as an image."""
        item = library.item(self.known(identifier))
        scale = 1 if size is None else min(1, size / max(item["width"], item["height"]))
        return scenes.scene(library.look(int(identifier)), item["theme"], round(item["width"] * scale), round(item["height"] * scale))

    def get_suggest(self, query, _):
        word = query.get("q", "").split()[-1].lower()
        found = [{"insert": f'camera:"{c}"', "label": c, "kind": "camera", "count": 585} for c in library.CAMERAS if word in c.lower()]
        found += [{"insert": f"tag:{t}", "label": t, "kind": "tag", "count": 420} for t in library.TAGS if t.startswith(word)]
        found += [{"insert": f"in:{y}/", "label": str(y), "kind": "folder", "count": 244} for y in range(2009, 2024) if str(y).startswith(word)]
        found += [{"insert": f"{k}:", "label": f"{k}:", "kind": "key"} for k in language.KEYS if k.startswith(word)]
        return {"suggestions": found[:int(query.get("k", 10))]}

    def matching(self, query):
        _, filters = language.parse(query.get("q", ""))
        return [item for item in map(library.item, range(min(self.count, 20000)))
                if all(language.holds(item, key, value) != negated for key, value, negated in filters)]

    def get_facets(self, query, _):
        items = self.matching(query)

        def top(values):
            counts = {}
            for value in values:
                if value is not None:
                    counts[value] = counts.get(value, 0) + 1
            return [{"value": str(v), "count": c} for v, c in sorted(counts.items(), key=lambda pair: -pair[1])[:50]]

        if "nometa" in self.states:
            items = []
        dates = sorted(i["date"] for i in items if i["date"])
        return {"matching": len(items), "cameras": top(i["camera"] for i in items), "lenses": top(i["lens"] for i in items),
                "tags": top(t for i in items for t in i["tags"]), "folders": top(i["path"].split("/")[1] for i in items),
                "datasets": [], "ratings": top(i["rating"] for i in items),
                "dates": {"from": dates[0], "to": dates[-1]} if dates else {}}

    def get_timeline(self, query, _):
        months, undated = {}, 0
        for item in self.matching(query) if "nometa" not in self.states else []:
            if item["date"]:
                months[item["date"][:7]] = months.get(item["date"][:7], 0) + 1
            else:
                undated += 1
        return {"months": [{"month": m, "count": c} for m, c in sorted(months.items())], "undated": undated}

    def get_places(self, query, _):
        cells, without = {}, 0
        for item in self.matching(query) if "nometa" not in self.states else []:
            if item["location"]:
                key = (item["location"]["latitude"], item["location"]["longitude"])
                cells.setdefault(key, [0, item["id"]])[0] += 1
            else:
                without += 1
        return {"cells": [{"latitude": a, "longitude": b, "count": c, "id": i} for (a, b), (c, i) in cells.items()], "without": without}

    def get_models(self, *_):
        return {"models": [{**m, "images": self.count} for m in MODELS]}

    def get_index(self, *_):
        status = {"images": self.count, "files": self.count + 12, "rows": 0, "captions": self.count, "failures": self.failed,
                  "running": False, "watching": "watching" in self.states,
                  "writer": "sightline index --watch" if "writer" in self.states else None, "last": None}
        if status["watching"]:
            return {**status, "running": True, "progress": {"stage": "watching", "done": 0, "rate": 0}}
        if self.started is not None:
            done = min(2000, int((time.monotonic() - self.started) * 40))
            status.update(running=done < 2000)
            status["progress"] = {"done": done, "total": 2000, "failed": 1, "rate": 40.0, "seconds_left": (2000 - done) / 40}
        return status

    def post_index(self, *_):
        if "writer" in self.states:
            raise Problem(409, "Conflict", "Another process writes this library.")
        self.started = time.monotonic()

    def delete_index(self, *_):
        self.started = None

    @property
    def failed(self):
        return 0 if "empty" in self.states else 120 if "failures" in self.states else 3

    def get_failures(self, query, _):
        k, offset = int(query.get("k", 50)), int(query.get("offset", 0))
        reasons = ["the JPEG data end after 1,204 of 80,000 bytes", "expected an image, found a text", "1.2 gigapixels; at most 0.5 are decoded"]
        rows = [{"path": f"Pictures/2014/broken/IMG_{n:05}.jpg", "reason": reasons[n % 3], "attempts": 1, "failed": 1698919920, "retry": 0 if n else 1767225600}
                for n in range(self.failed)]
        return {"total": self.failed, "failures": rows[offset:offset + k]}

    def post_feedback(self, _, body):
        if "full" in self.states:
            raise Problem(409, "Conflict", "The disk is full.")
        if "latejudgements" in self.states and body["judgement"] != "none":
            time.sleep(0.5)
        self.log.append(body)
        key = (body["query"], body["id"])
        if body["judgement"] == "none":
            self.judgements.pop(key, None)
        else:
            self.judgements[key] = body["judgement"]
        return {"query": body["query"], "id": body["id"], "judgement": body["judgement"]}

    def get_feedback(self, query, _):
        return {"judgements": [{"query": q, "id": i, "judgement": j, "grade": int(j == "relevant"), "time": "2026-01-01T00:00:00Z"}
                               for (q, i), j in self.judgements.items() if q == query.get("query", q)]}

    def get_feedback_summary(self, *_):
        values = list(self.judgements.values())
        return {"judgements": len(values), "relevant": values.count("relevant"), "irrelevant": values.count("irrelevant"),
                "queries": len({q for q, _ in self.judgements})}

    def get_feedback_qrels(self, *_):
        return Text("".join(f"{q.replace(' ', '_')} 0 {i} {int(j == 'relevant')}\n" for (q, i), j in self.judgements.items()))

    def post_feedback_qrels(self, _, body):
        return {"added": len(body.splitlines()), "unknown": 1}

    def get_corrections(self, *_):
        figures = {"created": "2026-01-12T09:30:00Z", "model": "emoji-words", "judgements": 120, "queries": 30, "before": 0.61}
        versions = [{**figures, "version": 3, "after": 0.68, "difference": 0.07, "interval": [0.02, 0.12], "p": 0.004, "accepted": True},
                    {**figures, "version": 2, "after": 0.6, "difference": -0.01, "interval": [-0.06, 0.03], "p": 0.62, "accepted": False},
                    {**figures, "version": 1, "after": 0.65, "difference": 0.04, "interval": [0.01, 0.08], "p": 0.02, "accepted": True}]
        return {"enabled": "nocorrections" not in self.states, "active": self.active, "versions": [] if "nojudge" in self.states else versions}

    def post_corrections(self, *_):
        return {"accepted": False, "reason": "held-out judgements did not improve", "version": None, "before": 0.61, "after": 0.612,
                "difference": 0.002, "interval": [-0.02, 0.02], "p": 0.41}

    def put_corrections_active(self, _, body):
        self.active = body["version"]

    def get_judging_queries(self, *_):
        judged = [q for q, _ in self.judgements]
        return {"queries": [{"query": q, "judged": judged.count(q)} for q in self.queries]}

    def put_judging_queries(self, _, body):
        self.queries = body["queries"]

    def get_judging_pool(self, query, _):
        items = []
        for n in range(0, 111, 3):
            item = {key: library.item(n)[key] for key in ("id", "name", "path", "captions", "width", "height")}
            if (query["query"], item["id"]) in self.judgements:
                item["judgement"] = self.judgements[(query["query"], item["id"])]
            items.append(item)
        return {"query": query["query"], "items": items if self.count else []}

    def get_evaluation(self, *_):
        if "nojudge" in self.states:
            return {"queries": 0, "metrics": [], "history": [], "models": []}
        history = [{"name": "judged P@10", "day": f"2026-01-{day:02}", "queries": day, "value": 0.5 + day / 150, "interval": [0.38 + day / 140, 0.66 + day / 160]}
                   for day in range(3, 31, 3)]
        return {"queries": 30, "history": history,
                "metrics": [{"name": "P@10", "value": 0.68, "interval": [0.6, 0.75]}, {"name": "nDCG@10", "value": 0.72, "interval": [0.65, 0.79]},
                            {"name": "R-precision", "value": 0.55, "interval": [0.46, 0.63]}],
                "models": [{"name": "emoji-words", "active": True, "metrics": [{"name": "P@10", "value": 0.68, "interval": [0.6, 0.75]}]},
                           {"name": "emoji-vit-8", "active": False, "metrics": [{"name": "P@10", "value": 0.49, "interval": [0.4, 0.57]}]}]}

    def get_reports(self, *_):
        return {"reports": [] if "nojudge" in self.states else [{"name": "emoji", "title": "Emoji, test split", "path": "/reports/emoji/"}]}


def to_json(value):
    return json.dumps(value, ensure_ascii=False).encode()


def parameters(query):
    return dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
