#!/usr/bin/env python3
"""Writes manual pages of sightline and its commands.

    sightline help --json | packaging/man.py FOLDER

The pages are FOLDER/sightline.1 and FOLDER/sightline-COMMAND.1. Their date is SOURCE_DATE_EPOCH, else today.
"""
import datetime
import json
import os
import pathlib
import re
import sys

EXIT_STATUS = [
    ("0", "done"),
    ("1", "failed"),
    ("2", "invalid arguments"),
    ("3", "done, but some inputs were skipped; they are listed on standard error with reasons"),
    ("130, 143", "interrupted by Ctrl-C (SIGINT), stopped by SIGTERM"),
]
ENVIRONMENT = [
    ("SIGHTLINE_LIBRARY", "Folder of the library, where --library is not given."),
    ("SIGHTLINE_TOKEN", "Token of sightline serve, where --token-file is not given."),
    ("SIGHTLINE_PROGRESS_INTERVAL", "Seconds between lines of progress without a terminal; 0: none."),
    ("XDG_CACHE_HOME", "The embedding cache is its folder sightline; default: ~/.cache."),
    ("HF_HOME, HF_HUB_CACHE, HF_HUB_OFFLINE, HF_TOKEN", "Settings of the cache of the Hugging Face Hub, as in Python."),
]


def escaped(text):
    """Text for roff: ASCII only, hyphens that can be copied, no line that begins with a request."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    text = "".join(c if ord(c) < 128 else f"\\[u{ord(c):04X}]" for c in text)
    return "\n".join("\\&" + line if line[:1] in (".", "'") else line for line in text.split("\n"))


def bold(text):
    return "\\fB" + escaped(text) + "\\fR"


def form(option):
    """'--top-k N' with the names in bold and the value in italics."""
    if not option["form"].startswith("-"):
        return "\\fI" + escaped(option["form"]) + "\\fR"
    parts = []
    for word in option["form"].split(" "):
        name = word.rstrip(",")
        parts.append(bold(name) + word[len(name):] if word.startswith("-") else "\\fI" + escaped(word) + "\\fR")
    value = "\\fR[=\\fIKIND\\fR]" if option["optional_value"] else ""
    return " ".join(parts) + value


def item(head, text):
    return f".TP\n{head}\n{escaped(text)}\n"


def entries(options):
    return "".join(item(form(option), option["description"] or "See above.") for option in options)


def notes_and_examples(text):
    """Splits the text after the options: (paragraph, lines of examples)."""
    found = re.search(r"^Examples?:[ \n]", text, re.MULTILINE)
    if not found:
        return text.strip(), []
    lines = text[found.end():].split("\n")
    is_example = [i == 0 or line.startswith("  ") for i, line in enumerate(lines)]
    examples = [line.strip() for line, yes in zip(lines, is_example) if yes and line.strip()]
    others = [line.strip() for line, yes in zip(lines, is_example) if not yes]
    return "\n".join([text[:found.start()].strip(), *others]).strip(), examples


def body(command, level):
    """Description, arguments, options and examples of a command, under headings of `level` (SH or SS)."""
    text = ""
    if command["arguments"]:
        text += ".SH ARGUMENTS\n" if level == "SH" else ""
        text += entries(command["arguments"])
    if command["options"]:
        text += ".SH OPTIONS\n" if level == "SH" else ""
        text += entries(command["options"])
    paragraph, examples = notes_and_examples(command["notes"])
    if paragraph and command["words"]:
        text += (".SH NOTES\n" if level == "SH" else ".PP\n") + escaped(paragraph) + "\n"
    if examples:
        text += ".SH EXAMPLES\n" if level == "SH" else ".PP\nExample:\n"
        text += ".nf\n.RS\n" + "\n".join(escaped(line) for line in examples) + "\n.RE\n.fi\n"
    return text


def inner_commands(command):
    text = ".SH COMMANDS\n"
    for inner in command["commands"]:
        text += f".SS {escaped(inner['usage'])}\n{escaped(inner['description'])}.\n" + body(inner, "SS")
    return text


def list_of_commands(program):
    text, group = ".SH COMMANDS\n", None
    for command in program["commands"]:
        if command["group"] != group:
            group = command["group"]
            text += f".SS {escaped(group)}\n"
        name = command["words"][0]
        text += item(f"\\fB{escaped('sightline-' + name)}\\fR(1)", command["description"])
    return text


def synopsis(usage, words):
    """The usage with the command in bold."""
    name = " ".join(["sightline"] + words)
    return bold(name) + escaped(usage[len(name):])


def page(command, program, date):
    name = "-".join(["sightline"] + command["words"])
    summary = command["description"].rstrip(".")
    text = (f".\\\" Written by packaging/man.py from 'sightline help --json'.\n"
            f".TH {name.upper()} 1 {date} \"sightline {program['version']}\" \"Sightline manual\"\n"
            f".SH NAME\n{escaped(name)} \\- {escaped(summary[:1].lower() + summary[1:])}\n"
            f".SH SYNOPSIS\n{synopsis(command['usage'], command['words'])}\n"
            f".SH DESCRIPTION\n{escaped(summary)}.\n")
    if not command["words"]:
        text += list_of_commands(program) + body(command, "SH")
    else:
        text += body(command, "SH")
        text += inner_commands(command) if command["commands"] else ""
    text += ".SH EXIT STATUS\n" + "".join(item(bold(code), meaning) for code, meaning in EXIT_STATUS)
    if not command["words"]:
        text += ".SH ENVIRONMENT\n" + "".join(item(bold(names), meaning) for names, meaning in ENVIRONMENT)
    others = [c["words"][0] for c in program["commands"] if c["words"] != command["words"]] if not command["words"] else []
    also = [f"\\fB{escaped('sightline-' + other)}\\fR(1)" for other in others] or ["\\fBsightline\\fR(1)"]
    return text + ".SH SEE ALSO\n" + ",\n".join(also) + "\n"


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: sightline help --json | man.py FOLDER")
    program = json.load(sys.stdin)
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    seconds = os.environ.get("SOURCE_DATE_EPOCH")
    now = datetime.datetime.now(datetime.timezone.utc)
    date = (datetime.datetime.fromtimestamp(int(seconds), datetime.timezone.utc) if seconds else now).date()
    for old in folder.glob("sightline*.1"):
        old.unlink()
    for command in [program] + program["commands"]:
        name = "-".join(["sightline"] + command["words"])
        (folder / f"{name}.1").write_text(page(command, program, date), encoding="ascii")


if __name__ == "__main__":
    main()
