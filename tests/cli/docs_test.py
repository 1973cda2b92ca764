#!/usr/bin/env python3
"""docs/cli.md names every option, default and exit code that `--help` names."""

import re
import unittest
from pathlib import Path

from support import CliTest

ROOT = Path(__file__).resolve().parents[2]


class Documentation(CliTest):
    def setUp(self):
        super().setUp()
        self.page = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8").replace("\\|", "|")

    def test_names_every_option_with_its_default(self):
        for command in ("run", "demo", "status", "verify", "check", "shell", "bench"):
            text = self.cli(command, "--help").stdout
            options = re.findall(r"(?m)^  (?:-\w,)?(--[a-z-]+)(?: \S+?=(\S+))?", text)
            self.assertIn(("--help", ""), options)
            for name, default in options[1:]:
                rows = [line for line in self.page.splitlines() if name in line]
                self.assertTrue(rows, f"{command} {name}")
                self.assertTrue(any(default in row for row in rows), f"{command} {name}={default}")

    def test_names_no_option_that_is_none(self):
        known = "".join(self.cli(command, "--help").stdout for command in ("run", "demo", "status", "shell", "bench"))
        for name in re.findall(r"`(--[a-z-]+)", self.page):
            self.assertIn(name, known + "--version")

    def test_names_every_exit_code(self):
        codes = re.findall(r"(?m)\b(\d+)  \w", self.cli("run", "--help").stdout.split("Exit codes:")[1])
        self.assertEqual(codes[:5], ["0", "1", "2", "3", "4"])
        for code in [*codes, "130", "143"]:
            self.assertRegex(self.page, rf"(?m)^\| (\d+, )*{code}(, \d+)* \|")


if __name__ == "__main__":
    unittest.main()
