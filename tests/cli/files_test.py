#!/usr/bin/env python3
"""`tidemark status`, `tidemark verify`, and files that cannot be opened."""

import json
import os
import re
import shutil
import sqlite3
import stat
import unittest
from contextlib import closing
from pathlib import Path

from support import CANNOT_OPEN, FAILED, OK, USAGE, CliTest

COMMANDS = ("run", "status", "verify")
FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
NOBODY = 65534


def make_damaged(path):
    """A database whose header and schema are sound, but not the pages of its table."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE t (a, b)")
        connection.executemany("INSERT INTO t VALUES (?, ?)", ((i, "x" * 200) for i in range(500)))
    content = bytearray(path.read_bytes())
    for page in range(4, 8):
        content[page * 4096 : page * 4096 + 512] = os.urandom(512)
    path.write_bytes(content)


class Reports(CliTest):
    def setUp(self):
        super().setUp()
        self.run_sql("CREATE TABLE t (a, b); INSERT INTO t VALUES (1, 'x'), (2, NULL);"
                     "CREATE TABLE empty (a);", "--strategy", "trigger")  # fmt: skip

    def report(self, command, *options):
        result = self.cli(command, self.db, *options)
        self.assertEqual((result.returncode, result.stderr), (OK, ""))
        return result.stdout

    def test_status_as_text(self):
        text = self.report("status")
        for line in (rf"file +{re.escape(str(self.db))}", r"size +[\d.]+ KiB",
                     r"written by +tidemark \d+\.\d+\.\d+, format \d+", r"strategy +trigger",
                     r"mark +[1-9]\d*", r"last sync +\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
                     r"held by +nobody", r"integrity +ok"):  # fmt: skip
            self.assertRegex(text, rf"(?m)^{line}$")

    def test_status_as_json(self):
        report = json.loads(self.report("status", "--json"))
        self.assertEqual(report["path"], str(self.db))
        self.assertTrue(report["kept_by_tidemark"])
        self.assertEqual(report["strategy"], "trigger")
        self.assertGreater(report["mark"], 0)
        self.assertIsNone(report["held_by"])
        self.assertEqual(report["problems"], [])
        self.assertNotIn("tables", report)

    def test_verify_counts_and_hashes(self):
        tables = {table["name"]: table for table in json.loads(self.report("verify", "--json"))["tables"]}
        self.assertEqual({name: table["rows"] for name, table in tables.items()}, {"t": 2, "empty": 0})
        self.assertRegex(tables["t"]["hash"], "^[0-9a-f]{16}$")
        text = self.report("verify")
        self.assertRegex(text, rf"(?m)^table +{tables['t']['hash']} +2 rows +t$")

    def test_equal_content_has_equal_hashes(self):
        before = json.loads(self.report("verify", "--json"))["tables"]
        with closing(sqlite3.connect(self.db)) as connection, connection:
            connection.execute("UPDATE t SET b = 'y' WHERE a = 1")
        changed = json.loads(self.report("verify", "--json"))["tables"]
        self.assertNotEqual(before, changed)
        with closing(sqlite3.connect(self.db)) as connection, connection:
            connection.execute("UPDATE t SET b = 'x' WHERE a = 1")
        self.assertEqual(before, json.loads(self.report("verify", "--json"))["tables"])

    def test_looking_changes_nothing(self):
        before = self.db.read_bytes()
        self.report("status")
        self.report("verify")
        self.assertEqual(self.db.read_bytes(), before)

    def test_a_database_that_tidemark_never_kept(self):
        self.db = self.folder / "plain.db"
        with closing(sqlite3.connect(self.db)) as connection, connection:
            connection.execute("CREATE TABLE t (a)")
        self.assertIn("never kept by tidemark", self.report("status"))
        report = json.loads(self.report("verify", "--json"))
        self.assertFalse(report["kept_by_tidemark"])
        self.assertNotIn("mark", report)

    def test_a_file_that_is_held_under_another_name(self):
        link = self.folder / "link.db"
        link.symlink_to(self.db)
        process = self.start("run", link)
        self.ask(process, "SELECT 1;")
        second = self.cli("run", self.db, sql="SELECT 1;")
        self.assertEqual((second.returncode, second.stdout), (CANNOT_OPEN, ""))
        self.assertIn(f"process {process.pid})", second.stderr)
        self.end(process)

    def test_a_file_that_is_held(self):
        process = self.start("run", self.db)
        self.ask(process, "SELECT 1;")
        self.assertEqual(json.loads(self.report("status", "--json"))["held_by"], process.pid)
        second = self.cli("run", self.db, sql="SELECT 1;")
        self.assertEqual((second.returncode, second.stdout), (CANNOT_OPEN, ""))
        self.assertIn(str(self.db), second.stderr)
        self.assertIn(f"process {process.pid})", second.stderr)
        self.end(process)
        self.assertIn("nobody", self.report("status"))


class Unreadable(CliTest):
    def assert_cannot_open(self, path, commands=COMMANDS, **options):
        for command in commands:
            result = self.cli(command, path, **options)
            self.assertEqual((result.returncode, result.stdout), (CANNOT_OPEN, ""), command)
            self.assertRegex(result.stderr, "^Error: ")
            self.assertIn(str(path), result.stderr)

    def test_no_database(self):
        self.db.write_text("This is a letter to my grandmother, and it is long enough. " * 100)
        before = self.db.read_bytes()
        self.assert_cannot_open(self.db)
        self.assertEqual(self.db.read_bytes(), before)

    def test_a_folder(self):
        self.assert_cannot_open(self.folder)

    def test_a_folder_that_is_missing(self):
        self.assert_cannot_open(self.folder / "no" / "test.db")

    def test_a_missing_file_is_not_created_by_looking(self):
        self.assert_cannot_open(self.db, commands=("status", "verify"))
        self.assertFalse(self.db.exists())

    def test_a_file_that_may_not_be_written(self):
        self.run_sql("CREATE TABLE t (a);")
        before = self.db.read_bytes()
        for path in self.folder.iterdir():
            path.chmod(stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH)
        self.folder.chmod(0o555)
        self.addCleanup(self.folder.chmod, 0o755)
        # To root nothing is forbidden.
        options = {"user": NOBODY, "cwd": "/"} if os.geteuid() == 0 else {}
        try:
            version = self.cli("--version", **options)
        except PermissionError:
            self.skipTest("the binary is out of reach of an ordinary user")
        self.assertEqual(version.returncode, OK)
        self.assert_cannot_open(self.db, commands=("run",), **options)
        self.assertEqual(self.db.read_bytes(), before)

    def test_a_damaged_file(self):
        make_damaged(self.db)
        before = self.db.read_bytes()
        for check in ("quick", "full"):
            result = self.cli("run", self.db, "--load-check", check)
            self.assertEqual(result.returncode, CANNOT_OPEN, result.stderr)
        for command in ("status", "verify"):
            result = self.cli(command, self.db)
            # Depending on what is damaged, SQLite may not even be able to check it.
            self.assertIn(result.returncode, (FAILED, CANNOT_OPEN))
            self.assertNotRegex(result.stdout, "(?m)^integrity +ok")
        self.assertEqual(self.db.read_bytes(), before)

    def test_a_file_with_problems(self):
        with closing(sqlite3.connect(self.db)) as connection, connection:
            connection.executescript("""
                CREATE TABLE t (a); INSERT INTO t VALUES (NULL);
                PRAGMA writable_schema = ON;
                UPDATE sqlite_schema SET sql = 'CREATE TABLE t (a NOT NULL)';""")
        for command in ("status", "verify"):
            result = self.cli(command, self.db)
            self.assertEqual(result.returncode, FAILED, result.stderr)
            self.assertRegex(result.stdout, r"(?m)^problem +NULL value in t\.a$")
            self.assertNotRegex(result.stdout, "(?m)^integrity")
            report = json.loads(self.cli(command, self.db, "--json").stdout)
            self.assertEqual(report["problems"], ["NULL value in t.a"])
        # A value that a constraint forbids is no damage: the file can be kept.
        self.assertEqual(self.cli("run", self.db).returncode, OK)

    def test_usage(self):
        for command in ("status", "verify"):
            self.assertEqual(self.cli(command).returncode, USAGE)
            self.assertEqual(self.cli(command, self.db, "--what").returncode, USAGE)


def expectations():
    """The lines of tests/fixtures/expectations.txt."""
    for line in (FIXTURES / "expectations.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            yield [field.strip() for field in line.split("|")]


class Hostile(CliTest):
    """Each database of tests/fixtures: an exit code, a clear message, nothing changed."""

    def take(self, name):
        for old in self.folder.iterdir():
            old.unlink()
        for suffix in ("", "-wal", "-journal"):
            source = FIXTURES / "files" / f"{name}.db{suffix}"
            if source.exists():
                shutil.copy(source, f"{self.db}{suffix}")

    def content(self):
        return {path.name: path.read_bytes() for path in self.folder.iterdir() if path.suffix != ".db-shm"}

    def look(self, command, name, code):
        self.take(name)
        before = self.content()
        result = self.cli(command, self.db, text=False)
        out, err = result.stdout.decode(), result.stderr.decode()  # what is shown is UTF-8
        self.assertEqual(self.content(), before)
        self.assertIn(str(result.returncode), "013" if code == "*" else code, out + err)
        if result.returncode == CANNOT_OPEN:
            self.assertRegex(err, r"\AError: .*; .*\n\Z")
            self.assertIn(str(self.db), err)
            self.assertEqual(out, "")
        else:
            self.assertEqual(err, "")
            word = "integrity +ok" if result.returncode == OK else "problem +."
            self.assertRegex(out, "(?m)^" + word)
        self.assertNotRegex(out + err, "[\x00-\x09\x0b-\x1f\x7f-\x9f]")

    def test_status_and_verify(self):
        for name, _, status, verify, _ in expectations():
            for command, code in (("status", status), ("verify", verify)):
                with self.subTest(name, command=command):
                    self.look(command, name, code)

    def test_names_cannot_pretend_to_be_lines_of_the_report(self):
        self.take("names_escapes")
        out = self.cli("verify", self.db).stdout
        self.assertEqual(len(re.findall("(?m)^integrity", out)), 1)
        self.assertIn(r"a\x0aintegrity    ok", out)
        self.assertIn(r"\x1b[2J\x1b]0;owned\x07", out)

    def test_run_says_why_it_cannot_open(self):
        for name, opening, _, _, words in expectations():
            if opening != "refused":
                continue
            with self.subTest(name):
                self.take(name)
                before = self.content()
                result = self.cli("run", self.db, "--load-check", "full")
                self.assertEqual((result.returncode, result.stdout), (CANNOT_OPEN, ""))
                self.assertIn(words, result.stderr)
                self.assertEqual(self.content(), before)


if __name__ == "__main__":
    unittest.main()
