#!/usr/bin/env python3
"""Measures the precision of the first K hits of plain queries, with relevance decided by rules on the columns.

    tools/query_precision.py LIST --program build/sightline --model MODEL --dataset DIR [--dataset DIR …] [--split A,B]

LIST is a JSON file: {"queries": [{"query": "a dog", "relevant": ["dog, !hot dog", "puppy"]}, …]}. An image is
relevant if one of the rules holds. A rule is a list of terms, of which all must hold:
    word              the caption or the keywords contain the word or words, or their plural in -s or -es
    group=NAME        the column has this value (also subgroup=NAME)
    group~NAME        the column's value contains NAME
    !TERM             the term does not hold
Prints the mean precision with a 95 % bootstrap interval over queries, the ceiling (some queries have fewer than
K relevant images), and with --all each query. --json prints one object. The data sets are ImageFolders.
"""
import argparse
import hashlib
import json
import pathlib
import random
import re
import subprocess
import sys


def text_of(captions, keywords):
    return re.sub(r"[|,:“”]", " ", " | ".join(captions) + " | " + keywords).lower()


def holds(term, text, columns):
    if term.startswith("!"):
        return not holds(term[1:], text, columns)
    column = re.fullmatch(r"(group|subgroup)([=~])(.*)", term)
    if column:
        name, how, value = column.groups()
        found = columns.get(name, "")
        return found == value if how == "=" else value in found
    return re.search(r"(?<![\w-])" + re.escape(term.lower()) + r"(s|es)?(?![\w-])", text) is not None


def is_relevant(rules, text, columns):
    return any(all(holds(term.strip(), text, columns) for term in rule.split(",")) for rule in rules)


def rows_of(folder, splits):
    """The rows of a data set that `sightline search` has: one for each distinct image."""
    seen = set()
    for line in (pathlib.Path(folder) / "metadata.jsonl").read_text().splitlines():
        row = json.loads(line)
        if splits and row["split"] not in splits:
            continue
        image = hashlib.sha256((pathlib.Path(folder) / row["file_name"]).read_bytes()).digest()
        if image not in seen:
            seen.add(image)
            yield row


def ceiling(queries, folders, splits, k):
    """The mean precision of a perfect ranking."""
    rows = [(text_of([row["text"]], row.get("keywords", "")), row) for f in folders for row in rows_of(f, splits)]
    counts = [sum(is_relevant(q["relevant"], text, row) for text, row in rows) for q in queries]
    return sum(min(count, k) for count in counts) / (k * len(queries))


def interval(values, resamples=10000):
    rng = random.Random(1)
    means = sorted(sum(rng.choices(values, k=len(values))) / len(values) for _ in range(resamples))
    return means[int(0.025 * resamples)], means[int(0.975 * resamples) - 1]


def search(arguments, queries):
    command = [arguments.program, "search", "--json", "--top-k", str(arguments.top_k), "--model", arguments.model]
    for folder in arguments.dataset:
        command += ["--dataset", folder]
    if arguments.split:
        command += ["--split", arguments.split]
    if arguments.cache:
        command += ["--cache", arguments.cache]
    command += ["--queries", "-"]
    texts = "".join(q["query"] + "\n" for q in queries)
    done = subprocess.run(command, input=texts, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} failed: {done.stderr.strip()}")
    return json.loads(done.stdout)["queries"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("list")
    parser.add_argument("--program", default="build/sightline")
    parser.add_argument("--model", required=True)
    parser.add_argument("--dataset", action="append", required=True)
    parser.add_argument("--split", default="")
    parser.add_argument("--cache", default="")
    parser.add_argument("--top-k", type=int, default=5)
    parser.add_argument("--all", action="store_true", help="also print each query and its hits")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()

    queries = json.loads(pathlib.Path(arguments.list).read_text())["queries"]
    results = search(arguments, queries)
    if [r["text"] for r in results] != [q["query"] for q in queries]:
        sys.exit("sightline search did not answer the queries of the list in their order")
    judged = []
    for query, result in zip(queries, results):
        hits = [(" / ".join(hit["captions"]),
                 is_relevant(query["relevant"], text_of(hit["captions"], hit["fields"].get("keywords", "")), hit["fields"]))
                for hit in result["hits"]]
        judged.append({"query": query["query"], "precision": sum(r for _, r in hits) / arguments.top_k, "hits": hits})
    values = [q["precision"] for q in judged]
    low, high = interval(values)
    best = ceiling(queries, arguments.dataset, arguments.split.split(",") if arguments.split else [], arguments.top_k)
    mean = sum(values) / len(values)
    if arguments.json:
        print(json.dumps({"model": arguments.model, "data_sets": arguments.dataset, "split": arguments.split,
                          "k": arguments.top_k, "precision": mean, "interval": [low, high], "ceiling": best,
                          "queries": [{k: q[k] for k in ("query", "precision")} for q in judged]}, indent=2))
        return
    if arguments.all:
        for q in judged:
            print(f"{q['precision']:.1f}  {q['query']}: " + "; ".join(("" if r else "✗ ") + c for c, r in q["hits"]))
    print(f"precision at {arguments.top_k} over {len(values)} queries: {mean:.3f} [{low:.3f}, {high:.3f}], "
          f"at most {best:.3f}")


if __name__ == "__main__":
    main()
