#!/usr/bin/env python3
"""Checks that includes only go down.

Reads the include lines of src/, cli/, c/ and include/sightline/. Reports a file that includes one of a layer
that is not below its own, and headers of a library outside the folders that may include them. New
folders under src/ and new public headers must be added here.

    tools/check_layers.py [ROOT]     exit code 0: no violations; 1: violations, one per line
"""
import pathlib
import re
import sys

# From the bottom up. Folders on one line do not include each other; folders on lower lines may be
# included.
LAYERS = [
    ["threads"],
    ["base"],
    ["tensor", "image", "text"],
    ["ops", "weights", "data", "hub", "index", "drawing"],
    ["backend"],
    ["models", "sample_data"],
    ["encode"],
    ["vectors"],
    ["search"],
    ["eval", "explain", "verify", "library"],
    ["feedback", "tune"],
    ["report", "train"],
    ["measure"],
    ["server"],
    ["cli", "c"],
]

# Models are written against Ops: although backends are in a lower layer, only these folders may
# include a backend's headers. The value is the one folder that they may include; None: any.
BACKEND_USERS = {"backend": None, "train/torch": None, "measure/roofline": "backend/cpu/onednn"}

# The folder that a public header belongs to: the one that implements it, or, if lower layers need its
# types too, the lowest of those.
PUBLIC = {
    "tokenizer_training.h": "train", "error.h": "base", "version.h": "base", "progress.h": "base", "matrix.h": "base",
    "settings.h": "ops", "image.h": "image", "raster_view.h": "image", "metadata.h": "image", "image_properties.h": "image", "tokenizer.h": "text",
    "index.h": "index", "vectors.h": "vectors", "query.h": "search", "search.h": "search", "significance.h": "search",
    "dataset.h": "data", "rows.h": "data", "row_list.h": "data", "shards.h": "vectors", "emoji_dataset.h": "sample_data", "drawings_dataset.h": "sample_data",
    "icons_dataset.h": "sample_data", "sample_count.h": "sample_data",
    "hub.h": "hub", "model.h": "models", "encoder.h": "encode", "image_encoder.h": "encode", "encode.h": "encode", "precision.h": "encode",
    "metrics.h": "eval", "experiment.h": "eval", "failures.h": "eval", "classification.h": "eval", "deployment.h": "eval", "overview.h": "eval", "measurements.h": "eval", "vector_experiment.h": "eval", "robustness.h": "eval", "statistics.h": "eval",
    "explain.h": "explain", "explanation_image.h": "report", "verify.h": "verify", "library.h": "library", "library_overview.h": "library", "feedback.h": "feedback", "feedback_simulation.h": "feedback", "server.h": "server", "report.h": "report", "terminal_image.h": "report", "search_preview.h": "report", "train.h": "train", "fine_tune.h": "train", "fine_tune_runner.h": "train",
    "tune.h": "tune", "configuration.h": "search",
}

# Prefixes of include paths -> the only folders that may include them.
FOREIGN = {
    "torch/": ["backend/torch", "train/torch"],
    "ATen/": ["backend/torch", "train/torch"],
    "c10/": ["backend/torch", "train/torch"],
    "oneapi/": ["backend/cpu/onednn"],
    "dnnl": ["backend/cpu/onednn"],
    "arrow/": ["data/parquet"],
    "parquet/": ["data/parquet"],
    "archive": ["data/readers", "data/writers"],
    "CLI/": ["cli"],
    "curl/": ["hub"],
    "unicode/": ["text/unicode", "text/cleaning", "text/tokenizers"],
    "ft2build": ["sample_data/emoji"],
    "hb": ["sample_data/emoji"],
    "libxml/": ["sample_data/drawings"],
    "sqlite3": ["library/catalogue"],
    "png": ["image"],
    "jpeglib": ["image"],
    "libheif/": ["image/codecs/heif"],
    "avif/": ["image/codecs/avif"],
    "jxl/": ["image/codecs/jxl"],
    "openjpeg": ["image/codecs/jpeg2000"],
    "lcms2": ["image/codecs/cielab"],
    "libraw/": ["image/codecs/raw"],
    "librsvg/": ["image/codecs/svg"],
    "exiv2/": ["image/codecs/exiv2"],
    "pango/": ["report", "drawing"],
    "microhttpd": ["server/http"],
    "cairo": ["report", "drawing", "image/codecs/svg"],
}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)
RANK = {folder: rank for rank, folders in enumerate(LAYERS) for folder in folders}


def folder_of(path):
    """'src/data/parquet/x.cpp' -> 'data/parquet'; 'cli/x.cpp' -> 'cli'."""
    parts = path.parts[:-1]
    return "/".join(parts[1:]) if parts[0] == "src" else parts[0]


def target_of(name, quoted, folder):
    """The folder of the included file, or None for headers of other projects."""
    if name.startswith("sightline/"):
        header = name[len("sightline/"):]
        return PUBLIC.get(header, "unknown public header " + header)
    if not quoted:
        return None
    return "/".join(pathlib.PurePosixPath(name).parts[:-1]) or folder


def problem_with(folder, name, quoted):
    """Why a file of `folder` may not include `name`, or None."""
    for beginning, allowed in FOREIGN.items():
        ours = name.split("/")[0] in RANK
        if name.startswith(beginning) and not ours and folder not in allowed:
            return f"only {' and '.join(allowed)} may include <{name}>"
    target = target_of(name, quoted, folder)
    if target is None or target == folder:
        return None
    top, target_top = folder.split("/")[0], target.split("/")[0]
    if target_top not in RANK:
        return f"'{target_top}' is in no layer (tools/check_layers.py)"
    backend = "/".join(target.split("/")[:2])
    own = folder == backend or folder.startswith(backend + "/")
    may_use = folder in BACKEND_USERS and BACKEND_USERS[folder] in (None, target)
    if target_top == "backend" and not may_use and not own:
        return f"'{folder}' may not know a backend: it uses ops/ops.h"
    if top == target_top:
        return None
    if RANK[target_top] >= RANK[top]:
        return f"'{target}' is not below '{folder}'"
    return None


def public_problem(header, name, quoted):
    """Why a public header may not include `name`, or None: it may include the standard library and public headers
    of lower layers."""
    if name.startswith("sightline/"):
        return problem_with(PUBLIC[header], name, quoted)
    if quoted or "/" in name or name.endswith((".h", ".hpp")):
        return "a public header includes only the standard library and <sightline/…>"
    return None


def check(root):
    problems = []
    for pattern in ("src/**/*", "cli/**/*", "c/*", "include/sightline/*"):
        for path in sorted(root.glob(pattern)):
            if path.suffix not in (".h", ".cpp", ".inc", ".cu"):
                continue
            relative = path.relative_to(root)
            public = relative.parts[0] == "include"
            folder = "" if public else folder_of(relative)
            top = folder.split("/")[0]
            if public and path.name not in PUBLIC:
                problems.append(f"{relative}: the header belongs to no layer (tools/check_layers.py)")
                continue
            if not public and top not in RANK:
                problems.append(f"{relative}: '{top}' is in no layer (tools/check_layers.py)")
                continue
            text = path.read_text(encoding="utf-8")
            for found in INCLUDE.finditer(text):
                line = text.count("\n", 0, found.start(2)) + 1
                quoted, name = found.group(1) == '"', found.group(2)
                why = (public_problem(path.name, name, quoted) if public
                       else problem_with(folder, name, quoted))
                if why:
                    problems.append(f"{relative}:{line}: {name}: {why}")
    return problems


def main():
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent
    if not (root / "src").is_dir():
        sys.exit(f"check_layers: '{root}' has no src/")
    problems = check(root)
    for problem in problems:
        print(problem)
    if problems:
        print(f"check_layers: {len(problems)} includes do not go down")
        sys.exit(1)


if __name__ == "__main__":
    main()
