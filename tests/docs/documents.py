"""Fenced blocks of the project's Markdown documents, and the examples of every --help.

The info string of a block says what is done with it:

    sh                      run, in order, by one shell per document
    sh skip: REASON         not run; the reason is printed and counted
    sh needs FEATURE: TEXT  run if the build has the feature (torch, parquet) or the sentence model was fetched
                            (textmodel), else skipped
    cpp                     a program: compiled in a separate project with the installed library, and run
    c                       the same with the C API, found by pkg-config
    python                  run if its imports are installed, else skipped
    json, jsonl             parsed
    jsonl FILE              and written to FILE first
    text                    neither run nor parsed
"""
import collections
import json
import re
import shlex
import subprocess

# document: path in the repository. line: of the first line of the content, from 1. language, rest: of the
# info string.
Block = collections.namedtuple("Block", "document line language rest content")

LANGUAGES = {"sh", "cpp", "c", "python", "json", "jsonl", "text"}
FENCE = re.compile(r"^ *(```+)(.*)$")


class DocumentError(Exception):
    pass


def blocks_of(document, text):
    """Returns the fenced blocks of a document. Raises DocumentError for an unknown info string."""
    blocks, fence = [], None
    for number, line in enumerate(text.splitlines(), 1):
        found = FENCE.match(line)
        if fence is None and found:
            fence, info, first, content = found[1], found[2].strip(), number + 1, []
        elif fence is not None and found and found[1] == fence and not found[2].strip():
            language, _, rest = info.partition(" ")
            check_info(document, first - 1, language, rest)
            blocks.append(Block(document, first, language, rest, content))
            fence = None
        elif fence is not None:
            content.append(line)
    if fence is not None:
        raise DocumentError(f"{document}:{first - 1}: the fenced block has no end")
    return blocks


def check_info(document, line, language, rest):
    where = f"{document}:{line}"
    if language not in LANGUAGES:
        raise DocumentError(f"{where}: info string '{language}' of a fenced block; known are {', '.join(sorted(LANGUAGES))}")
    if language == "jsonl" and re.fullmatch(r"[~\w./]+", rest):
        return
    if language == "python" and re.fullmatch(r"skip: \S.*", rest):
        return
    if rest and (language != "sh" or not re.fullmatch(r"(skip|needs [a-z]+): \S.*", rest)):
        raise DocumentError(f"{where}: '{rest}' after '{language}'; expected nothing, 'skip: REASON' or 'needs FEATURE: REASON'")


def skip_reason(block, features):
    """Returns why a block is not run, or None if it is."""
    kind, _, reason = block.rest.partition(": ")
    if kind == "skip":
        return reason
    if kind.startswith("needs ") and kind.split()[1] not in features:
        return f"this build has no {kind.split()[1]}: {reason}"
    return None


def commands_of(lines):
    """Returns the commands of shell lines as lists of words: without comments, continued lines joined,
    separated at && and |."""
    commands = []
    for line in re.sub(r"\\\n", " ", "\n".join(lines)).splitlines():
        words = shlex.shlex(line, posix=True, punctuation_chars="&|;()")
        words.whitespace_split, words.commenters = True, "#"
        command = []
        for word in words:
            if set(word) <= set("&|;()"):
                commands.append(command)
                command = []
            else:
                command.append(word)
        commands.append(command)
    return [command for command in commands if command]


def outputs_of(command):
    """Returns the files and folders that a command is told to write."""
    if "--shard" in command:
        return []  # whose files have the number of the shard in their names; merge reads them
    found = []
    for position, word in enumerate(command[:-1]):
        if word in ("--out", "--grid", "--certificate", ">") or (word == "--to" and "pull" in command):
            found.append(command[position + 1])
    if command[1:2] == ["dataset"] and command[2:3] != ["info"]:
        paths = [word for word in command[3:] if not word.startswith("--")]
        found.append(paths[1 if command[2] == "convert" else 0])
    return [path for path in found if path != "-" and not path.startswith("/dev/")]


def check_json(block):
    """Raises DocumentError if a block of JSON cannot be parsed."""
    text = "\n".join(block.content)
    for line, part in enumerate(text.splitlines() if block.language == "jsonl" else [text]):
        try:
            json.loads(part)
        except ValueError as error:
            raise DocumentError(f"{block.document}:{block.line + line}: not JSON: {error}") from None


def help_of(program, command):
    return subprocess.run([program, *command, "--help"], check=True, stdout=subprocess.PIPE, text=True).stdout


def subcommands(help_text):
    """Returns the names of a command's subcommands, which its --help lists in sections with titles."""
    usage = re.search(r"^Usage: .*", help_text, re.MULTILINE)
    if not usage or "COMMAND" not in usage[0]:
        return []
    names = []
    for title, section in re.findall(r"^([A-Z][\w ]+):\n((?:  .*\n)+)", help_text, re.MULTILINE):
        if title not in ("Options", "Arguments", "Positionals", "Example", "Examples"):
            names += re.findall(r"^  ([a-z]+)\b", section, re.MULTILINE)
    return names


def help_texts(program):
    """Returns the --help of each command, of subcommands too: {('dataset', 'info'): text}."""
    texts, waiting = {}, [()]
    while waiting:
        command = waiting.pop(0)
        texts[command] = help_of(program, command)
        waiting += [(*command, name) for name in subcommands(texts[command])]
    return texts


def examples_of(help_text):
    """Returns the lines of a --help that are examples: the rest of 'Example: …', or the indented lines
    below 'Examples:'."""
    lines = help_text.splitlines()
    found = []
    for position, line in enumerate(lines):
        start = re.match(r"Examples?:(?: +(.+))?$", line)
        if not start:
            continue
        if start[1]:
            found.append(start[1])
        below = position + 1
        while below < len(lines) and lines[below].startswith("  "):
            found.append(lines[below].strip())
            below += 1
    return found
