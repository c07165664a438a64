#!/usr/bin/env python3
"""Writes src/text/cleaning/fix_tables.cpp: the character sets and code pages of ftfy 6.3.

Needs the package ftfy (6.3) on a Python with Unicode 16.0 data (3.14).

    python3 tools/golden/tokenizer_mojibake_tables.py > src/text/cleaning/fix_tables.cpp
"""

import html
import re
import unicodedata

import ftfy  # registers the sloppy code pages
from ftfy import badness, chardata

# Bits of CharClass in fix_tables.h, in this order.
CATEGORIES = [
    "common",
    "c1",
    "bad",
    "law",
    "currency",
    "start_punctuation",
    "end_punctuation",
    "numeric",
    "kaomoji",
    "upper_accented",
    "lower_accented",
    "upper_common",
    "lower_common",
    "box",
]
CLUES = [
    "utf8_first_of_2",
    "utf8_first_of_3",
    "utf8_first_of_4",
    "utf8_continuation",
    "utf8_continuation_strict",
]


def members(body):
    pattern = re.compile(f"[{body}]")
    return {c for c in range(0x10000) if pattern.match(chr(c))}


def u32(text):
    def escaped(c):
        n = ord(c)
        if c.isascii() and (c.isalnum() or c in " !#$%&'()*+,-./:;<=>@[]^_`{|}~"):
            return c
        return f"\\{n:03o}" if n < 0xA0 else f"\\u{n:04x}" if n < 0x10000 else f"\\U{n:08x}"

    return 'U"' + "".join(map(escaped, text)) + '"'


def print_rows(cells, width=100):
    line = " "
    for cell in cells:
        if len(line) + len(cell) + 2 > width:
            print(line)
            line = " "
        line += " " + cell + ","
    print(line)


def classes():
    assert set(badness.MOJIBAKE_CATEGORIES) == set(CATEGORIES)
    assert set(chardata.UTF8_CLUES) == set(CLUES)
    bits = {}
    for bit, name in enumerate(CATEGORIES + CLUES):
        body = badness.MOJIBAKE_CATEGORIES.get(name) or chardata.UTF8_CLUES[name]
        for c in members(body):
            bits[c] = bits.get(c, 0) | 1 << bit
    runs = []
    for c in sorted(bits):
        if runs and runs[-1][1] == c - 1 and runs[-1][2] == bits[c]:
            runs[-1][1] = c
        else:
            runs.append([c, c, bits[c]])
    print("static constexpr CharClassRange kCharClassRows[] = {")
    print_rows(f"{{0x{a:x}, 0x{b:x}, 0x{m:x}}}" for a, b, m in runs)
    print("};\nconst std::span<const CharClassRange> kCharClasses{kCharClassRows};\n")


def code_pages():
    print("const CodePage kCodePages[kCodePageCount] = {")
    for name in chardata.CHARMAP_ENCODINGS:
        upper = bytes(range(0x80, 0x100)).decode(name)
        assert len(upper) == 128 and bytes(range(0x1A)).decode(name) == "".join(
            map(chr, range(0x1A))
        )
        sloppy = name.startswith("sloppy")
        assert bytes([0x1A]).decode(name) == ("\ufffd" if sloppy else "\x1a")
        print(f'  {{"{name}", {str(sloppy).lower()}, {{')
        print_rows(f"0x{ord(c):x}" for c in upper)
        print("  }},")
    print("};\n")
    strict = [bytes([b]).decode("windows-1252", "replace") for b in range(0x80, 0xA0)]
    print(
        "// Windows-1252 for the bytes 0x80 to 0x9f; 0 where it has no character.\n"
        "const char16_t kWindows1252[32] = {"
    )
    print_rows("0" if c == "\ufffd" else f"0x{ord(c):x}" for c in strict)
    print("};\n")


def replacements():
    table = {c: t for c, t in chardata.LIGATURES.items()}
    print("static const Replacement kLigatureRows[] = {")
    print_rows(f"{{0x{c:x}, {u32(t)}}}" for c, t in sorted(table.items()))
    print("};\nconst std::span<const Replacement> kLigatures{kLigatureRows};\n")
    print("static const Replacement kWidthRows[] = {")
    print_rows(f"{{0x{c:x}, {u32(t)}}}" for c, t in sorted(chardata.WIDTH_MAP.items()))
    print("};\nconst std::span<const Replacement> kWidths{kWidthRows};\n")
    controls = sorted(chardata.CONTROL_CHARS)
    runs = []
    for c in controls:
        if runs and runs[-1][1] == c - 1:
            runs[-1][1] = c
        else:
            runs.append([c, c])
    print("static constexpr unicode::CodePointRange kRemovedControlRows[] = {")
    print_rows(f"{{0x{a:x}, 0x{b:x}}}" for a, b in runs)
    print(
        "};\nconst std::span<const unicode::CodePointRange> kRemovedControls{kRemovedControlRows};\n"
    )


def entities():
    rows = sorted((name.encode(), value) for name, value in html.entities.html5.items())
    print("static const HtmlEntity kHtmlEntityRows[] = {")
    print_rows(f'{{"{name.decode()}", {u32(value)}}}' for name, value in rows)
    print("};\nconst std::span<const HtmlEntity> kHtmlEntities{kHtmlEntityRows};\n")
    extra = {
        k[1:]: v for k, v in chardata.HTML_ENTITIES.items() if k[1:] not in html.entities.html5
    }
    print("static const HtmlEntity kCapitalEntityRows[] = {")
    print_rows(f'{{"{name}", {u32(value)}}}' for name, value in sorted(extra.items()))
    print("};\nconst std::span<const HtmlEntity> kCapitalEntities{kCapitalEntityRows};\n")
    refs = html._invalid_charrefs
    print("static const CharacterReference kReplacedReferenceRows[] = {")
    print_rows(f"{{0x{n:x}, 0x{ord(c):x}}}" for n, c in sorted(refs.items()))
    print(
        "};\nconst std::span<const CharacterReference> kReplacedReferences{kReplacedReferenceRows};\n"
    )
    runs = []
    for c in sorted(html._invalid_codepoints):
        if runs and runs[-1][1] == c - 1:
            runs[-1][1] = c
        else:
            runs.append([c, c])
    print("static constexpr unicode::CodePointRange kDroppedReferenceRows[] = {")
    print_rows(f"{{0x{a:x}, 0x{b:x}}}" for a, b in runs)
    print(
        "};\nconst std::span<const unicode::CodePointRange> kDroppedReferences{kDroppedReferenceRows};\n"
    )


def main():
    assert ftfy.__version__.startswith("6.3") and unicodedata.unidata_version == "16.0.0"
    print("// Generated by tools/golden/tokenizer_mojibake_tables.py; do not edit.")
    print("// clang-format off")
    print('#include "text/cleaning/fix_tables.h"\n')
    print("namespace sightline {\n")
    classes()
    code_pages()
    replacements()
    entities()
    print("}  // namespace sightline")


main()
