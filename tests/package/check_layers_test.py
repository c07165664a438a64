"""tools/check_layers.py reports violations and nothing else: each case is a small tree with one include
that is allowed or not."""
import pathlib
import subprocess
import sys
import tempfile

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "tools" / "check_layers.py"

# File, its include line, and a part of the expected message (None: no violation).
CASES = [
    ("src/base/x.cpp", '#include "tensor/tensor.h"', "not below"),
    ("src/ops/x.h", '#include "models/clip_vit.h"', "not below"),
    ("src/models/x.cpp", '#include "backend/cpu/cpu_ops.h"', "may not know a backend"),
    ("src/text/x.cpp", '#include "image/pixels.h"', "not below"),
    ("src/eval/x.cpp", "#include <sightline/report.h>", "not below"),
    ("src/report/x.cpp", "#include <torch/torch.h>", "only backend/torch"),
    ("src/encode/x.cpp", "#include <oneapi/dnnl/dnnl.hpp>", "only backend/cpu/onednn"),
    ("src/data/x.cpp", "  #  include <arrow/api.h>", "only data/parquet"),
    ("src/eval/x.cpp", "#include <CLI/CLI.hpp>", "only cli"),
    ("src/nowhere/x.cpp", "#include <vector>", "in no layer"),
    ("src/base/x.cpp", "#include <sightline/unheard_of.h>", "in no layer"),
    ("include/sightline/error.h", "#include <nlohmann/json.hpp>", "standard library"),
    ("include/sightline/error.h", '#include "base/file.h"', "standard library"),
    ("include/sightline/error.h", "#include <sightline/model.h>", "not below"),
    ("include/sightline/unheard_of.h", "#include <vector>", "belongs to no layer"),
    ("cli/x.cpp", '#include "backend/torch/torch_ops.h"', "may not know a backend"),
    ("src/measure/roofline/x.cpp", '#include "backend/cpu/cpu_ops.h"', "may not know a backend"),
    ("src/measure/x.cpp", '#include "backend/cpu/onednn/dnnl_compat.h"', "may not know a backend"),
    ("src/measure/roofline/x.cpp", "#include <oneapi/dnnl/dnnl.hpp>", "only backend/cpu/onednn"),
    ("src/measure/roofline/x.cpp", '#include "backend/cpu/onednn/dnnl_compat.h"', None),
    ("cli/x.cpp", '#include "encode/embedding_cache.h"', None),
    ("src/models/x.cpp", '#include "ops/ops.h"', None),
    ("src/train/torch/x.cpp", '#include "backend/torch/torch_ops.h"', None),
    ("src/backend/torch/x.cpp", "#include <ATen/ATen.h>", None),
    ("include/sightline/model.h", "#include <sightline/image.h>", None),
]


def run(root):
    done = subprocess.run([sys.executable, SCRIPT, root], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


failures = 0
for file, line, expected in CASES:
    with tempfile.TemporaryDirectory() as root:
        path = pathlib.Path(root) / file
        path.parent.mkdir(parents=True)
        (pathlib.Path(root) / "src").mkdir(exist_ok=True)
        path.write_text("// first line\n" + line + "\n", encoding="utf-8")
        code, said = run(root)
    good = (code == 0 and not said) if expected is None else (
        code == 1 and expected in said and file in said)
    if not good:
        failures += 1
        print(f"{file}: {line!r}: expected {expected!r}; exit code {code}, said:\n{said}")
print(f"{len(CASES) - failures} of {len(CASES)} cases pass")
sys.exit(1 if failures else 0)
