"""The checker checked: canary/ breaks each rule, in lines marked `expect: <rule>`."""

import re
import subprocess
import sys
import unittest

import check_layers

EXPECTATION = re.compile(r"expect: (\w+)")


def expected_violations() -> set[tuple[str, int, str]]:
    return {
        (str(file), number, rule)
        for file, lines in check_layers.text_files(check_layers.CANARY)
        for number, line in enumerate(lines, start=1)
        for rule in EXPECTATION.findall(line)
    }


def found_violations() -> set[tuple[str, int, str]]:
    return {violation[:3] for violation in check_layers.check(check_layers.CANARY)}


class Canary(unittest.TestCase):
    maxDiff = None

    def test_every_marked_line_is_found_and_no_other(self):
        self.assertEqual(sorted(expected_violations()), sorted(found_violations()))

    def test_every_rule_is_broken(self):
        self.assertEqual(set(check_layers.RULES), {rule for _, _, rule in expected_violations()})

    def test_every_layer_and_outside_folder_is_there(self):
        files = [file for file, _, _ in expected_violations()]
        for folder in [*(f"src/{layer}" for layer in check_layers.LAYERS), *check_layers.OUTSIDE]:
            with self.subTest(folder):
                if folder == "src/database":
                    continue  # may include every layer
                self.assertTrue(any(file.startswith(folder + "/") for file in files))

    def test_the_program_fails_and_names_the_place(self):
        program = subprocess.run(
            [sys.executable, check_layers.__file__, str(check_layers.CANARY)],
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual(program.returncode, 1)
        self.assertRegex(program.stdout, r"src/sync/loop\.cpp:\d+: \[layer\] sync may not include ")


if __name__ == "__main__":
    unittest.main()
