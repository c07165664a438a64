#!/usr/bin/env python3
"""Adds the licences of bundled libraries and an SPDX document to a wheel that auditwheel repaired.

    wheel_documents.py WHEEL CREATED

Writes *.dist-info/licenses/bundled/PACKAGE.txt for the Debian package of each library in *.libs, and
*.dist-info/sboms/sbom.spdx.json. CREATED is the document's time, 2026-01-31T00:00:00Z. Replaces the wheel. Needs dpkg
and the packages with which the wheel was built.
"""
import base64
import csv
import hashlib
import io
import json
import os
import pathlib
import re
import subprocess
import sys
import zipfile

import sbom
from bundle import HEADERS

HASHED = re.compile(r"[^/]+\.libs/(lib.+?)-[0-9a-f]{8}(\.so.*)$")  # auditwheel adds a part of the file's SHA-256


def fail(message):
    sys.exit("packaging/wheel_documents.py: " + message)


def system_libraries():
    """{file name: path} of the libraries that the loader finds; links are resolved."""
    text = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=True).stdout
    found = {}
    for path in re.findall(r"=> (/\S+)", text):
        real = pathlib.Path(path).resolve()
        found.setdefault(real.name, real)
        found.setdefault(pathlib.Path(path).name, real)
    return found


def packages_of(names):
    """{Debian package: names of its libraries} of the members of a wheel."""
    libraries, packages = system_libraries(), {}
    for name in sorted(names):
        match = HASHED.match(name)
        if not match:
            continue
        library = match[1] + match[2]
        package = library in libraries and sbom.package_of(libraries[library])
        if not package:
            fail(f"no Debian package owns {library}, so its licence is unknown")
        packages.setdefault(package, []).append(name.rpartition("/")[2])
    return packages


def record_line(name, content):
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    return [name, f"sha256={digest}", str(len(content))]


def add_documents(path, created):
    """Returns the number of libraries and of packages."""
    with zipfile.ZipFile(path) as wheel:
        members = {info.filename: (info, wheel.read(info)) for info in wheel.infolist()}
    record = next((name for name in members if name.endswith(".dist-info/RECORD")), None)
    if record is None:
        fail(f"{path} has no RECORD")
    folder = record.rpartition("/")[0]
    version = folder.split("-")[1].removesuffix(".dist-info")
    packages = packages_of(members)
    documents = {f"{folder}/licenses/bundled/{package}.txt": sbom.copyright_of(package).encode()
                 for package in [*packages, *HEADERS]}
    document = sbom.document(version, created, packages, HEADERS, [])
    for licence in document["hasExtractedLicensingInfos"]:
        licence["extractedText"] = f"See {folder}/licenses/bundled/{licence['licenseId'].removeprefix('LicenseRef-')}.txt"
    documents[f"{folder}/sboms/sbom.spdx.json"] = (json.dumps(document, indent=1) + "\n").encode()

    rows = [row for row in csv.reader(io.StringIO(members[record][1].decode())) if row and row[0] not in documents]
    rows[-1:-1] = [record_line(name, content) for name, content in sorted(documents.items())]
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    temporary = pathlib.Path(f"{path}.tmp")
    with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as wheel:
        for name, (info, content) in members.items():
            if name not in documents and name != record:
                wheel.writestr(info, content, zipfile.ZIP_DEFLATED, 9)
        for name, content in sorted(documents.items()):
            wheel.writestr(name, content)
        wheel.writestr(members[record][0], out.getvalue(), zipfile.ZIP_DEFLATED, 9)
    os.replace(temporary, path)
    return sum(len(libraries) for libraries in packages.values()), len(packages)


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: wheel_documents.py WHEEL CREATED")
    libraries, packages = add_documents(pathlib.Path(sys.argv[1]), sys.argv[2])
    print(f"{sys.argv[1]}: licences of {libraries} libraries of {packages} packages")


if __name__ == "__main__":
    main()
