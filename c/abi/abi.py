#!/usr/bin/env python3
"""The ABI of libsightline_c: what compiled programs depend on.

    abi.py check ABI.txt HEADERS LIBRARY [CC]    compares; exit code 1: it differs
    abi.py write ABI.txt HEADERS LIBRARY [CC]    writes the file; refuses to remove or change lines

Lists the exported symbols with their version, the signature of each function, size, alignment and members
of each struct, all constants and the types of values. A line that is gone or changed breaks programs, which
only a new SOVERSION permits. A line that is new must be added to the file, by `write`.
HEADERS: the folder of sightline_c.h. CC: the C compiler, GCC (-aux-info); default cc.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

STRUCT = re.compile(r"typedef struct (\w+) \{(.*?)\} \1;", re.DOTALL)
MEMBER = re.compile(r"(.*?)(\w+)((?:\[\d+\])?)$", re.DOTALL)
ENUM = re.compile(r"enum \{(.*?)\};", re.DOTALL)
TYPE = re.compile(r"typedef ([\w ]+?) (\w+);")
CALLBACK = re.compile(r"typedef ([^;{}]*?)\(\*(\w+)\)\(([^;{}]*?)\);")


def run(*command, **options):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, **options).stdout


def squeeze(text):
    return re.sub(r"\s*([*(),])\s*", r"\1", " ".join(text.split()))


def own_declarations(headers, cc):
    """The headers after preprocessing, without what they include."""
    lines, own = [], False
    for line in run(cc, "-std=c99", "-E", "-I", headers, headers / "sightline_c.h").splitlines():
        marker = re.match(r'# \d+ "(.*?)"', line)
        if marker:
            own = "sightline_c" in pathlib.Path(marker[1]).name or "sightline_c/" in marker[1]
        elif own:
            lines.append(line)
    return "\n".join(lines)


def functions(headers, cc, folder):
    """The signatures of the functions, without names of parameters."""
    source = folder / "functions.c"
    source.write_text("#include <sightline_c.h>\n")
    out = folder / "functions.txt"
    run(cc, "-std=c99", "-I", headers, "-fsyntax-only", "-aux-info", out, source)
    found = re.findall(r"^/\*.*?\*/ extern (.*?);", out.read_text(), re.MULTILINE)
    return ["function " + squeeze(line) for line in found if re.search(r"\bsightline_\w+ \(", line)]


def layouts(text, headers, cc, folder):
    """The lines about structs and constants, which a compiled program prints."""
    prints = []
    for name, body in STRUCT.findall(text):
        prints.append(f'printf("struct {name} size %zu align %zu\\n", sizeof({name}), _Alignof({name}));')
        last = None
        for declaration in filter(None, (part.strip() for part in body.split(";"))):
            kind, last, count = MEMBER.match(declaration).groups()
            prints.append(f'printf("member {name}.{last} offset %zu size %zu type {squeeze(kind)}{count}\\n", '
                          f"offsetof({name}, {last}), sizeof((({name}*)0)->{last}));")
        prints.append(f"if (offsetof({name}, {last}) + sizeof((({name}*)0)->{last}) != sizeof({name})) "
                      f'printf("padding at the end of {name}\\n");')
    for body in ENUM.findall(text):
        for name in re.findall(r"\b(SIGHTLINE_\w+)", body):
            prints.append(f'printf("constant {name} %d\\n", (int){name});')
    source = folder / "layouts.c"
    source.write_text("#include <sightline_c.h>\n#include <stdio.h>\nint main(void) {\n" + "\n".join(prints)
                      + "\nreturn 0;\n}\n")
    run(cc, "-std=c11", "-I", headers, "-o", folder / "layouts", source)
    return run(folder / "layouts").splitlines()


def symbols(library):
    lines = run("nm", "-D", "--defined-only", library).splitlines()
    return sorted(f"symbol {line.split()[2]}" for line in lines if line.split()[1] != "A")


def describe(headers, library, cc):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        text = own_declarations(headers, cc)
        types = [f"type {name} {squeeze(kind)}" for kind, name in TYPE.findall(text)]
        callbacks = [f"callback {name} {squeeze(result)}({squeeze(arguments)})"
                     for result, name, arguments in CALLBACK.findall(text)]
        return sorted(types + callbacks + functions(headers, cc, folder) + layouts(text, headers, cc, folder)
                      + symbols(library))


def faults_of(lines):
    """What is wrong with a description itself."""
    declared = {re.search(r"(sightline_\w+)\(", line)[1] for line in lines if line.startswith("function ")}
    exported = {line.split()[1].split("@")[0] for line in lines if line.startswith("symbol ")}
    faults = [line for line in lines if line.startswith("padding")]
    faults += [f"{name} is declared, but not exported" for name in sorted(declared - exported)]
    faults += [f"{name} is exported, but not declared" for name in sorted(exported - declared)]
    return faults


def key_of(line):
    """What a line is about; the rest of it may not change."""
    if line.startswith("function "):
        return "function " + re.search(r"(sightline_\w+)\(", line)[1]
    return " ".join(line.split()[:2])


def compare(known, found):
    """Returns the breaks and the additions, one sentence each."""
    found_by_key = {key_of(line): line for line in found}
    breaks = []
    for line in sorted(set(known) - set(found)):
        now = found_by_key.get(key_of(line))
        breaks.append(f"changed: {line}\n     to: {now}" if now else f"removed: {line}")
    known_keys = {key_of(line) for line in known}
    return breaks, [f"added: {line}" for line in found if key_of(line) not in known_keys]


def permit_growth(known, breaks, additions):
    """A struct with struct_size may grow at its end: its size then changes, and members are added."""
    sized = {line.split()[1].split(".")[0] for line in known if re.match(r"member \w+\.struct_size ", line)}
    grown = {line.split()[2].split(".")[0] for line in additions if line.startswith("added: member ")} & sized
    allowed = []
    for line in breaks:
        sizes = re.findall(r"struct (\w+) size (\d+) align (\d+)", line)
        if len(sizes) == 2 and sizes[0][0] in grown and int(sizes[1][1]) > int(sizes[0][1]) and sizes[0][2] == sizes[1][2]:
            allowed.append(line)
    return [line for line in breaks if line not in allowed], additions + [line.replace("changed", "grown") for line in allowed]


def main():
    if len(sys.argv) not in (5, 6) or sys.argv[1] not in ("check", "write"):
        sys.exit(__doc__)
    path = pathlib.Path(sys.argv[2])
    found = describe(pathlib.Path(sys.argv[3]), sys.argv[4], sys.argv[5] if len(sys.argv) == 6 else "cc")
    known = path.read_text().splitlines() if path.exists() else []
    breaks, additions = permit_growth(known, *compare(known, found))
    for line in faults_of(found) + breaks + additions:
        print(line)
    if faults_of(found):
        sys.exit("abi.py: the headers and the library contradict each other, or a struct has padding at its end")
    if breaks:
        sys.exit("abi.py: compiled programs would break; only a new SOVERSION permits that")
    if sys.argv[1] == "write":
        path.write_text("\n".join(found) + "\n")
    elif additions:
        sys.exit(f"abi.py: the ABI has grown; run 'c/abi/abi.py write {path} {sys.argv[3]} {sys.argv[4]}'")


if __name__ == "__main__":
    main()
