#!/usr/bin/env python3
"""`tidemark bench --tiny` measures everything, and every target has its measure."""

import json
import os
import re
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
CLI = os.environ["TIDEMARK_CLI"]
RESULT = {"contender", "median", "low", "high"}


def bench(*arguments):
    done = subprocess.run([CLI, "bench", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


class Suite(unittest.TestCase):
    def test_measures_everything(self):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "bench.json"
            page = Path(folder) / "bench.html"
            text = bench("--tiny", "--folder", folder, "--json", str(file), "--html", str(page))
            report = json.loads(file.read_text(encoding="utf-8"))
            html = page.read_text(encoding="utf-8")
            self.assertEqual(set(Path(folder).iterdir()), {file, page}, "nothing stays behind")
        names = [measure["name"] for measure in report["measures"]]
        self.assertEqual(names, bench("--tiny", "--list").splitlines())
        for measure in report["measures"]:
            with self.subTest(measure["name"]):
                self.assertIn(measure["name"], text)
                self.assertIn(measure["name"], html)
                self.check(measure)

    def check(self, measure):
        contenders = [result["contender"] for result in measure["results"]]
        self.assertIn("tidemark_trigger", contenders + ["tidemark_trigger"] * ("API" in measure["name"]))
        self.assertEqual(len(contenders), len(set(contenders)))
        for result in measure["results"]:
            self.assertLessEqual(RESULT, result.keys())
            self.assertLessEqual(result["low"], result["median"])
            self.assertLessEqual(result["median"], result["high"])
            if result["contender"] == measure["base"]:
                self.assertEqual(result["ratio"], 1)

    def test_every_target_has_a_measure(self):
        text = (HERE / "suite" / "targets.cpp").read_text(encoding="utf-8")
        targets = set(re.findall(r'Target\{"([^"]+)"', text))
        self.assertGreater(len(targets), 2)
        self.assertLessEqual(targets, set(bench("--list").splitlines()))

    def test_leaves_nothing_when_interrupted(self):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "bench.json"
            command = [CLI, "bench", "--rounds", "1000", "--rows", "10000", "--folder", folder]
            command += ["--only", "^autocommit insert$", "--json", str(file)]
            with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
                while not file.exists():
                    self.assertIsNone(process.poll())
                    time.sleep(0.01)
                process.send_signal(signal.SIGINT)
                self.assertIn(b"Interrupted", process.communicate()[1])
                self.assertEqual(process.returncode, 130)
            self.assertEqual(list(Path(folder).iterdir()), [file])

    def test_runs_only_what_is_asked_for(self):
        self.assertEqual(bench("--list", "--only", "^autocommit INSERT$"), "autocommit insert\n")


if __name__ == "__main__":
    unittest.main()
