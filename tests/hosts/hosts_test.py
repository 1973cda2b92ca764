#!/usr/bin/env python3
"""One script of SQL, played by a host that keeps its database by tidemark: the rows that it returns are
those expected, and in the end the disk, opened by plain SQLite, equals the RAM. And killed at any time a
host leaves whole transactions, with all that it has flushed.

Usage: hosts_test.py HOST PROGRAM [NODE-FOLDER]

HOST is python3, shell, node-22, node-24 or better-sqlite3, and PROGRAM the extension; or c or cpp, and
PROGRAM the host. Exits with 77 when the host is not there.
"""

import contextlib
import difflib
import json
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
MISSING = 77
HOSTS_WITHOUT_EXTENSION = ("c", "cpp")


class Playing(NamedTuple):
    """A script that is to be played, and by what."""

    program: Path
    packages: Path
    folder: Path
    statements: list[str]
    strategy: str = "trigger"
    interval_ms: int = 0

    @property
    def database(self) -> str:
        return str(self.folder / "app.db")

    @property
    def options(self) -> str:
        return json.dumps({"interval_ms": self.interval_ms})

    def script(self) -> Path:
        path = self.folder / "script.sql"
        path.write_text("\n\n".join(self.statements), "utf-8")
        return path


def missing(what: str) -> None:
    print(f"skipped: {what}")
    sys.exit(MISSING)


# ---- how each host plays ------------------------------------------------------------------------


def python_command(playing: Playing) -> list[str]:
    return [sys.executable, "-B", str(Path(__file__).resolve()), "--play", str(playing.program),
            playing.database, str(playing.script()), playing.options]


def play_in_this_process(extension: str, database: str, script: str, options: str) -> None:
    print(f"SQLite {sqlite3.sqlite_version} of python3 {sys.version.split()[0]}", file=sys.stderr)
    db = sqlite3.connect(":memory:", isolation_level=None)
    db.enable_load_extension(True)
    db.load_extension(extension)
    db.execute("SELECT tidemark_open(?, ?)", (database, options))
    for sql in Path(script).read_text("utf-8").split("\n\n"):
        for row in db.execute(sql):
            print("|".join("" if value is None else str(value) for value in row))
    db.close()


def shell_command(playing: Playing) -> list[str]:
    opening = f"SELECT 1 WHERE tidemark_open('{playing.database}', '{playing.options}') IS NULL;"
    version = ".shell echo SQLite $(sqlite3 --version | cut -c1-6) of the sqlite3 shell >&2"
    playing = playing._replace(
        statements=[f".load {playing.program}", version, opening, *playing.statements])
    return ["sqlite3", "-batch", "-bail", ":memory:", f".read {playing.script()}"]


def node_command(host: str, playing: Playing) -> list[str]:
    modules = playing.packages / "node_modules"
    node, driver = shutil.which("node"), "better-sqlite3"
    if host != "better-sqlite3":
        node, driver = str(modules / host / "bin" / "node"), "node:sqlite"
        if not Path(node).is_file():
            missing(f"{host} is not installed in {modules}")
    elif node is None or not list(modules.glob("better-sqlite3/build/Release/*.node")):
        missing(f"better-sqlite3 is not built in {modules}")
    assert node
    return [node, "--no-warnings", str(HERE / "host.mjs"), driver, str(playing.program),
            playing.database, str(playing.script()), playing.options]


def command(host: str, playing: Playing) -> list[str]:
    if host == "python3":
        return python_command(playing)
    if host == "shell":
        return shell_command(playing)
    if host in HOSTS_WITHOUT_EXTENSION:
        return [str(playing.program), playing.database, str(playing.script()), playing.strategy,
                str(playing.interval_ms)]
    return node_command(host, playing)


def start(host: str, playing: Playing) -> subprocess.Popen:
    return subprocess.Popen(command(host, playing), stdout=subprocess.PIPE, text=True,
                            cwd=playing.packages if "node" in host or "better" in host else None)


def play(host: str, playing: Playing) -> list[str]:
    process = start(host, playing)
    rows, _ = process.communicate(timeout=300)
    if process.returncode != 0:
        sys.exit(f"{host} ended with {process.returncode}")
    return rows.splitlines()


# ---- what is expected ---------------------------------------------------------------------------


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


def expect_conformance(host: str, playing: Playing) -> None:
    statements = (HERE / "conformance.sql").read_text("utf-8").rstrip("\n").split("\n\n")
    expected = (HERE / "conformance.expected").read_text("utf-8").splitlines()
    if playing.strategy == "session":
        # There is no queue; of the two statements about it the last one returns a row.
        statements = [sql for sql in statements if "_sync_queue" not in sql]
        expected = expected[:-1]
    statements.append(f"VACUUM INTO '{playing.database}.ram';")
    rows = play(host, playing._replace(statements=statements))
    expect_equal("rows", expected, rows)
    expect_equal("RAM and disk", content(playing.database + ".ram"), content(playing.database))


FLUSHED = 200  # transactions
TRANSACTION = ["BEGIN;", "INSERT INTO t(a) VALUES(randomblob(50));", "UPDATE total SET a = a + 1;",
               "COMMIT;"]
ENDLESS = "WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT 1 - i FROM n) SELECT i FROM n WHERE i > 1;"


def kill_script(database: str) -> list[str]:
    """Writes; flushes, and says so by a file; and goes on writing until somebody kills it."""
    return ["CREATE TABLE t(id INTEGER PRIMARY KEY, a);", "CREATE TABLE total(a);",
            "INSERT INTO total VALUES(0);", *TRANSACTION * FLUSHED, "SELECT tidemark_flush();",
            f"VACUUM INTO '{database}.flushed';", *TRANSACTION * 20_000, ENDLESS]


def total_on_disk(database: str) -> int:
    """Of a database that is being written; 0 when it has not got so far."""
    try:
        with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as db:
            return db.execute("SELECT a FROM total").fetchone()[0]
    except (sqlite3.OperationalError, TypeError):
        return 0


def expect_whole_transactions(host: str, playing: Playing, at_least: int) -> None:
    db = sqlite3.connect(playing.database)
    [(count, total)] = db.execute("SELECT (SELECT count(*) FROM t), (SELECT a FROM total)")
    assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    db.close()
    assert count == total, f"{count} rows, and {total} transactions"
    assert count >= at_least, f"{count} transactions of {at_least} that were flushed"
    # And goes on from there.
    statements = ["INSERT INTO t(a) VALUES(0);", "SELECT count(*) FROM t;"]
    rows = play(host, playing._replace(statements=statements))
    expect_equal("rows", [str(count + 1)], rows)


def expect_to_survive_being_killed(host: str, playing: Playing, after_flush: bool) -> None:
    process = start(host, playing._replace(statements=kill_script(playing.database), interval_ms=1))
    flushed = Path(playing.database + ".flushed")
    while not (flushed.exists() if after_flush else total_on_disk(playing.database) > 0):
        if process.poll() is not None:
            sys.exit(f"{host} ended with {process.returncode} before it was killed")
        time.sleep(0.002)
    process.kill()
    process.communicate(timeout=60)
    assert process.returncode == -9, process.returncode
    expect_whole_transactions(host, playing, FLUSHED if after_flush else 1)


def main() -> None:
    if sys.argv[1] == "--play":
        play_in_this_process(*sys.argv[2:])
        return
    host, program, packages = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    strategies = ("trigger", "session") if host in HOSTS_WITHOUT_EXTENSION else ("trigger",)

    def in_new_folder(expect, *arguments, **choices) -> None:
        with tempfile.TemporaryDirectory() as folder:
            expect(host, Playing(program, packages, Path(folder), [], **choices), *arguments)

    for strategy in strategies:
        for interval_ms in (0, 3_600_000):
            in_new_folder(expect_conformance, strategy=strategy, interval_ms=interval_ms)
        for after_flush in (False, True):
            in_new_folder(expect_to_survive_being_killed, after_flush, strategy=strategy)


if __name__ == "__main__":
    main()
