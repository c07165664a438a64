"""The checks of documents report what they should: each case is a small document or help text."""
import json
import pathlib
import tempfile
import unittest

import documents
import json_keys
import prose
from documents import DocumentError


def blocks(*lines):
    return documents.blocks_of("x.md", "\n".join(lines))


class InfoStrings(unittest.TestCase):
    def test_known_ones_are_accepted(self):
        for info in ("sh", "sh skip: takes hours", "sh needs torch: trains", "cpp", "c", "python", "python skip: elsewhere", "json", "jsonl ~/a/b.jsonl", "text"):
            block, = blocks("words", "```" + info, "content", "```")
            self.assertEqual((block.line, block.content), (3, ["content"]), info)

    def test_others_are_errors(self):
        for info in ("", "bash", "sh skip", "sh skip: ", "sh later", "cpp skip: x", "jsonl two words"):
            with self.assertRaises(DocumentError, msg=info) as raised:
                blocks("```" + info, "content", "```")
            self.assertIn("x.md:1", str(raised.exception))

    def test_a_block_without_an_end_is_an_error(self):
        with self.assertRaises(DocumentError):
            blocks("```sh", "true")

    def test_reasons_of_blocks_that_are_not_run(self):
        skipped, = blocks("```sh skip: takes hours", "```")
        needs, = blocks("```sh needs torch: trains", "```")
        self.assertEqual(documents.skip_reason(skipped, {"torch"}), "takes hours")
        self.assertIsNone(documents.skip_reason(needs, {"torch"}))
        self.assertIn("no torch", documents.skip_reason(needs, {"parquet"}))


class Commands(unittest.TestCase):
    def test_lines_are_split_as_by_a_shell(self):
        found = documents.commands_of(["a --out x \\", "  'b c'   # words", "", "d && e | f > g", "# only words"])
        self.assertEqual(found, [["a", "--out", "x", "b c"], ["d"], ["e"], ["f", ">", "g"]])

    def test_outputs_are_the_files_that_a_command_is_told_to_write(self):
        cases = [("sightline encode --out out/a.npy", ["out/a.npy"]), ("sightline search --grid out/g.png x", ["out/g.png"]),
                 ("sightline pull X --to usb", ["usb"]), ("sightline dataset convert a b --to csv", ["b"]),
                 ("sightline dataset emoji --json d > e.json", ["e.json", "d"]), ("sightline encode --out -", [])]
        for line, outputs in cases:
            self.assertEqual(documents.outputs_of(documents.commands_of([line])[0]), outputs, line)

    def test_examples_of_a_help_text(self):
        text = ("Usage: sightline encode [OPTIONS]\n\nOptions:\n  --out FILE   words\n\nExample: sightline encode --out a.npy\n"
                "Examples:\n  sightline encode \\\n    --out b.npy\n  ls |\n    sightline encode -\nWords about it.\n")
        self.assertEqual(documents.examples_of(text), ["sightline encode --out a.npy", "sightline encode \\", "--out b.npy",
                                                       "ls |", "sightline encode -"])

    def test_subcommands_of_a_help_text(self):
        text = ("Words.\nUsage: sightline COMMAND [OPTIONS]\n\nOptions:\n  -h, --help   words\n\nSearch:\n  search   Find\n"
                "           more\n  encode   Encode\n\nOther:\n  help     Help\n\nExit codes: 0 done\n")
        self.assertEqual(documents.subcommands(text), ["search", "encode", "help"])
        self.assertEqual(documents.subcommands(text.replace(" COMMAND", "")), [])

    def test_json_must_parse(self):
        good, = blocks("```jsonl", '{"a": 1}', "[2]", "```")
        documents.check_json(good)
        bad, = blocks("```jsonl", '{"a": 1}', "{a: 1}", "```")
        with self.assertRaises(DocumentError) as raised:
            documents.check_json(bad)
        self.assertIn("x.md:3", str(raised.exception))


class Prose(unittest.TestCase):
    def test_unknown_commands_and_options_are_reported(self):
        helps = {("encode",): "  --out FILE   words\n  --include-hidden\n", ("dataset", "info"): "  --json\n"}
        text = "`sightline {}`"
        for call in ("encode --out x.npy", "dataset info --json D", "encode --include-hidden", "… --any"):
            self.assertEqual(prose.inline_faults(text.format(call), helps), [], call)
        for call in ("encode --include", "encode --json", "endcode x", "dataset emoji"):
            self.assertEqual(len(prose.inline_faults(text.format(call), helps)), 1, call)

    def test_links_and_paths_must_lead_somewhere(self):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / "a.md").write_text("# A title: `x y`\n```text\n# no title\n```\n[b](b.md#a-title-x-y) [c](https://c) [d](d.md)\n")
            (root / "b.md").write_text("# A title: `x y`\n[a](a.md#no-title) [b](#a-title-x-y)\n")
            self.assertEqual(prose.link_faults(root / "a.md"), ["the link to 'd.md' leads nowhere"])
            self.assertEqual(prose.link_faults(root / "b.md"), ["'a.md' has no heading '#no-title'"])
            (root / "src").mkdir()
            (root / "src/a.cpp").touch()
            self.assertEqual(prose.path_faults("`src/a.cpp` `src/b.cpp` `x/y`\n", root), ["'src/b.cpp' does not exist"])


class Keys(unittest.TestCase):
    DOCUMENT = ("## `sightline x`\n\n`sightline x --json > {file}`\n\n| key | |\n|---|---|\n| `a`, `b[].c` | words |\n"
                "| `d` | if there is one |\n| `e.*` | names |\n")

    def faults(self, printed):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / "out/json").mkdir(parents=True)
            (root / "out/json/x.json").write_text(json.dumps(printed))
            return json_keys.faults_of(self.DOCUMENT.format(file="out/json/x.json"), root)

    def test_documented_keys_are_printed_and_printed_keys_documented(self):
        self.assertEqual(self.faults({"a": 1, "b": [{"c": 2}], "e": {"any": 1}}), ([], 1))
        self.assertEqual(self.faults({"a": 1, "b": [], "d": 3}), ([], 1))

    def test_other_keys_are_reported(self):
        for printed, key in (({"b": [{"c": 1}]}, "'a'"), ({"a": 1, "b": [{"d": 1}]}, "'b[].d'"), ({"a": 1, "f": 1}, "'f'")):
            faults, _ = self.faults(printed)
            self.assertTrue(any(key in fault for fault in faults), (printed, faults))


if __name__ == "__main__":
    unittest.main()
