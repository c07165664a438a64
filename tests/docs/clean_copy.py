"""A newcomer's machine: a clean copy of the repository with a finished build, a home folder with photos,
and a local server in place of the Hub, which has shipped models under the names of published ones."""
import json
import os
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "hub"))
from fake_hub import FakeHub, lfs  # noqa: E402

# Name on the Hub: shipped model that is served under it.
MODELS = {
    "openai/clip-vit-base-patch32": "emoji-vit-16",
    "openai/clip-vit-base-patch16": "emoji-vit-8",
    "openai/clip-vit-large-patch14": "emoji-vit-8",
    "timm/resnet50_clip.openai": "emoji-rn",
    "google-bert/bert-base-uncased": "emoji-bert",
    "timm/resnet50.tv_in1k": "emoji-resnet",
}
PUBLISHED_ROWS = 833  # of the published experiment
# Photo in the home folder: image of a model's references. ~/Pictures has all, ~/Captioned the first four.
PHOTOS = {"harbour.jpg": "odd.jpg", "2019/snow.jpg": "tall.jpg", "cake.png": "wide.png", "market.jpg": "cmyk.jpg",
          "2019/scan.bmp": "square.bmp", "2020/panorama.webp": "panorama.webp", "grey.jpg": "grey.jpg"}
CAPTIONED = 4


def git(folder, *arguments):
    return subprocess.run(["git", "-C", folder, "-c", "user.name=walk", "-c", "user.email=walk@localhost",
                           "-c", "commit.gpgsign=false", "-c", "core.hooksPath=/dev/null", "-c", "safe.directory=*", *arguments],
                          check=True, stdout=subprocess.PIPE, text=True).stdout


class CleanCopy:
    """source: the repository. build: its build folder. folder: empty; everything is made in it."""

    def __init__(self, source, build, folder):
        self.source, self.build_folder = pathlib.Path(source), pathlib.Path(build)
        self.folder = pathlib.Path(folder)
        self.root, self.home = self.folder / "sightline", self.folder / "home"
        self.copy_sources()
        self.link_build()
        self.fill_home()

    def copy_sources(self):
        names = git(self.source, "ls-files", "-co", "--exclude-standard", "-z").split("\0")
        for name in filter(None, names):
            if (self.source / name).is_file():
                (self.root / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(self.source / name, self.root / name)
        git(self.root, "init", "-q")
        git(self.root, "add", "-A")
        git(self.root, "commit", "-q", "-m", "A clean copy")

    def link_build(self):
        """Links what the build made. What documents write into build/ stays in the copy."""
        (self.root / "build").mkdir()
        for name in ("sightline", "lib", "deps", "examples", "bench", "tests", "cmake_install.cmake"):
            if (self.build_folder / name).exists():
                (self.root / "build" / name).symlink_to((self.build_folder / name).resolve())

    def fill_home(self):
        for number, (name, image) in enumerate(PHOTOS.items()):
            for folder in ("Pictures", "Captioned")[:2 if number < CAPTIONED else 1]:
                (self.home / folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(self.root / "models/emoji-vit-8/verify" / image, self.home / folder / name)
        # One embedding cache for all documents: `make demo` uses build/cache, the others the home folder's.
        (self.root / "build/cache").mkdir()
        (self.home / ".cache").mkdir()
        (self.home / ".cache/sightline").symlink_to(self.root / "build/cache")
        (self.folder / "bin").mkdir()
        (self.folder / "bin" / "python3").symlink_to(sys.executable)

    def environment(self, hub, **more):
        """HF_ENDPOINT is the local server; no variable of the caller that changes results is kept."""
        kept = {name: value for name, value in os.environ.items()
                if not name.startswith(("HF_", "HUGGING", "XDG_", "SIGHTLINE_", "MAKE", "MFLAGS"))
                and not name.lower().endswith("_proxy")}
        kept.update(HOME=str(self.home), PATH=f"{self.folder / 'bin'}:{os.environ['PATH']}", HF_ENDPOINT=hub.endpoint,
                    LC_ALL="C.UTF-8", TMPDIR=str(self.folder / "tmp"))
        (self.folder / "tmp").mkdir(exist_ok=True)
        kept.update(more)
        return kept

    def fill_hub(self, hub, with_dataset):
        for name, model in MODELS.items():
            files = {}
            for path in sorted((self.root / "models" / model).iterdir()):
                if path.is_file():
                    content = path.read_bytes()
                    files[path.name] = lfs(content) if path.suffix == ".safetensors" else content
            hub.add(name, files)
        if with_dataset:
            hub.add("reach-vb/pokemon-blip-captions", {"data/train.parquet": lfs(self.published_dataset())}, kind="dataset")

    def published_dataset(self):
        """A Parquet file with as many rows as the published data set, which repeat a few images."""
        folder = self.folder / "published"
        folder.mkdir()
        images = sorted((self.root / "models/emoji-vit-8/verify").glob("*.jpg.pixels.png"))
        for image in images:
            shutil.copy(image, folder)
        with open(folder / "metadata.jsonl", "w") as file:
            for row in range(PUBLISHED_ROWS):
                file.write(json.dumps({"file_name": images[row % len(images)].name, "text": f"drawing {row % 9}"}) + "\n")
        out = self.folder / "published.parquet"
        subprocess.run([self.root / "build/sightline", "dataset", "convert", folder, out, "--to", "parquet"], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return out.read_bytes()

    def untracked(self):
        return git(self.root, "status", "--porcelain")
