#!/usr/bin/env python3
"""Compares decoding, resizing and preprocessing with Pillow, torchvision and transformers.

    compare_pixels.py corpus DIR [--photos FOLDER] [--large N]   images of every format and size
    compare_pixels.py reference DIR                             results of the references
    compare_pixels.py check DIR --build BUILD                   compares the library's results

The steps may run on different machines: DIR contains everything (images, jobs.json). `reference` needs
Pillow; with torchvision and transformers it includes their preprocessing. `check` compiles
tools/compare_pixels.cpp against BUILD and prints how many results are equal bit for bit; its exit code
is 1 if one is not.
"""
import argparse
import hashlib
import importlib.util
import json
import random
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections import Counter
from pathlib import Path

TOOLS = Path(__file__).resolve().parent
sys.path[:0] = [str(TOOLS / "golden"), str(TOOLS)]
warnings.simplefilter("ignore")


def make_corpus(folder, photos, large):
    import numpy as np
    from PIL import Image
    import image_formats
    (folder / "images").mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(42)
    sizes = [(1, 1), (1, 17), (23, 1), (3, 2), (64, 48), (199, 301)]
    sizes += [tuple(int(v) for v in np.exp(rng.uniform(0, np.log(700), 2))) for _ in range(8)]
    for width, height in sizes:
        for name, data in image_formats.make_all(rng, max(1, width), max(1, height)):
            (folder / "images" / f"{width}x{height}_{name}").write_bytes(data)
    for i in range(large):
        width, height = (int(v) for v in np.exp(rng.uniform(np.log(200), np.log(8000), 2)))
        if i == 0:
            width, height = 8000, 8000
        if i == 1:
            width, height = 8000, 1
        if i == 2:
            width, height = 1, 8000
        noise = rng.integers(0, 256, (height // 7 + 1, width // 7 + 1, 3), dtype=np.uint8)
        image = Image.fromarray(noise).resize((width, height), Image.BILINEAR)
        kind = ("jpg", "png", "webp", "bmp", "tif")[i % 5]
        options = {"png": {"compress_level": 1}, "webp": {"quality": 60, "method": 0}}.get(kind, {})
        image.save(folder / "images" / f"large{i}_{width}x{height}.{kind}", **options)
    for path in sorted(photos.rglob("*")) if photos else []:
        if path.suffix.lower() in (".jpg", ".jpeg", ".png", ".webp"):
            shutil.copy(path, folder / "images" / f"photo_{path.name}")


def digest(image):
    return [image.width, image.height, hashlib.sha256(image.tobytes()).hexdigest()]


def image_jobs(path, image, with_models):
    """Yields (job, width, height, hash) for one opened image."""
    from PIL import Image
    rng = random.Random(path.name)
    rgb = image.convert("RGB")
    yield ["decode"], *digest(rgb)
    for name, filter in (("bicubic", Image.BICUBIC), ("bilinear", Image.BILINEAR)):
        size = (rng.randint(1, 500), rng.randint(1, 500))
        yield ["resize", name, *size], *digest(rgb.resize(size, filter))
    if not with_models or max(image.size) / min(image.size) > 200:
        return
    import image_preprocess
    cases = [("shortest_edge", "bicubic", 224, 224), ("squash", "bilinear", 96, 96),
             ("shortest_edge", "bicubic", rng.randint(20, 120), rng.randint(20, 120))]
    for profile, run in image_preprocess.PROFILES.items():
        if profile == "openai" and image.mode == "I;16B":
            continue  # Pillow resizes these with swapped bytes
        for case in cases:
            pixels = run(image.copy(), *case)
            yield (["preprocess", profile, *case], pixels.shape[1], pixels.shape[0],
                   image_preprocess.digest(pixels))


def make_reference(folder):
    import PIL
    from PIL import Image
    Image.MAX_IMAGE_PIXELS = None
    with_models = all(importlib.util.find_spec(m) for m in ("torchvision", "transformers"))
    jobs = []
    for path in sorted((folder / "images").iterdir()):
        try:
            with Image.open(path) as image:
                image.load()
                mode = image.mode
                made = list(image_jobs(path, image, with_models))
        except Exception as error:  # the library must fail too
            jobs.append({"file": path.name, "job": ["decode"], "error": str(error)})
            continue
        jobs += [{"file": path.name, "mode": mode, "job": job, "result": result}
                 for job, *result in made]
    about = f"Pillow {PIL.__version__}" + (", torchvision, transformers" if with_models else "")
    (folder / "jobs.json").write_text(json.dumps({"reference": about, "jobs": jobs}))
    print(f"{len(jobs)} results of {about}")


def compile_program(build, where):
    root = TOOLS.parent
    program = Path(where) / "compare_pixels"
    # The shared library, because decoders in plugins are found next to it.
    lib = (build / "lib").resolve()
    subprocess.run(["c++", "-std=c++20", "-O1", f"-I{root}/include", f"-I{root}/src",
                    str(TOOLS / "compare_pixels.cpp"), f"-L{lib}", f"-Wl,-rpath,{lib}", "-lsightline",
                    "-o", str(program)], check=True)
    return program


def check(folder, build):
    data = json.loads((folder / "jobs.json").read_text())
    with tempfile.TemporaryDirectory() as where:
        program = compile_program(build, where)
        lines = "".join("\t".join(map(str, [job["job"][0], folder / "images" / job["file"],
                                            *job["job"][1:]])) + "\n" for job in data["jobs"])
        answers = subprocess.run([program], input=lines, capture_output=True, text=True,
                                 check=True).stdout.splitlines()
    equal, total, bad = Counter(), Counter(), []
    for job, answer in zip(data["jobs"], answers, strict=True):
        kind = " ".join(map(str, job["job"][:2])) if job["job"][0] != "decode" else "decode"
        kind += f" .{job['file'].rsplit('.', 1)[1]}" if kind == "decode" else ""
        want = ("error" if "error" in job else "ok " + " ".join(map(str, job["result"])))
        good = answer.startswith("error") if want == "error" else answer == want
        total[kind] += 1
        equal[kind] += good
        if not good:
            bad.append(f"{job['file']} {job['job']} ({job.get('mode')}): {want[:60]} / {answer[:90]}")
    print(f"reference: {data['reference']}")
    for kind in sorted(total):
        print(f"{kind:32} {equal[kind]:6} of {total[kind]:6} equal")
    print(f"{'all':32} {sum(equal.values()):6} of {sum(total.values()):6} equal")
    print("\n".join(bad[:40]))
    return 1 if bad else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("step", choices=["corpus", "reference", "check"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--photos", type=Path)
    parser.add_argument("--large", type=int, default=12, help="number of images of up to 8000 x 8000")
    parser.add_argument("--build", type=Path, default=Path("build"))
    options = parser.parse_args()
    if options.step == "corpus":
        return make_corpus(options.folder, options.photos, options.large)
    if options.step == "reference":
        return make_reference(options.folder)
    return check(options.folder, options.build)


if __name__ == "__main__":
    sys.exit(main())
