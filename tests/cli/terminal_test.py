#!/usr/bin/env python3
"""What a person at a terminal sees, and what a file gets instead."""

import subprocess
import unittest

from support import FAILED, OK, USAGE, CliTest, run_on_terminal

ESCAPE = "\x1b["


class TerminalTest(CliTest):
    def setUp(self):
        super().setUp()
        self.script = self.folder / "script.sql"
        self.script.write_text("CREATE TABLE t (a INTEGER PRIMARY KEY);\n"
                               "INSERT INTO t VALUES (1), (2);\nSELECT a FROM t;\nnope;\n")

    def run_script(self, **environment):
        code, seen = run_on_terminal(["run", self.db, "--sql", self.script], environment)
        self.assertEqual(code, FAILED, seen)
        return seen

    def test_syncs_have_emoji_and_errors_colour(self):
        seen = self.run_script()
        self.assertRegex(seen, r"(?m)^✅ Synced 2 changes \(.*\) in [\d.]+ m?s$")
        self.assertRegex(seen, r"(?m)^✅ Flushed 2 changes, mark \d+$")
        self.assertIn(ESCAPE + "31mError: ", seen)
        self.assertIn("\n1\n2\n", "\n" + seen)

    def test_no_color_keeps_the_emoji(self):
        seen = self.run_script(NO_COLOR="1")
        self.assertIn("✅", seen)
        self.assertNotIn(ESCAPE, seen)

    def test_a_dumb_terminal_gets_plain_text(self):
        seen = self.run_script(TERM="dumb")
        self.assertTrue(seen.isascii(), seen)
        self.assertNotIn(ESCAPE, seen)

    def test_a_small_file_is_loaded_without_a_progress_bar(self):
        self.run_sql("CREATE TABLE big AS SELECT zeroblob(1000);")
        self.assertNotIn("Loading", self.run_script())

    def test_a_terminal_as_input_is_asked_for_explicitly(self):
        code, seen = run_on_terminal(["run", self.db])
        self.assertEqual(code, USAGE)
        self.assertIn("--sql", seen)
        self.assertFalse(self.db.exists())

    def test_input_from_a_pipe_is_fine_on_a_terminal(self):
        code, seen = run_on_terminal(["run", self.db], stdin=subprocess.DEVNULL)
        self.assertEqual(code, OK, seen)

    def test_status_is_coloured_only_here(self):
        self.run_sql("CREATE TABLE t (a);")
        code, seen = run_on_terminal(["status", self.db])
        self.assertEqual(code, OK)
        self.assertIn(ESCAPE, seen)
        self.assertNotIn(ESCAPE, self.cli("status", self.db).stdout)


if __name__ == "__main__":
    unittest.main()
