#!/usr/bin/env python3
"""`tidemark demo`: it tells what it measures, and fails when a check fails."""

import json
import os
import re
import unittest
from pathlib import Path

from support import FAILED, OK, USAGE, CliTest, run_on_terminal

DATA = Path("/usr/share/iso-codes/json")
LISTS = {"iso_639-3.json": "639-3", "iso_3166-1.json": "3166-1", "iso_3166-2.json": "3166-2"}


@unittest.skipUnless(DATA.is_dir(), "the package iso-codes is missing")
class Demo(CliTest):
    def demo(self, *options):
        result = self.cli("demo", "--fast", *options, env={**os.environ, "TMPDIR": str(self.folder)})
        self.assertEqual(result.returncode, OK, result.stdout + result.stderr)
        self.assertEqual(list(self.folder.iterdir()), [], "nothing is left behind")
        self.assertNotIn("[FAILED]", result.stdout)
        self.assertTrue(result.stdout.isascii(), "plain when no terminal")
        checks = result.stdout.count("[ok]")
        self.assertRegex(result.stdout, rf"(?m)^  All {checks} checks passed in [\d.]+ s$")
        return result.stdout

    def test_loads_all_of_the_real_data(self):
        counts = [len(json.loads((DATA / file).read_text())[name]) for file, name in LISTS.items()]
        out = self.demo("--strategy", "session")
        for table, count in zip(("languages", "countries", "subdivisions"), counts):
            self.assertRegex(out, rf"(?m)^  {table} +{count:,} rows$")
        self.assertIn(f"SQLite alone counts {sum(counts):,} rows in the file", out)

    def test_replays_the_trigger_flow(self):
        out = self.demo("--strategy", "trigger")
        self.assertNotIn("Flow 2", out)
        self.assertRegex(out, r"(?m)^ +0\.\ds  Write #1 -> trigger fires -> queue: 1 item$")
        self.assertRegex(out, r"(?m)^ +\| +\d+ +\| INSERT +\| posts +\| \{\"id\":1,\"title\":\"Title\"")
        self.assertIn("WHERE operation = 'INSERT' AND json_extract(record_data, '$.views') > 100", out)
        self.assert_story_ends_well(out)

    def test_replays_the_session_flow(self):
        out = self.demo("--strategy", "session")
        self.assertNotIn("Flow 1", out)
        sizes = [int(size) for size in re.findall(r"Write #[1-4] .* changeset: (\d+) bytes", out)]
        self.assertEqual(len(sizes), 4)
        self.assertIn("a new session -> changeset: 0 bytes", out)
        self.assert_story_ends_well(out)

    def assert_story_ends_well(self, out):
        self.assertRegex(out, r"(?m)^ +\d+\.\ds  synced \d changes? \(\d+ bytes\) in [\d.]+ ms$")
        self.assertIn("the file holds the same 5 posts as RAM", out)
        rows = {label: int(number.replace(",", "")) for label, number in
                re.findall(r"\| ([a-zA-Z() ]+?) +\| ([\d,]+) +\|", out)}  # fmt: skip
        self.assertGreater(rows["acknowledged by flush()"], 0)
        self.assertGreaterEqual(rows["survived in the file"], rows["acknowledged by flush()"])
        self.assertIn("PRAGMA integrity_check: ok", out)
        self.assertRegex(out, r"verify\(\): RAM and file are equal, \d+ tables, mark \d+")

    def test_is_drawn_on_a_terminal(self):
        code, seen = run_on_terminal(["demo", "--fast"])
        self.assertEqual(code, OK, seen)
        for sign in ("Flow 1", "Flow 2", "✔", "┌", "⏰ ✅ Synced", "\x1b[1m"):
            self.assertIn(sign, seen)

    def test_keeps_the_files_when_told(self):
        result = self.cli("demo", "--fast", "--strategy", "session", "--keep",
                          env={**os.environ, "TMPDIR": str(self.folder)})  # fmt: skip
        self.assertEqual(result.returncode, OK)
        self.assertEqual(len(list(self.folder.glob("tidemark-demo-*/session.db"))), 1)


class DemoWithoutData(CliTest):
    def test_tells_what_to_install(self):
        result = self.cli("demo", "--data", self.folder)
        self.assertEqual(result.returncode, FAILED)
        self.assertIn("apt-get install iso-codes", result.stdout)

    def test_data_that_is_no_data_is_a_failure(self):
        for file in LISTS:
            (self.folder / file).write_text("{")
        result = self.cli("demo", "--data", self.folder)
        self.assertEqual(result.returncode, FAILED)
        self.assertIn("[FAILED]", result.stdout)

    def test_usage(self):
        self.assertEqual(self.cli("demo", "--strategy", "magic").returncode, USAGE)


if __name__ == "__main__":
    unittest.main()
