#!/usr/bin/env python3
"""Compares the metrics of `sightline eval` with trec_eval's, on the files that `--trec` wrote.

    sightline eval --dataset D --model M --out report --trec trec --trec-depth all
    tools/compare_trec.py report/results.json trec

Needs pytrec_eval, which contains trec_eval itself (pip install pytrec_eval-terrier). recip_rank and map may
differ for a truncated run (--trec-depth below the number of candidates). Prints one line per metric with
both values; exit code 1 if one differs by more than 1e-4.
"""
import argparse
import json
import pathlib
import re
import sys

import pytrec_eval

VIEWS = [("text_to_image", "text-to-image", ""),
         ("text_to_image_caption_equivalent", "text-to-image", ".caption-equivalent"),
         ("image_to_text", "image-to-text", ""),
         ("image_to_text_caption_equivalent", "image-to-text", ".caption-equivalent")]
# trec_eval's name, its key in the result, our name.
FIGURES = [("recip_rank", "recip_rank", "mean_reciprocal_rank"), ("map", "map", "mean_average_precision"),
           ("ndcg_cut.10", "ndcg_cut_10", "ndcg_at_10"), ("success.1", "success_1", "recall_at_1"),
           ("success.5", "success_5", "recall_at_5"), ("success.10", "success_10", "recall_at_10")]
# Shares of relevant candidates: equal to our recall only if each query has one relevant candidate.
RECALLS = [("recall.1", "recall_1", "recall_at_1"), ("recall.5", "recall_5", "recall_at_5"),
           ("recall.10", "recall_10", "recall_at_10")]


def read_qrels(path):
    qrels = {}
    for line in path.read_text().splitlines():
        query, _, document, relevance = line.split(" ")
        qrels.setdefault(query, {})[document] = int(relevance)
    return qrels


def read_run(path):
    run = {}
    for line in path.read_text().splitlines():
        query, _, document, _, score, _ = line.split(" ")
        run.setdefault(query, {})[document] = float(score)
    return run


def file_names(labels):
    """File names as in src/eval/trec_ids.cpp, one for each label."""
    names = []
    for label in labels:
        name = ""
        for byte in label.encode():
            char = chr(byte)
            name += char if re.fullmatch(r"[A-Za-z0-9_-]", char) or (char == "." and name) else "_"
        base, n = name or "_", 2
        name = base
        while name in names:
            name, n = f"{base}-{n}", n + 1
        names.append(name)
    return names


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=pathlib.Path)
    parser.add_argument("trec", type=pathlib.Path)
    parser.add_argument("--tolerance", type=float, default=1e-4)
    arguments = parser.parse_args()
    models = json.loads(arguments.results.read_text())["models"]
    compared, largest = 0, 0.0
    for model, name in zip(models, file_names([m["label"] for m in models])):
        for view, direction, suffix in VIEWS:
            qrels = read_qrels(arguments.trec / f"{direction}{suffix}.qrels")
            run = read_run(arguments.trec / f"{name}.{direction}.run")
            single = all(len(answers) == 1 for answers in qrels.values())
            figures = FIGURES + (RECALLS if single else [])
            evaluator = pytrec_eval.RelevanceEvaluator(qrels, {measure for measure, _, _ in figures})
            answers = evaluator.evaluate(run)
            ours = model["metrics"][view]
            if ours["queries"] != len(qrels) or len(answers) != len(qrels):
                print(f"{model['label']} {view}: {ours['queries']} queries, {len(qrels)} in the qrels, "
                      f"{len(answers)} evaluated")
                return 1
            for _, key, our_name in figures:
                theirs = sum(answer[key] for answer in answers.values()) / len(qrels)
                difference = abs(theirs - ours[our_name])
                largest = max(largest, difference)
                compared += 1
                print(f"{model['label']:<16} {view:<33} {key:<12} trec_eval {theirs:.9f}  ours {ours[our_name]:.9f}"
                      f"  {difference:.1e}")
    print(f"{compared} metrics, largest difference {largest:.2e}, tolerance {arguments.tolerance:g}")
    return 0 if compared and largest <= arguments.tolerance else 1


if __name__ == "__main__":
    sys.exit(main())
