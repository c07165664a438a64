#!/usr/bin/env python3
"""Measures fine-tuning against the number of training pairs, for each method.

    sightline dataset drawings build/drawings; sightline dataset emoji build/emoji
    bench/fine_tune_curve.py --out build/curve [--methods adapter,lora] [--pairs 16,64,256,1024,0]

Fine-tunes a model with `sightline train --from` for each method and number of pairs (0: all), adds one line
per run to OUT/runs.jsonl, and draws OUT/curve.{png,svg} with gnuplot. Runs that are in runs.jsonl are not
repeated. The subsets are nested, the test rows are the same for all runs.
"""
import argparse
import json
import pathlib
import shutil
import subprocess

FIGURES = ["text-to-image R@1", "text-to-image R@10"]


def find(figures, name):
    return next(f for f in figures if f["name"] == name)


def run(args, method, pairs):
    """Returns the line of one run."""
    out = args.out / f"{method}-{pairs}"
    # Small sets take more epochs, up to the number of steps.
    epochs = max(args.epochs, args.steps * args.batch // pairs if pairs else 0)
    epochs = min(epochs, args.steps) if 0 < pairs <= args.batch else epochs
    shutil.rmtree(out, ignore_errors=True)
    command = [args.sightline, "train", "--json", "--from", args.model, "--dataset", args.dataset,
               "--method", method, "--out", out, "--max-pairs", pairs, "--other-dataset", args.other,
               "--other-split", "test", "--epochs", epochs, "--batch-size", args.batch, "--seed", args.seed]
    rates = dict(pair.split("=") for pair in args.rates.split(",") if pair)
    if method in rates:
        command += ["--learning-rate", rates[method]]
    if args.cache:
        command += ["--cache", args.cache]
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, check=False)
    if done.returncode not in (0, 3):
        raise SystemExit(f"{method} with {pairs} pairs failed with exit code {done.returncode}")
    summary = json.loads(done.stdout)
    result = summary["result"]
    line = {"method": method, "pairs": pairs, "train_images": result["splits"]["train"]["images"],
            "seconds": round(summary["seconds"], 1), "share": result["share"],
            "accepted": result["accepted"], "epochs": result["epochs"], "steps": result["steps"],
            "test": result["test"], "forgetting": result["forgetting"]["figures"]}
    for name in ("training", "model.safetensors"):  # large
        path = out / name
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
    return line


def table(lines):
    """Returns the figures as a Markdown table."""
    rows = ["| method | pairs | R@1 | R@10 | R@10: difference | MRR: difference | share | other data, R@1 | |",
            "|---|---|---|---|---|---|---|---|---|"]
    for line in lines:
        one, ten = (find(line["test"], name) for name in FIGURES)
        mrr = find(line["test"], "text-to-image MRR")
        other = find(line["forgetting"], FIGURES[0])
        rows.append(
            f"| {line['method']} | {line['train_images']} | {100 * one['after']:.1f} % | {100 * ten['after']:.1f} % | "
            f"{100 * ten['difference']:+.1f} [{100 * ten['interval'][0]:+.1f}, {100 * ten['interval'][1]:+.1f}] | "
            f"{mrr['difference']:+.3f} [{mrr['interval'][0]:+.3f}, {mrr['interval'][1]:+.3f}] | "
            f"{100 * line['share']:.0f} % | {100 * other['before']:.1f} → {100 * other['after']:.1f} % | "
            f"{'accepted' if line['accepted'] else ''} |")
    return "\n".join(rows) + "\n"


COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"]


def script(lines, name):
    """Returns a gnuplot script with two panels: the test rows, and the other data set."""
    methods = list(dict.fromkeys(line["method"] for line in lines))
    data, plots = "", {"test": [], "forgetting": []}
    for i, method in enumerate(methods):
        for part in plots:
            block = f"${part}{i}"
            data += f"{block} << EOD\n"
            for line in sorted((l for l in lines if l["method"] == method), key=lambda l: l["train_images"]):
                f = find(line[part], "text-to-image R@10")
                low, high = f["before"] + f["interval"][0], f["before"] + f["interval"][1]
                data += f"{line['train_images'] * (1 + 0.05 * (i - len(methods) / 2))} {100 * f['after']} {100 * low} {100 * high}\n"
            data += "EOD\n"
            style = f"lc rgb '{COLOURS[i % len(COLOURS)]}' lw 1.6 pt {[7, 5, 9, 11, 13, 4][i % 6]} ps 0.9"
            plots[part].append(f"{block} using 1:2:3:4 with yerrorlines {style} title '{method}'")
    start = {part: 100 * find(lines[0][part], "text-to-image R@10")["before"] for part in plots}
    panel = ("set ylabel '{}'\nset title '{}' font 'Sans,13'\n"
             "plot {} with lines lc rgb '#777777' dt 3 lw 1.4 title 'start', {}\n")
    drawing = ("set border 3 lc rgb '#444444'\nset tics nomirror out\nset grid ytics lc rgb '#dddddd' lt 1\n"
               "set logscale x 2\nset xtics (16, 64, 256, 1024, 1876)\nset xrange [12:2600]\nset yrange [0:*]\nset offsets 0,0,graph 0.05,0\n"
               "set xlabel 'training pairs'\nset key bottom left inside vertical Left reverse samplen 3\n"
               "set multiplot layout 1,2\n" +
               panel.format("R@10, text → image (% of captions)", "drawings, test rows: 95 % interval of the difference",
                            start["test"], ", \\\n  ".join(plots["test"])) +
               panel.format("R@10, text → image (% of captions)", "emoji, test rows: forgetting",
                            start["forgetting"], ", \\\n  ".join(plots["forgetting"])) + "unset multiplot\n")
    return (data + f"set terminal pngcairo noenhanced size 1400,560 font 'Sans,11'\nset output '{name}.png'\n" + drawing +
            f"set terminal svg noenhanced size 1400,560 font 'Sans,11'\nset output '{name}.svg'\n" + drawing)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--sightline", default="build/sightline")
    parser.add_argument("--model", default="models/emoji-vit-8")
    parser.add_argument("--dataset", default="build/drawings")
    parser.add_argument("--other", default="build/emoji")
    parser.add_argument("--methods", default="adapter,projections,lora,locked-image,full")
    parser.add_argument("--pairs", default="16,64,256,1024,0")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--steps", type=int, default=100, help="at least so many steps")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rates", default="", help="learning rates such as lora=1e-3,full=1e-4")
    parser.add_argument("--cache", help="folder of the embedding cache")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    log = args.out / "runs.jsonl"
    lines = [json.loads(text) for text in log.read_text().splitlines()] if log.exists() else []
    for method in args.methods.split(","):
        for pairs in map(int, args.pairs.split(",")):
            if any(l["method"] == method and l["pairs"] == pairs for l in lines):
                continue
            lines.append(run(args, method, pairs))
            with log.open("a") as file:
                file.write(json.dumps(lines[-1]) + "\n")
    (args.out / "table.md").write_text(table(lines))
    (args.out / "curve.gp").write_text(script(lines, "curve"))
    subprocess.run(["gnuplot", "curve.gp"], cwd=args.out, check=True)
    print(table(lines), end="")


if __name__ == "__main__":
    main()
