#!/usr/bin/env python3
"""What docs/errors.md says that errors say is what the sources say."""

import re
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def texts_of_the_sources() -> str:
    files = [path for folder in ("src", "cli", "extension") for path in (ROOT / folder).rglob("*.?pp")]
    text = "\n".join(path.read_text("utf-8") for path in sorted(files))
    return re.sub(r'"\s*\n\s*"', "", text)  # literals that stand behind each other are one


class Errors(unittest.TestCase):
    def test_every_quoted_error_is_one(self):
        texts = texts_of_the_sources()
        page = (ROOT / "docs" / "errors.md").read_text("utf-8")
        quoted = re.findall(r"(?m)^\| `([^`]+)`", page)
        self.assertGreater(len(quoted), 20)
        for words in quoted:
            with self.subTest(words):
                self.assertTrue(words in texts, "no source says so")


if __name__ == "__main__":
    unittest.main()
