"""Checks of what documents say outside their fenced blocks: options, paths and links. Each function
returns a list of faults."""
import pathlib
import re
import shlex

FOLDERS = "bench|build|cli|cmake|demo|docs|examples|include|models|out|recipes|src|tests|tools"
# Paths that do not exist on purpose: of commands that are not run, and of an example.
NOT_MADE = ("bench/results", "build/emoji-vit-8", "build/packages", "src/models/siglip.cpp")


def without_blocks(text):
    return re.sub(r"^ *```.*?^ *```", "", text, flags=re.MULTILINE | re.DOTALL)


def option_faults(words, helps):
    """words: of a call of the program. helps: {command: --help}."""
    if pathlib.Path(words[0]).name != "sightline" or len(words) < 2 or not re.fullmatch("[a-z]+", words[1]):
        return []
    command = tuple(word for word in words[1:3 if words[1] in ("dataset", "library") else 2] if word.isalpha())
    name = " ".join(("sightline", *command))
    if command not in helps:
        return [f"'{name}' is not a command"]
    options = {word.partition("=")[0] for word in words if word.startswith("--")}
    return [f"'{name}' has no option {option}" for option in sorted(options)
            if not re.search(rf"{re.escape(option)}(?![\w-])", helps[command])]


def inline_faults(text, helps):
    """Checks calls of the program in the running text."""
    faults = []
    for code in re.findall(r"`(sightline [^`]+)`", without_blocks(text)):
        try:
            words = shlex.split(code.replace("\n", " "))
        except ValueError:
            continue  # an apostrophe in a shortened command
        faults += option_faults(words, helps)
    return faults


def path_faults(text, root):
    """Checks that paths of the repository, and of what commands make, exist."""
    paths = re.findall(rf"`((?:{FOLDERS})/[\w./+-]+)`", without_blocks(text))
    return [f"'{path}' does not exist" for path in paths if not (root / path).exists() and not path.startswith(NOT_MADE)]


def anchors_of(text):
    """Returns the anchors that GitHub gives the headings of a document."""
    headings = re.findall(r"^#+ (.+)$", without_blocks(text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def link_faults(document):
    """Checks that the links of a document lead to files, and to headings in them."""
    faults = []
    for target, anchor in re.findall(r"\]\(([^)#\s]*)(?:#([^)\s]+))?\)", document.read_text()):
        if re.match(r"[a-z]+:", target):
            continue
        place = document.parent / target if target else document
        if not place.exists():
            faults.append(f"the link to '{target}' leads nowhere")
        elif anchor and place.suffix == ".md" and anchor not in anchors_of(place.read_text()):
            faults.append(f"'{target}' has no heading '#{anchor}'")
    return faults
