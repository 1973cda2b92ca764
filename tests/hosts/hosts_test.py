#!/usr/bin/env python3
"""One script of SQL, played by a host that has loaded the extension: the rows that it returns are those
expected, and in the end the disk, opened by plain SQLite, equals the RAM.

Usage: hosts_test.py HOST EXTENSION [NODE-FOLDER]     (HOST: python3, shell, node-22, node-24, better-sqlite3)

Exits with 77 when the host is not there.
"""

import difflib
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
SCRIPT = HERE / "conformance.sql"
MISSING = 77


def missing(what: str) -> None:
    print(f"skipped: {what}")
    sys.exit(MISSING)


def text_of(value: object) -> str:
    return "" if value is None else str(value)


def play_in_python(extension: str, database: str, options: str) -> str:
    """In this very process."""
    print(f"SQLite {sqlite3.sqlite_version} of python3 {sys.version.split()[0]}")
    db = sqlite3.connect(":memory:", isolation_level=None)
    db.enable_load_extension(True)
    db.load_extension(extension)
    db.execute("SELECT tidemark_open(?, ?)", (database, options))
    lines = []
    for sql in SCRIPT.read_text("utf-8").split("\n\n"):
        lines += ["|".join(map(text_of, row)) + "\n" for row in db.execute(sql)]
    db.execute(f"VACUUM INTO '{database}.ram'")
    db.close()
    return "".join(lines)


def run(command: list[str], folder: Path, script: str = "") -> str:
    done = subprocess.run(command, input=script, capture_output=True, text=True, cwd=folder,
                          timeout=300, check=False)
    print(done.stderr, end="")
    if done.returncode != 0:
        sys.exit(f"{command[0]} ended with {done.returncode}")
    return done.stdout


def play_in_shell(extension: str, database: str, options: str) -> str:
    print("SQLite", run(["sqlite3", "--version"], HERE).split()[0], "of the sqlite3 shell")
    opening = f"SELECT 1 WHERE tidemark_open('{database}', '{options}') IS NULL;"
    script = "\n".join([f".load {extension}", opening, SCRIPT.read_text("utf-8"),
                        f"VACUUM INTO '{database}.ram';"])
    return run(["sqlite3", "-batch", "-bail", ":memory:"], HERE, script)


def play_in_node(host: str, extension: str, database: str, options: str, packages: Path) -> str:
    modules = packages / "node_modules"
    node, driver = shutil.which("node"), "better-sqlite3"
    if host != "better-sqlite3":
        node, driver = str(modules / host / "bin" / "node"), "node:sqlite"
        if not Path(node).is_file():
            missing(f"{host} is not installed in {modules}")
    elif node is None or not list(modules.glob("better-sqlite3/build/Release/*.node")):
        missing(f"better-sqlite3 is not built in {modules}")
    assert node
    return run([node, "--no-warnings", str(HERE / "host.mjs"), driver, extension, database,
                str(SCRIPT), options], packages)


def content(path: str) -> list[str]:
    """Everything but tidemark's bookkeeping, asked of plain SQLite."""
    db = sqlite3.connect(path)
    lines = [line for line in db.iterdump() if "_tidemark_state" not in line]
    for pragma in ("user_version", "application_id", "integrity_check"):
        lines.append(f"{pragma} {db.execute('PRAGMA ' + pragma).fetchall()}")
    lines += map(str, db.execute("SELECT * FROM sqlite_sequence"))
    db.close()
    return lines


def expect_equal(what: str, expected: list[str], found: list[str]) -> None:
    if expected != found:
        print(*difflib.unified_diff(expected, found, "expected", "found", lineterm=""), sep="\n")
        sys.exit(f"{what} differ")


def main() -> None:
    host, extension = sys.argv[1:3]
    for interval in (0, 3_600_000):
        with tempfile.TemporaryDirectory() as folder:
            database = str(Path(folder, "app.db"))
            options = f'{{"interval_ms": {interval}}}'
            if host == "python3":
                rows = play_in_python(extension, database, options)
            elif host == "shell":
                rows = play_in_shell(extension, database, options)
            else:
                rows = play_in_node(host, extension, database, options, Path(sys.argv[3]))
            expected = (HERE / "conformance.expected").read_text("utf-8")
            expect_equal("rows", expected.splitlines(), rows.splitlines())
            expect_equal("RAM and disk", content(database + ".ram"), content(database))


if __name__ == "__main__":
    main()
