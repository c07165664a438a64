#!/usr/bin/env python3
"""Measures the calibration of no-match detection, and draws docs/figures/no_match.png.

    tools/no_match_benchmark.py --out DIR [--program build/sightline] [--data build] [--models models] [--more DIR …]
        [--figure PNG]

Needs NumPy, gnuplot and the data sets of `sightline dataset emoji` and `sightline dataset drawings`. Encodes with the
program; the method is the reference implementation in tools/null_model.py. Prints tables and writes
DIR/no_match.json. docs/decisions/0050-no-match.md explains the method and quotes the tables.

Queries with matches are names of images (one caption is the whole query) and keywords. Relevant is an image whose
caption or keywords contain the query's words. Neighbours are images of the same subgroup (emoji) or folder (drawings)
as a relevant one: a wolf for "dog". Rates are given with neighbours counted as false, and with them left out.
Queries without matches are tests/queries/absent.json, and names after all relevant images and their neighbours, or
only the relevant images, have been removed from the library. Half of the queries, by a hash of their text, is for
tuning; the tables are of the other half.
"""
import argparse
import json
import pathlib
import subprocess
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import query_precision
from no_match_data import containing, encode, is_held_out, queries_of, rows_of
from null_model import METHODS, FlatCutoff, NullModel

ROOT = pathlib.Path(__file__).parent.parent
LEVELS = (0.01, 0.05, 0.1, 0.2)
TOP = 100  # hits judged for each query


# --- Measurement ------------------------------------------------------------------------------------------------------

def best_first(scores):
    order = np.argsort(-scores, kind="stable")[:TOP]
    return order[np.isfinite(scores[order])]


def measure(make, background, images, queries, relevant, neighbours, absent, rows=None, sample=None):
    """Returns lists over queries. `relevant`, `neighbours` (Q, N): bool. `rows`, `sample`: indices of a smaller
    library, and of the part of it from which the null model is estimated."""
    if rows is not None:
        images, relevant, neighbours = images[rows], relevant[:, rows], neighbours[:, rows]
    model = make(background, images if sample is None else images[sample])
    n = len(images)
    scores = model.scores(queries, queries @ images.T)
    out = {level: {"strict": [], "fair": [], "recall": []} for level in LEVELS}
    present = np.flatnonzero(relevant.any(1))
    firsts = {"present": [], "absent": [], "kind removed": [], "words removed": []}
    for i in present:
        order = best_first(scores[i])
        q = model.q_values(scores[i][order], n)
        firsts["present"].append(q[0])
        for level in LEVELS:
            hits = order[:int((q <= level).sum())]
            good = relevant[i, hits].sum()
            far = (~relevant[i, hits] & ~neighbours[i, hits]).sum()
            out[level]["strict"].append((len(hits) - good) / max(len(hits), 1))
            out[level]["fair"].append(far / max(good + far, 1))
            out[level]["recall"].append(good / min(relevant[i].sum(), TOP))
    best = {"absent": model.scores(absent, absent @ images.T),
            "kind removed": np.where(relevant | neighbours, -np.inf, scores)[present],
            "words removed": np.where(relevant, -np.inf, scores)[present]}
    uniform = {}
    for name, values in best.items():
        tops = [values[i][best_first(values[i])] for i in range(len(values))]
        firsts[name] = [model.q_values(top, n)[0] for top in tops if len(top)]
        if isinstance(model, NullModel):
            uniform[name] = [float(model.best_p(top[0], n)) for top in tops if len(top)]
    return {"levels": out, "first": firsts, "p": uniform, "excluded": getattr(model, "excluded", None)}


def pool(results):
    """One result of several (several smaller libraries)."""
    first = results[0]
    return {"levels": {level: {k: sum((r["levels"][level][k] for r in results), []) for k in first["levels"][level]}
                       for level in first["levels"]},
            "first": {k: sum((r["first"][k] for r in results), []) for k in first["first"]},
            "p": {k: sum((r["p"].get(k, []) for r in results), []) for k in first["p"]}}


RNG = np.random.default_rng(1)


def interval(values, resamples=2000):
    """Mean with a 95 % bootstrap interval over queries."""
    values = np.asarray(values, float)
    draws = values[RNG.integers(0, len(values), (resamples, len(values)))].mean(1)
    low, high = np.percentile(draws, [2.5, 97.5])
    return float(values.mean()), float(low), float(high)


def percent(values):
    mean, low, high = interval(values)
    return f"{100 * mean:.1f} [{100 * low:.1f}–{100 * high:.1f}]"


def verdicts(first):
    first = np.asarray(first)
    return f"{100 * (first <= 0.05).mean():.1f} / {100 * ((first > 0.05) & (first <= 0.5)).mean():.1f} / " \
           f"{100 * (first > 0.5).mean():.1f}"


def mixed(result, level):
    """False discovery proportions of as many queries without matches as with: an answer to an absent thing is
    false."""
    absent = (np.asarray(result["first"]["absent"]) <= level).astype(float)
    fair = np.asarray(result["levels"][level]["fair"])
    n = min(len(absent), len(fair))
    return np.concatenate([RNG.permutation(fair)[:n], RNG.permutation(absent)[:n]])


def show(title, result, levels=LEVELS):
    for level in levels:
        part = result["levels"][level]
        absent, kind, words = (np.asarray(result["first"][k]) <= level for k in ("absent", "kind removed", "words removed"))
        print(f"| {title} | {100 * level:.0f} | {percent(part['fair'])} | {percent(part['strict'])} "
              f"| {100 * np.mean(part['recall']):.1f} | {percent(absent)} | {percent(kind)} | {percent(words)} |")


HEADER = ("| data, model | nominal % | FDR % (neighbours left out) | FDR % (neighbours false) | recall % | absent answered % "
          "| kind removed, answered % | words removed, answered % |\n|---|---|---|---|---|---|---|---|")


class Bench:
    """One model and one data set."""

    def __init__(self, arguments, model, data, texts, found, rows):
        self.model, self.data = model, data
        self.images = encode(arguments, model, "--dataset", arguments.data / data, f"{model}-{data}")
        self.vectors = dict(zip(texts, encode(arguments, model, "--texts", arguments.out / "texts.txt", f"{model}-texts")))
        self.found, self.kinds = found, np.array([row["kind"] for row in rows])

    def __call__(self, make, which, absent, background, held_out=True, **options):
        names = [q for q in self.found[which] if is_held_out(q) == held_out]
        relevant = np.zeros((len(names), len(self.images)), bool)
        neighbours = relevant.copy()
        for i, name in enumerate(names):
            relevant[i, self.found[which][name]] = True
            neighbours[i] = np.isin(self.kinds, self.kinds[self.found[which][name]])
        stack = lambda queries: np.array([self.vectors[q] for q in queries])
        return measure(make, stack(background), self.images, stack(names), relevant, neighbours, stack(absent), **options)


def plain_english(benches, background, rows):
    """The list of hand-written queries with rules of relevance, on both data sets together."""
    queries = json.loads((ROOT / "tests/queries/plain_english.json").read_text())["queries"]
    images = np.concatenate([b.images for b in benches])
    stack = lambda names: np.array([benches[0].vectors[n] for n in names])
    relevant = np.array([[query_precision.is_relevant(q["relevant"], row["text"], row["fields"]) for row in rows]
                         for q in queries])
    result = measure(NullModel, stack(background), images, stack([q["query"] for q in queries]), relevant, relevant,
                     stack(background[:1]))
    return {level: {k: result["levels"][level][k] for k in ("strict", "recall")} for level in LEVELS}, result["first"]


def flat_cutoff(bench, absent, background):
    """The lowest cosine at which the tuning half has a false discovery rate of 5 %, which needs its labels."""
    for cutoff in np.arange(0, 1, 0.01):
        result = bench(lambda b, s: FlatCutoff(cutoff), "names", absent, background, held_out=False)
        if np.mean(result["levels"][0.05]["fair"]) <= 0.05:
            return cutoff
    return 1.0


def best_ps(model, queries, images):
    """p-values of the best image for each query."""
    tops = [model.scores(queries[i:i + 50], queries[i:i + 50] @ images.T).max(1) for i in range(0, len(queries), 50)]
    return np.array([float(model.best_p(top, len(images))) for top in np.concatenate(tops)])


def shares(p):
    return " / ".join(f"{100 * (p <= level).mean():.1f}" for level in (0.05, 0.1, 0.2, 0.5))


def larger_libraries(arguments, benches, absent, background):
    """p-values of absent queries in libraries with more images, null models from samples."""
    print("\nLarger libraries: share of absent queries with p at most 5, 10, 20, 50 %\n\n"
          "| model | images | null model of 400 | of 4,096 | of 20,000 |\n|---|---|---|---|---|")
    for model in ("emoji-words", "emoji-vit-8"):
        parts = [benches[model, data].images for data in ("emoji", "drawings")]
        parts += [encode(arguments, model, "--images", more, f"{model}-more{i}") for i, more in enumerate(arguments.more)]
        images = np.random.default_rng(1).permutation(np.concatenate(parts))
        stack = lambda names: np.array([benches[model, "emoji"].vectors[n] for n in names])
        for size in sorted({min(size, len(images)) for size in (4096, 20000, len(images))}):
            cells = [shares(best_ps(NullModel(stack(background), images[:sample]), stack(absent), images[:size]))
                     if sample <= size else "" for sample in (400, 4096, 20000)]
            print(f"| `{model}` | {size:,} | " + " | ".join(cells) + " |")


def composed_queries(benches, absent, background, present):
    """p-values of absent queries that are put together of several terms."""
    print("\nComposed queries: share with p at most 5, 10, 20, 50 %\n\n"
          "| data, model | absent | absent + absent | absent - 0.5 present |\n|---|---|---|---|")
    for (model, data), bench in benches.items():
        stack = lambda names: np.array([bench.vectors[n] for n in names])
        unit = lambda rows: rows / np.linalg.norm(rows, axis=1, keepdims=True)
        null, queries = NullModel(stack(background), bench.images), stack(absent)
        other = queries[np.random.default_rng(1).permutation(len(queries))]
        cells = [queries, unit(queries + other), unit(queries - 0.5 * stack(present[data][:len(queries)]))]
        print(f"| {data}, `{model}` | " + " | ".join(shares(best_ps(null, q, bench.images)) for q in cells) + " |")


def independent_noise():
    """The worst case: scores of all pairs are independent, so that every image that is left out is left out by
    chance."""
    rng = np.random.default_rng(1)
    unit = lambda rows: rows / np.linalg.norm(rows, axis=1, keepdims=True)
    print("\nIndependent directions, no image is about any text: share of p at most 5, 10, 20, 50 %\n")
    for dim, size in ((16, 4096), (64, 1000), (64, 4096), (512, 4096), (64, 20000)):
        images = unit(rng.normal(size=(size, dim)))
        null = NullModel(unit(rng.normal(size=(524, dim))), images)
        print(f"  {size:,} images of {dim} dimensions, {100 * null.excluded:.1f} % left out: "
              + shares(best_ps(null, unit(rng.normal(size=(2000, dim))), images)))


def figure(path, curves, uniform, out):
    """Reliability: left, measured against nominal false discovery rate; right, p-values of queries without
    matches."""
    colors = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#000000"]
    script = [f"set terminal pngcairo noenhanced size 720,345 font 'Sans,8' background '#ffffff'\nset output '{path}'\n"
              "set multiplot layout 1,2\nset key top left reverse Left samplen 2\nset lmargin 8\nset size square\n"
              "set xrange [0:0.36]\nset yrange [0:0.36]\nset tics 0.05\nset format '%g'\n"
              "set xlabel 'nominal false discovery rate'\nset ylabel 'measured false discovery rate'\n"]
    plots = []
    for i, (name, points) in enumerate(curves.items()):
        shift = 0.0015 * (i - 2)
        script.append(f"$c{i} << EOD\n" + "".join(f"{x + shift} {y} {lo} {hi}\n" for x, y, lo, hi in points) + "EOD\n")
        plots.append(f"$c{i} using 1:2:3:4 with yerrorlines pt 7 ps 0.5 lw 1.5 lc rgb '{colors[i]}' title '{name}'")
    script.append("plot x with lines dt 2 lc rgb '#888888' notitle, " + ", ".join(plots) + "\n")
    script.append("set xrange [0:1]\nset yrange [0:1]\nset tics 0.2\nset xlabel 'p-value of a query without a match'\n"
                  "set ylabel 'share of queries with at most this p-value'\n")
    plots = []
    for i, ((name, part), values) in enumerate(uniform.items()):
        ordered = np.sort(values)
        script.append(f"$u{i} << EOD\n" + "".join(f"{g} {np.searchsorted(ordered, g, 'right') / len(ordered)}\n"
                                                  for g in np.linspace(0, 1, 101)) + "EOD\n")
        look = f"lc rgb '{colors[list(curves).index(name)]}' " + ("dt '-'" if part == "kind removed" else "")
        plots.append(f"$u{i} using 1:2 with lines lw 1.5 {look} " + (f"title '{name}'" if part == "absent" else "notitle"))
    plots.append("-1 with lines lc rgb '#888888' dt '-' title 'dashed: its kind removed'")
    script.append("plot x with lines dt 2 lc rgb '#888888' notitle, " + ", ".join(plots) + "\nunset multiplot\n")
    file = out / "no_match.gp"
    file.write_text("".join(script))
    subprocess.run(["gnuplot", str(file)], check=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--out", type=pathlib.Path, required=True, help="folder for vectors and results")
    parser.add_argument("--program", default="build/sightline")
    parser.add_argument("--data", type=pathlib.Path, default=pathlib.Path("build"))
    parser.add_argument("--models", type=pathlib.Path, default=pathlib.Path("models"))
    parser.add_argument("--more", type=pathlib.Path, action="append", default=[], help="further images for larger libraries")
    parser.add_argument("--figure", type=pathlib.Path, help="write the reliability plot (PNG)")
    parser.add_argument("--tune", action="store_true", help="print the tuning half instead: margins and lists")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)

    background = (ROOT / "src/search/significance/background_texts.txt").read_text().split("\n")[:-1]
    lists = json.loads((ROOT / "tests/queries/absent.json").read_text())
    english = [q["query"] for q in json.loads((ROOT / "tests/queries/plain_english.json").read_text())["queries"]]
    first_model = "emoji-words"
    rows, found = {}, {}
    for data in ("emoji", "drawings"):
        encode(arguments, first_model, "--dataset", arguments.data / data, f"{first_model}-{data}")
        rows[data] = rows_of(arguments.out, f"{first_model}-{data}")
        found[data] = queries_of(rows[data])
    absent = {part: [q for q in lists[part] if not any(containing(q, r) for r in rows.values())] for part in ("absent", "held_out")}
    tuning_absent = [q for q in absent["absent"] if not is_held_out(q)]
    test_absent = [q for q in absent["absent"] if is_held_out(q)] + absent["held_out"]
    texts = list(dict.fromkeys(background + absent["absent"] + absent["held_out"] + english
                               + [q for f in found.values() for part in f.values() for q in part]))
    (arguments.out / "texts.txt").write_text("\n".join(texts) + "\n")
    print(f"{len(background)} background texts; absent: {len(tuning_absent)} for tuning, {len(test_absent)} held out; " +
          "; ".join(f"{d}: " + ", ".join(f"{sum(map(is_held_out, f[k]))} {k} held out" for k in f) for d, f in found.items()))

    benches = {(m, d): Bench(arguments, m, d, texts, found[d], rows[d])
               for m in ("emoji-words", "emoji-vit-8", "emoji-vit-16", "emoji-rn") for d in ("emoji", "drawings")}
    main_pairs = [("emoji-words", "emoji"), ("emoji-words", "drawings"), ("emoji-vit-8", "emoji")]
    if arguments.tune:
        print("\nTuning half\n\n" + HEADER)
        for pair in main_pairs:
            for margin in (0, 0.5, 0.75, 1, 1.25, 1.5):
                make = lambda b, s, m=margin: NullModel(b, s, margin=m)
                show(f"{pair}, margin {margin}", benches[pair](make, "names", tuning_absent, background, held_out=False))
        return

    results, curves, uniform = {}, {}, {}
    print("\nHeld-out half, whole libraries\n\n" + HEADER)
    for (model, data), bench in benches.items():
        for which in ("names", "keywords"):
            result = bench(NullModel, which, test_absent, background)
            results[f"{data}, {model}, {which}"] = result
            show(f"{data}, `{model}`, {which}", result)
    both = {f"{d}, {m}": pool([results[f"{d}, {m}, {w}"] for w in ("names", "keywords")]) for m, d in main_pairs}
    for model, data in main_pairs + [("emoji-rn", "emoji")]:
        levels = results[f"{data}, {model}, names"]["levels"]
        curves[f"{data}, {model}"] = [(level, *interval(levels[level]["fair"])) for level in LEVELS]
    for part in ("absent", "kind removed"):
        for model, data in main_pairs:
            uniform[f"{data}, {model}", part] = results[f"{data}, {model}, names"]["p"][part]
    print("\nNames and keywords, mixed 1:1 with absent queries: FDR %\n\n| data, model | " + " | ".join(f"{100 * l:.0f}" for l in LEVELS)
          + " |\n|---|---|---|---|---|")
    for label, result in both.items():
        print(f"| {label} | " + " | ".join(percent(mixed(result, level)) for level in LEVELS) + " |")
    print("\nVerdicts: match / weak / no match, % of queries\n\n| data, model | names | keywords | absent | kind removed |\n|---|---|---|---|---|")
    for model, data in benches:
        n, k = (results[f"{data}, {model}, {w}"]["first"] for w in ("names", "keywords"))
        print(f"| {data}, `{model}` | {verdicts(n['present'])} | {verdicts(k['present'])} | {verdicts(n['absent'])} | {verdicts(n['kind removed'])} |")
    print("\np-values of absent queries: share of p at most 5, 10, 20, 50 %\n\n| data, model | absent | kind removed |\n|---|---|---|")
    for label in (f"{d}, {m}" for m, d in benches):
        p = results[label + ", names"]["p"]
        print(f"| {label} | " + " | ".join(" / ".join(f"{100 * (np.asarray(p[k]) <= a).mean():.1f}" for a in (.05, .1, .2, .5))
                                           for k in ("absent", "kind removed")) + " |")

    print("\nSmaller libraries, and null models from a sample (nominal 5 %)\n\n" + HEADER)
    for pair in main_pairs:
        bench, n = benches[pair], len(benches[pair].images)
        for size, repeats in ((100, 20), (1000, 5)):
            parts = [bench(NullModel, "names", test_absent, background, rows=np.random.default_rng(r).permutation(n)[:size])
                     for r in range(repeats)]
            show(f"{pair[1]}, `{pair[0]}`, {size} images", pool(parts), (0.05,))
        for size in (100, 400, 1000):
            parts = [bench(NullModel, "names", test_absent, background, sample=np.random.default_rng(r).permutation(n)[:size])
                     for r in range(5)]
            show(f"{pair[1]}, `{pair[0]}`, null model of {size} of {n}", pool(parts), (0.05,))
        for size in (100, 250):
            parts = [bench(NullModel, "names", test_absent, list(np.random.default_rng(r).permutation(background)[:size]))
                     for r in range(5)]
            show(f"{pair[1]}, `{pair[0]}`, {size} background texts", pool(parts), (0.05,))

    print("\nOther methods\n\n" + HEADER)
    for pair in main_pairs:
        for name, make in METHODS.items():
            show(f"{pair[1]}, `{pair[0]}`: {name}", benches[pair](make, "names", test_absent, background), (0.05, 0.2))
        cutoff = flat_cutoff(benches[pair[0], "emoji"], tuning_absent, background)
        show(f"{pair[1]}, `{pair[0]}`: cosine of at least {cutoff:.2f}, from emoji",
             benches[pair](lambda b, s: FlatCutoff(cutoff), "names", test_absent, background), (0.05,))
    larger_libraries(arguments, benches, test_absent, background)
    composed_queries(benches, test_absent, background, {d: list(found[d]["names"]) for d in found})
    independent_noise()

    english_levels, first = plain_english([benches["emoji-words", d] for d in ("emoji", "drawings")], background,
                                          rows["emoji"] + rows["drawings"])
    print("\nPlain English (60 queries, emoji and drawings, emoji-words): FDR %, recall %\n")
    for level in LEVELS:
        print(f"  {100 * level:.0f}: {percent(english_levels[level]['strict'])}, {100 * np.mean(english_levels[level]['recall']):.1f}")
    print("  verdicts: " + verdicts(first["present"]))
    curves["both, plain English"] = [(level, *interval(english_levels[level]["strict"])) for level in LEVELS]
    (arguments.out / "no_match.json").write_text(json.dumps(
        {label: {"levels": {str(level): {k: interval(v) for k, v in part.items()} for level, part in r["levels"].items()},
                 "answered": {k: {str(l): interval(np.asarray(v) <= l) for l in LEVELS} for k, v in r["first"].items()}}
         for label, r in results.items()}, indent=1))
    if arguments.figure:
        figure(arguments.figure, curves, uniform, arguments.out)


if __name__ == "__main__":
    main()
