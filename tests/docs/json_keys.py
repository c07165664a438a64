"""Compares the keys that commands print with --json with the tables of docs/formats/json.md."""
import json
import re

DOCUMENT = "docs/formats/json.md"


def sections_of(text):
    """Returns (command, key patterns, outputs) of each section that is about a command."""
    sections = []
    for part in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        title = re.match(r"`sightline ([a-z ]+)`", part)
        if title:
            sections.append((title[1], keys_of(part), re.findall(r"> (out/json/\S+\.json)", part)))
    return sections


def keys_of(part):
    """Returns {key: whether it may be absent} of a table."""
    keys = {}
    for cells in re.findall(r"^\| (`.*?) \|(.*)\|$", part, re.MULTILINE):
        for key in re.findall(r"`([^`]+)`", cells[0]):
            keys[key] = bool(re.match(r" (if|the .*: if)\b", cells[1]))
    return keys


def paths_of(value, path=""):
    """Returns the paths of all keys in a JSON value: 'a', 'a[].b'."""
    found = set()
    if isinstance(value, dict):
        for key, inner in value.items():
            inner_path = f"{path}.{key}" if path else key
            found |= {inner_path} | paths_of(inner, inner_path)
    elif isinstance(value, list):
        for inner in value:
            found |= paths_of(inner, path + "[]")
    return found


def matches(path, keys):
    """Whether a path is documented: itself, as a parent of documented keys, or by a pattern."""
    if path in keys or any(key.startswith((path + ".", path + "[]")) for key in keys):
        return True
    return path.rpartition(".")[0] + ".*" in keys


def faults_of(text, root):
    """Compares documented keys with the files that the commands of the document wrote."""
    faults, compared = [], 0
    for command, keys, outputs in sections_of(text):
        written = [root / path for path in outputs if (root / path).exists()]
        if not keys or not written:
            continue
        compared += 1
        try:
            paths = set().union(*(paths_of(json.loads(path.read_text())) for path in written))
        except ValueError as error:  # of a command that failed
            faults.append(f"{DOCUMENT}: 'sightline {command} --json' did not print JSON: {error}")
            continue
        for path in sorted(paths):
            if not matches(path, keys):
                faults.append(f"{DOCUMENT}: 'sightline {command} --json' prints '{path}', which is not documented")
        for key, optional in keys.items():
            # Elements of an array that was empty in every output cannot be checked.
            parent = key.rpartition("[]")[0]
            empty = parent and not any(path.startswith(parent + "[]") for path in paths)
            if not optional and not empty and not key.endswith("*") and key not in paths:
                faults.append(f"{DOCUMENT}: '{key}' is documented but not printed by 'sightline {command} --json'")
    return faults, compared
