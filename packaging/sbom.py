"""Finds the Debian packages of libraries, with their licences, and describes them as an SPDX 2.3 document."""
import functools
import hashlib
import pathlib
import re
import subprocess


def output_of(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


@functools.cache
def package_of(path):
    """The Debian package that owns a library, 'libcurl4', or None."""
    real = pathlib.Path(path).resolve()
    candidates = [str(real)]
    if str(real).startswith("/usr/"):
        candidates.append(str(real)[len("/usr"):])  # owned by its name before /lib became a link
    for candidate in candidates:
        found = re.match(r"([^:\s]+)(:\w+)?: ", output_of("dpkg", "-S", candidate))
        if found:
            return found[1]
    return None


@functools.cache
def facts_of(package):
    """(version, source package, home page) of an installed Debian package."""
    text = output_of("dpkg-query", "-W", "-f", "${Version}\t${source:Package}\t${Homepage}\n", package)
    return tuple(text.split("\n")[0].split("\t"))


def copyright_of(package):
    """The copyright file of an installed Debian package. Raises OSError without one."""
    return pathlib.Path(f"/usr/share/doc/{package}/copyright").read_text(errors="replace")


def licences_in(text):
    """The short names of licences in a machine-readable copyright file; [] in others."""
    if "copyright-format" not in text[:400]:
        return []
    return sorted(set(re.findall(r"^License: *(\S.*?)\s*$", text, re.MULTILINE)))


def debian_entry(package, libraries):
    version, source, home = facts_of(package)
    text = copyright_of(package)
    names = licences_in(text)
    comment = f"Debian's names of the licences in it: {', '.join(names)}." if names else "See the text of the licence."
    entry = {
        "SPDXID": "SPDXRef-" + re.sub(r"[^A-Za-z0-9.-]", "-", package),
        "name": package,
        "versionInfo": version,
        "supplier": "Organization: Debian",
        "downloadLocation": f"https://sources.debian.org/src/{source}/",
        "filesAnalyzed": False,
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": "LicenseRef-" + re.sub(r"[^A-Za-z0-9.-]", "-", package),
        "licenseComments": comment,
        "copyrightText": "NOASSERTION",
        "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                          "referenceLocator": f"pkg:deb/debian/{package}@{version}"}],
    }
    if home:
        entry["homepage"] = home
    if libraries:
        entry["comment"] = "Files: " + ", ".join(sorted(libraries))
    extracted = {"licenseId": entry["licenseDeclared"], "name": f"Copyright file of Debian's {package}",
                 "extractedText": text}
    return entry, extracted


def plain_entry(name, version, licence, locator, comment):
    return {"SPDXID": f"SPDXRef-{name}", "name": name, "versionInfo": version, "downloadLocation": "NOASSERTION",
            "filesAnalyzed": False, "licenseConcluded": licence, "licenseDeclared": licence,
            "copyrightText": "NOASSERTION", "comment": comment,
            "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                              "referenceLocator": locator}]}


def document(version, created, by_package, built_in, others):
    """Returns the SPDX document. by_package: {Debian package: names of its bundled libraries}; built_in: Debian
    packages of headers that are compiled in; others: further entries (plain_entry)."""
    root = plain_entry("sightline", version, "Apache-2.0", f"pkg:generic/sightline@{version}", "This archive.")
    packages, extracted, relationships = [root], [], [
        {"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": root["SPDXID"]}]

    def add(entry, relationship):
        packages.append(entry)
        relationships.append({"spdxElementId": root["SPDXID"], "relationshipType": relationship,
                              "relatedSpdxElement": entry["SPDXID"]})

    for package in sorted(by_package):
        entry, licence = debian_entry(package, by_package[package])
        extracted.append(licence)
        add(entry, "DYNAMIC_LINK")
    for package in built_in:
        entry, licence = debian_entry(package, [])
        extracted.append(licence)
        add(entry, "STATIC_LINK")
    for entry in others:
        add(entry, "DYNAMIC_LINK")
    digest = hashlib.sha256(repr(packages).encode()).hexdigest()
    return {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": f"sightline-{version}",
        "documentNamespace": f"https://sightline.invalid/spdx/sightline-{version}-{digest[:16]}",
        "creationInfo": {"created": created, "creators": ["Tool: packaging/sbom.py"]},
        "packages": packages,
        "relationships": relationships,
        "hasExtractedLicensingInfos": extracted,
    }
