#!/usr/bin/env python3
"""Checks that functions are declared in the header with the name of their source.

Finds each function that X.cpp defines and that a header other than X.h declares, in src/ and cli/.
Public headers (include/sightline) are not checked: several sources implement them.

    tools/check_headers.py [ROOT]     exit code 0: none; 1: violations, one per line

The check is textual. It reports a function only if the source includes that header, no header with the
source's name declares the function, and no source with the header's name defines it.
"""
import pathlib
import re
import sys

# Headers that list what other sources define, and why.
REGISTRIES = {
    "cli/command.h": "one function for each command",
    "src/models/layouts.h": "one function for each checkpoint layout",
    "src/models/towers.h": "one function for each model family",
    "src/ops/ops.h": "the interface of the backends; only backend/create_ops.cpp may include a backend",
    "src/server/routes.h": "one function for each file of routes",
    "src/data/parquet/api.h": "the entry points of a plugin",
}

NOISE = re.compile(r'R"(\w*)\(.*?\)\1"|//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\'|^[ \t]*#(?:\\\n|[^\n])*',
                   re.DOTALL | re.MULTILINE)
TYPE = re.compile(r"(template\s*<.*>\s*)?(class|struct|enum|union|using|typedef|static|friend)\b", re.DOTALL)
NAME = re.compile(r"([A-Za-z_][\w:]*)\s*\(")


def statements(text):
    """Yields (text, whether a body follows) for each statement in named namespaces, in order."""
    open_braces, current, parentheses = [], "", 0
    for c in NOISE.sub(" ", text):
        if c == "{" and not parentheses:
            start = current.strip()
            if re.search(r"\bnamespace [\w:]+$", start):
                open_braces.append("namespace")
            else:
                if all(kind == "namespace" for kind in open_braces):
                    yield start, True
                open_braces.append("other")
            current = ""
        elif c == "}" and not parentheses:
            if open_braces:
                open_braces.pop()
            current = ""
        elif c == ";" and not parentheses:
            if all(kind == "namespace" for kind in open_braces):
                yield current.strip(), False
            current = ""
        else:
            parentheses = max(0, parentheses + (c == "(") - (c == ")"))
            current += c


def function_name(statement):
    """The name of the free function that a statement declares, or None."""
    statement = re.sub(r"\[\[\w+\]\]", "", statement).strip()
    found = NAME.search(statement)
    if not found or TYPE.match(statement) or "=" in statement[:found.start()]:
        return None
    before = statement[:found.start()].strip()
    return found.group(1) if before and "::" not in found.group(1) else None


def functions(path, with_body):
    found = (function_name(text) for text, body in statements(path.read_text(encoding="utf-8")) if body == with_body)
    return {name for name in found if name}


def is_part_of(source, header):
    """Whether the source is X.cpp or X_part.cpp in the folder of the header X.h."""
    return source.parent == header.parent and (source.stem == header.stem or source.stem.startswith(header.stem + "_"))


def check(root):
    files = [p.relative_to(root) for top in ("src", "cli") for p in sorted((root / top).rglob("*"))]
    declared = {p: functions(root / p, False) for p in files if p.suffix == ".h"}
    defined = {p: functions(root / p, True) for p in files if p.suffix == ".cpp"}
    problems = []
    for source, names in defined.items():
        own = declared.get(source.with_suffix(".h"), set())
        text = (root / source).read_text(encoding="utf-8")
        for header, others in declared.items():
            included = header.relative_to(header.parts[0]).as_posix()
            if is_part_of(source, header) or header.as_posix() in REGISTRIES or f'#include "{included}"' not in text:
                continue
            for name in sorted((names & others) - own - defined.get(header.with_suffix(".cpp"), set())):
                problems.append(f"{source}: {name} is declared in {header}, expected {source.with_suffix('.h')}")
    return problems


def main():
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent
    if not (root / "src").is_dir():
        sys.exit(f"check_headers: '{root}' has no src/")
    problems = check(root)
    for problem in problems:
        print(problem)
    if problems:
        print(f"check_headers: {len(problems)} functions are declared in a header of another name")
        sys.exit(1)


if __name__ == "__main__":
    main()
