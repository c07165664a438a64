"""The vectors, rows and queries of tools/no_match_benchmark.py."""
import hashlib
import json
import random
import re
import subprocess
import sys

import numpy as np
import query_precision


def encode(arguments, model, flag, source, name):
    out = arguments.out / f"{name}.npy"
    command = [arguments.program, "encode", "--model", arguments.models / model, flag, source, "--out", out,
               "--cache", arguments.out / "cache"]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} failed: {done.stderr.strip()}")
    return np.load(out)


def rows_of(out, name):
    rows = [json.loads(line) for line in (out / f"{name}.ids.jsonl").read_text().splitlines()]
    for row in rows:
        fields = row["fields"]
        names = row["captions"] + [fields.get("base", "")]
        row["text"] = query_precision.text_of(names, fields.get("keywords", ""))
        row["kind"] = fields.get("subgroup") or fields.get("group")
        row["name"] = re.sub("^flag: ", "flag of ", (fields.get("base") or row["captions"][0]).lower())
    return rows


def containing(words, rows):
    words = re.sub("^flag of ", "", words)
    return [i for i, row in enumerate(rows) if query_precision.holds(words, row["text"], {})]


def queries_of(rows):
    """{query: relevant rows}: names, and keywords that are no name. At most 25 names of one kind."""
    rng = random.Random(7)
    names = {row["name"]: row["kind"] for row in reversed(rows) if re.fullmatch(r"[a-z][a-z' -]{2,40}", row["name"])}
    keywords = {word.strip().lower() for row in rows for word in row["fields"].get("keywords", "").split("|")}
    keywords = sorted(w for w in keywords - set(names) if re.fullmatch(r"[a-z]{3,20}", w))
    items = sorted(names.items())
    rng.shuffle(items)
    kinds, found = {}, {"names": {}, "keywords": {}}
    for name, kind in items:
        relevant = containing(name, rows)
        if kinds.get(kind, 0) < 25 and 1 <= len(relevant) <= 60:
            kinds[kind] = kinds.get(kind, 0) + 1
            found["names"][name] = relevant
    for word in keywords:
        relevant = containing(word, rows)
        if 2 <= len(relevant) <= 60:
            found["keywords"][word] = relevant
    return found


def is_held_out(text):
    return hashlib.sha256(text.encode()).digest()[0] % 2 == 1
