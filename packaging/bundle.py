#!/usr/bin/env python3
"""Makes an installed tree independent of the system's libraries, except those of glibc and GCC's runtime.

    bundle.py PREFIX VERSION CREATED

Copies the libraries that PREFIX/bin and PREFIX/lib need into PREFIX/lib, sets their run paths to $ORIGIN, and writes
licences and an SPDX document into PREFIX/share/doc/sightline. CREATED is the document's time, 2026-01-31T00:00:00Z.
Prints the newest version of glibc's and libstdc++'s symbols that the tree needs. Needs patchelf, binutils and dpkg.
"""
import json
import pathlib
import re
import shutil
import subprocess
import sys

import sbom

# Part of every system with glibc. libstdc++ and libgcc_s must not be older than the compiler's.
BASE = re.compile(r"(ld-linux-x86-64|lib(c|m|dl|pthread|rt|resolv|util|mvec|gcc_s|stdc\+\+))\.so\.")
HEADERS = ["libcli11-dev", "nlohmann-json3-dev"]


def fail(message):
    sys.exit("packaging/bundle.py: " + message)


def binaries_of(prefix):
    for path in sorted([*prefix.glob("bin/*"), *prefix.glob("lib/**/*")]):
        if path.is_file() and not path.is_symlink() and path.read_bytes()[:4] == b"\x7fELF":
            yield path


def needed_by(path):
    """{soname: path} of all that the loader would load with a binary."""
    text = subprocess.run(["ldd", path], capture_output=True, text=True, check=True).stdout
    if missing := re.findall(r"(\S+) => not found", text):
        fail(f"{path} needs {', '.join(missing)}, which the loader does not find")
    return dict(re.findall(r"^\s*(\S+) => (/\S+)", text, re.MULTILINE))


def copy_libraries(prefix):
    """Returns {path on the system: copied file}."""
    copied = {}
    for binary in list(binaries_of(prefix)):
        for soname, path in needed_by(binary).items():
            if BASE.match(soname) or pathlib.Path(path).resolve().is_relative_to(prefix) or path in copied:
                continue
            target = prefix / "lib" / soname
            shutil.copyfile(path, target)
            target.chmod(0o755)
            copied[path] = target
    for target in copied.values():
        subprocess.run(["patchelf", "--set-rpath", "$ORIGIN", target], check=True)
    return copied


def write_documents(prefix, version, created, copied):
    by_package = {}
    for path, target in copied.items():
        package = sbom.package_of(path)
        if package is None:
            fail(f"no Debian package owns {path}, so its licence is unknown")
        by_package.setdefault(package, []).append(target.name)
    documents = prefix / "share" / "doc" / "sightline"
    licences = documents / "licenses"
    licences.mkdir(parents=True, exist_ok=True)
    for package in [*by_package, *HEADERS]:
        (licences / f"{package}.txt").write_text(sbom.copyright_of(package))
    others = []
    for arrow in prefix.glob("lib/sightline/libarrow.so.*"):
        major, minor = divmod(int(arrow.suffix[1:]), 100)
        others.append(sbom.plain_entry("apache-arrow", f"{major}.{minor}", "Apache-2.0", f"pkg:pypi/pyarrow@{major}.{minor}",
                                       "libarrow and libparquet of the wheel pyarrow; notices in share/doc/sightline/arrow"))
    document = sbom.document(version, created, by_package, HEADERS, others)
    (documents / "sbom.spdx.json").write_text(json.dumps(document, indent=1) + "\n")
    return by_package


def newest_symbols(prefix):
    """{'GLIBC': ('2.34', file), …}: the newest versions that any binary needs."""
    newest = {}
    for binary in binaries_of(prefix):
        text = subprocess.run(["objdump", "-T", binary], capture_output=True, text=True, check=True).stdout
        for line in text.split("\n"):
            if "*UND*" not in line:
                continue
            for name, version in re.findall(r"\b(GLIBC|GLIBCXX|CXXABI)_(\d[\d.]*)", line):
                key = tuple(int(part) for part in version.split("."))
                if name not in newest or key > newest[name][0]:
                    newest[name] = (key, version, binary.name)
    return {name: found[1:] for name, found in newest.items()}


def main():
    if len(sys.argv) != 4:
        sys.exit("usage: bundle.py PREFIX VERSION CREATED")
    prefix, version, created = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2], sys.argv[3]
    # Not by `cmake --install --strip`, which replaces links to libraries by copies.
    subprocess.run(["strip", "--strip-unneeded", *binaries_of(prefix)], check=True)
    copied = copy_libraries(prefix)
    by_package = write_documents(prefix, version, created, copied)
    print(f"{len(copied)} libraries of {len(by_package)} packages")
    for name, (newest, file) in sorted(newest_symbols(prefix).items()):
        print(f"needs {name}_{newest} ({file})")


if __name__ == "__main__":
    main()
