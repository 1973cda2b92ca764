#!/usr/bin/env python3
"""The canary: a fuzzer whose library has bugs planted in it must find them, make the script small,
and find the same again when that script is replayed. The fuzzer without the bugs must find nothing in
that script, or the bug would not be the planted one.

Usage: canary_test.py FUZZER CANARY STRATEGY
"""

import subprocess
import sys
import tempfile
from pathlib import Path

STEPS_MAX = 25


def run(*command: object) -> subprocess.CompletedProcess[str]:
    result = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, check=False
    )
    print("$", *command, "->", result.returncode)
    return result


def expect(condition: bool, sentence: str, result: subprocess.CompletedProcess[str]) -> None:
    if condition:
        return
    print(result.stdout[-4000:], result.stderr[-4000:])
    sys.exit(f"canary: {sentence}")


def main() -> None:
    fuzzer, canary, strategy = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        found = run(canary, "--strategy", strategy, "--seed", 1, "--time", 60, "--shrink-time", 12,
                    "--without-background", "--save-to", folder)
        scripts = list(Path(folder).glob("*.sql"))
        expect(found.returncode == 1 and len(scripts) == 1, "the planted bug was not found", found)
        text = scripts[0].read_text(encoding="utf-8")
        print(text)
        steps = [line for line in text.splitlines() if not line.startswith("-- note")]
        expect(len(steps) <= STEPS_MAX, f"{len(steps)} lines are not a small script", found)

        again = run(canary, "--replay", scripts[0])
        expect(again.returncode == 1, "the script does not show the bug again", again)
        kind = again.stdout.split(",")[0]
        expect(kind in text, f"replayed, the script shows another thing: {kind}", again)

        healthy = run(fuzzer, "--replay", scripts[0])
        expect(healthy.returncode == 0, "the script fails without the planted bug too", healthy)


if __name__ == "__main__":
    main()
