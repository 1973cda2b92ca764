#!/usr/bin/env python3
"""`tidemark run`: SQL in, rows out, changes on disk."""

import json
import math
import os
import shutil
import sqlite3
import subprocess
import threading
import unittest
from contextlib import closing

from support import FAILED, NOT_FLUSHED, OK, PATIENCE, USAGE, CliTest

ODD_VALUES = """
SELECT 1, NULL, 'a|b', x'410042', 1e20, 1.0, 0.1, 1e999, -1e999, 'x' || char(10) || 'y';
SELECT 3.0e-10, 9007199254740993, 9223372036854775807, -9223372036854775808, 1.23456789012345678;
SELECT x'', '', x'ff41', CAST(x'ff41' AS TEXT), 'a' || char(0) || 'b', -0.0, char(1), 1e15, 1e16;
SELECT 123456789012345680.0, 5e-324, 1.7976931348623157e308, '日本', '🌊', 0.1 + 0.2, 100.0;
SELECT 1 WHERE 0;
SELECT NULL;
VALUES (1, 2), (3, NULL);
CREATE TABLE odd (a INT, b TEXT, c REAL, d BLOB, e);
INSERT INTO odd VALUES ('1', 2, 3, 4, '5'), (NULL, NULL, NULL, NULL, NULL) RETURNING *, rowid;
SELECT *, typeof(a), typeof(b), typeof(c), typeof(d), typeof(e) FROM odd;
EXPLAIN QUERY PLAN SELECT 1;
PRAGMA table_info(odd);
SELECT 'last, without a semicolon'
"""

NESTED = """-- a comment; with a semicolon
CREATE TABLE t (a, "semi;colon", [x;y], `z;w`); /* another; one */
CREATE TRIGGER fill AFTER INSERT ON t WHEN new.a < 3 BEGIN
  INSERT INTO t (a) VALUES (new.a + 1);  -- inside; too
  UPDATE t SET "semi;colon" = 'it''s; here' WHERE a = new.a;
END;
INSERT INTO t (a) VALUES (1); SELECT a, "semi;colon" FROM t ORDER BY a;;;
/* the end; of it */"""


class Statements(CliTest):
    def test_creates_executes_and_keeps(self):
        out = self.run_sql("CREATE TABLE t (a, b); INSERT INTO t VALUES (1, 'x'), (2, NULL);"
                           "SELECT * FROM t;")
        self.assertEqual(out, "1|x\n2|\n")
        self.assertEqual(self.on_disk(), [(1, "x"), (2, None)])
        self.assertEqual(self.run_sql("SELECT * FROM t"), out)

    def test_reads_a_file(self):
        script = self.folder / "script.sql"
        script.write_text("CREATE TABLE t (a);\r\nINSERT INTO t VALUES (7);\r\nSELECT a FROM t")
        result = self.cli("run", self.db, "--sql", script)
        self.assertEqual((result.returncode, result.stdout), (OK, "7\n"))
        self.assertEqual(self.on_disk(), [(7,)])

    def test_reads_a_named_pipe(self):
        pipe = self.folder / "pipe.sql"
        os.mkfifo(pipe)
        process = self.start("run", self.db, "--sql", pipe)
        with open(pipe, "w", encoding="utf-8") as stream:
            stream.write("CREATE TABLE t (a); INSERT INTO t VALUES (1);")
            stream.flush()
            stream.write("INSERT INTO t VALUES (2)")
        self.end(process)
        self.assertEqual(self.on_disk(), [(1,), (2,)])

    def test_both_strategies_keep_the_same(self):
        for strategy in ("session", "trigger"):
            self.db = self.folder / f"{strategy}.db"
            self.run_sql("CREATE TABLE t (a PRIMARY KEY, b); INSERT INTO t VALUES (1, 2), (3, 4);"
                         "UPDATE t SET b = 5 WHERE a = 3; DELETE FROM t WHERE a = 1;",
                         "--strategy", strategy)
            self.assertEqual(self.on_disk(), [(3, 5)], strategy)

    def test_shows_the_queue_of_the_trigger_strategy(self):
        self.run_sql("CREATE TABLE posts (id INTEGER PRIMARY KEY, title, views);")
        out = self.run_sql("INSERT INTO posts VALUES (1, 'Title', 100), (2, 'More', 101);"
                           "SELECT operation, table_name, json_extract(record_data, '$.title')"
                           " FROM _sync_queue WHERE json_extract(record_data, '$.views') > 100;",
                           "--strategy", "trigger", "--interval", "1h")
        self.assertEqual(out, "INSERT|posts|More\n")

    def test_semicolons_inside_of_things_end_nothing(self):
        self.assertEqual(self.run_sql(NESTED), "1|it's; here\n2|\n")

    def test_parts_may_be_cut_anywhere(self):
        process = self.start("run", self.db)
        for character in NESTED:
            self.tell(process, character)
        out, _ = self.end(process)
        self.assertEqual(out, "1|it's; here\n2|\n")

    def test_executes_while_the_input_stays_open(self):
        process = self.start("run", self.db, "--interval", "20ms")
        self.assertEqual(self.ask(process, "CREATE TABLE t (a); SELECT 'here';"), "here")
        self.tell(process, "INSERT INTO t VALUES (1);")  # no end of line: executed all the same
        self.wait_for(lambda: self.db_has_row(), "a sync in the background")
        self.end(process)

    def db_has_row(self):
        try:
            return self.on_disk() == [(1,)]
        except sqlite3.OperationalError:
            return False

    def test_an_open_transaction_is_rolled_back_at_the_end(self):
        for quiet in ([], ["--quiet"]):
            result = self.cli("run", self.db, *quiet, sql="CREATE TABLE IF NOT EXISTS t (a);"
                              "BEGIN; INSERT INTO t VALUES (1);")  # fmt: skip
            self.assertEqual(result.returncode, OK)
            self.assertIn("transaction that was still open is rolled back", result.stderr)
            self.assertEqual(self.on_disk(), [])

    def test_waits_for_the_disk_instead_of_failing_at_the_pending_limit(self):
        rows = 3000
        script = ["CREATE TABLE t (a INTEGER PRIMARY KEY, b);"]
        script += ["INSERT INTO t (b) VALUES (randomblob(2000));"] * rows
        for strategy in ("session", "trigger"):
            self.db = self.folder / f"{strategy}.db"
            self.run_sql("\n".join(script), "--pending-limit", "1MiB", "--interval", "1h",
                         "--strategy", strategy)  # fmt: skip
            self.assertEqual(self.on_disk("SELECT count(*) FROM t"), [(rows,)])

    def test_a_reader_who_goes_away_does_not_stop_the_final_flush(self):
        process = self.start("run", self.db)
        self.ask(process, "CREATE TABLE t (a); INSERT INTO t VALUES (1); SELECT 1;")
        process.stdout.close()
        self.tell(process, "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 100000)"
                           " SELECT i FROM n;")  # fmt: skip
        error = process.stderr.read().decode()
        self.assertEqual(process.wait(PATIENCE), FAILED)
        self.assertIn("results cannot be written", error)
        self.assertEqual(self.on_disk(), [(1,)])


class Rows(CliTest):
    @unittest.skipUnless(shutil.which("sqlite3"), "the sqlite3 shell is missing")
    def test_list_mode_is_that_of_the_sqlite3_shell(self):
        script = ODD_VALUES.replace("EXPLAIN QUERY PLAN SELECT 1;\n", "")  # drawn as a tree there
        shell = subprocess.run(["sqlite3", "-batch", "-list", ":memory:"], input=script.encode(),
                               capture_output=True, timeout=PATIENCE, check=True)  # fmt: skip
        ours = self.cli("run", self.db, sql=script.encode(), text=False)
        self.assertEqual(ours.returncode, OK, ours.stderr)
        self.assertEqual(ours.stdout, shell.stdout)

    def test_json_brings_back_every_value(self):
        script = ODD_VALUES
        with closing(sqlite3.connect(":memory:")) as connection:
            connection.text_factory = bytes
            expected = []
            for statement in script.split(";\n"):
                expected += connection.execute(statement).fetchall()
        lines = self.run_sql(script, "--json").splitlines()
        rows = [tuple(map(self.plain, json.loads(line).values())) for line in lines]
        self.assertEqual(list(map(self.typed, rows)), list(map(self.typed, expected)))

    @staticmethod
    def plain(value):
        """A value of our JSON as Python's sqlite3 returns it with text as bytes."""
        if isinstance(value, dict):
            ((_, hexadecimal),) = value.items()
            return bytes.fromhex(hexadecimal)
        return value.encode() if isinstance(value, str) else value

    @staticmethod
    def typed(row):
        return [(type(value), math.copysign(1, value) if value == 0.0 else 0, value)
                if isinstance(value, float) else (type(value), 0, value) for value in row]  # fmt: skip

    def test_json_marks_blobs_and_text_that_is_no_text(self):
        out = self.run_sql("SELECT x'00ff' AS b, CAST(x'ff' AS TEXT) AS t, 1e999 AS i, 1.0 AS r,"
                           " 'a' || char(0) AS z;", "--json")  # fmt: skip
        self.assertEqual(out, '{"b":{"$blob":"00ff"},"t":{"$text":"ff"},"i":9e999,"r":1.0,'
                              '"z":"a\\u0000"}\n')  # fmt: skip

    def test_json_keeps_columns_of_one_name_apart(self):
        out = self.run_sql("SELECT 1 AS a, 2 AS a, 3 AS \"a:1\", 4 AS a, 5 AS \"q\"\"\";", "--json")
        self.assertEqual(json.loads(out), {"a": 1, "a:1": 2, "a:1:1": 3, "a:2": 4, 'q"': 5})


class Errors(CliTest):
    def errors(self, sql, *options, expect=FAILED):
        result = self.cli("run", self.db, "--quiet", *options, sql=sql)
        self.assertEqual(result.returncode, expect, result.stderr)
        return result.stdout, result.stderr.splitlines()

    def test_an_error_names_its_line_and_the_run_goes_on(self):
        out, errors = self.errors("CREATE TABLE t (a CHECK (a > 0));\n\n-- nothing\nSELECT from;\n"
                                  "SELECT 1;\n  INSERT INTO t\n  VALUES (0);\nSELECT\n 1,\n  nope;"
                                  "\n/* a\ncomment */ SELECT 2; SELECT '")  # fmt: skip
        self.assertEqual(out, "1\n2\n")
        self.assertEqual(errors, ['Error: stdin:4: near "from": syntax error',
                                  "Error: stdin:6: CHECK constraint failed: a > 0",
                                  "Error: stdin:10: no such column: nope",
                                  'Error: stdin:12: unrecognized token: "\'"'])  # fmt: skip

    def test_an_error_names_its_file(self):
        script = self.folder / "script.sql"
        script.write_text("SELECT 1;\nnonsense;")
        result = self.cli("run", self.db, "--sql", script)
        self.assertEqual(result.returncode, FAILED)
        self.assertIn(f'Error: {script}:2: near "nonsense": syntax error', result.stderr)

    def test_bail_stops_at_the_first_and_flushes(self):
        sql = "CREATE TABLE t (a); INSERT INTO t VALUES (1); nope; INSERT INTO t VALUES (2);"
        _, errors = self.errors(sql, "--bail")
        self.assertEqual(len(errors), 1)
        self.assertEqual(self.on_disk(), [(1,)])

    def test_bail_inside_a_transaction_rolls_it_back(self):
        _, errors = self.errors("CREATE TABLE t (a); BEGIN; INSERT INTO t VALUES (1); nope; COMMIT;",
                                "--bail")  # fmt: skip
        self.assertEqual(len(errors), 2)
        self.assertIn("rolled back", errors[1])
        self.assertEqual(self.on_disk(), [])

    def test_a_dot_command_is_no_sql(self):
        out, errors = self.errors("SELECT 1;\n.tables main\nSELECT 2;\n  .quit")
        self.assertEqual(out, "1\n2\n")
        self.assertEqual(errors, ["Error: stdin:2: .tables is a command of the sqlite3 shell, not SQL",
                                  "Error: stdin:4: .quit is a command of the sqlite3 shell, not SQL"])  # fmt: skip

    def test_a_number_that_begins_with_a_dot_is_sql(self):
        self.assertEqual(self.run_sql("SELECT\n.5;"), "0.5\n")

    def test_a_nul_byte_is_an_error(self):
        out, errors = self.errors("SELECT 1;\nSELECT '\0';\nSELECT 2;")
        self.assertEqual(out, "1\n2\n")
        self.assertIn("stdin:2: the statement holds a NUL byte", errors[0])


class Usage(CliTest):
    def assert_usage(self, *arguments, say):
        result = self.cli(*arguments)
        self.assertEqual((result.returncode, result.stdout), (USAGE, ""), arguments)
        self.assertIn(say, result.stderr)

    def test_bad_command_lines(self):
        self.assert_usage(say="subcommand is required")
        self.assert_usage("frobnicate", say="subcommand is required")
        self.assert_usage("run", say="no database: name its file")
        for option, value, say in [("--interval", "5", "no duration"),
                                   ("--interval", "-1s", "no duration"),
                                   ("--interval", "0.2ms", "no duration"),
                                   ("--interval", "5 parsecs", "no duration"),
                                   ("--interval", "99999999999h", "no duration"),
                                   ("--pending-limit", "lots", "no size"),
                                   ("--pending-limit", "99999999999GiB", "no size"),
                                   ("--cut-changes", "-5", "--cut-changes"),
                                   ("--strategy", "magic", "not in {session,trigger}"),
                                   ("--synchronous", "maybe", "not in"),
                                   ("--frobnicate", "1", "--frobnicate")]:  # fmt: skip
            self.assert_usage("run", self.db, option, value, say=say)
        self.assertFalse(self.db.exists())

    def test_scripts_that_cannot_be_read(self):
        self.assert_usage("run", self.db, "--sql", self.folder / "no.sql", say="No such file")
        self.assert_usage("run", self.db, "--sql", self.folder, say="Is a directory")
        self.assertFalse(self.db.exists())

    def test_every_option_is_accepted(self):
        self.run_sql("CREATE TABLE kept (a); CREATE TABLE lost (a); CREATE TABLE other (a);"
                     "INSERT INTO kept VALUES (1); INSERT INTO lost VALUES (1);",
                     *"--strategy trigger --interval 0.5s --cut-changes 10 --cut-bytes 1mib"
                      " --pending-limit 10MB --include-table kept --include-table lost"
                      " --exclude-table lost --journal-mode delete --synchronous normal"
                      " --busy-timeout 100ms --retry-pause 10ms --retry-pause-max 1s"
                      " --close-deadline 1m --load-check full --foreign-writes overwrite"
                      " --json --quiet --bail".split())  # fmt: skip
        self.assertEqual(self.on_disk("SELECT * FROM kept"), [(1,)])
        self.assertEqual(self.on_disk("SELECT * FROM lost"), [])
        self.assertEqual(self.on_disk("PRAGMA journal_mode"), [("delete",)])

    def test_help_and_version(self):
        version = self.cli("--version")
        self.assertEqual(version.returncode, OK)
        self.assertRegex(version.stdout, r"^tidemark \d+\.\d+\.\d+ \(SQLite 3\.\d+\.\d+\)\n$")
        for command in ("run", "demo", "status", "verify"):
            help_text = self.cli(command, "--help")
            self.assertEqual(help_text.returncode, OK)
            self.assertIn("Examples:", help_text.stdout)
            self.assertIn("Exit codes:", help_text.stdout)
            self.assertLessEqual(max(map(len, help_text.stdout.splitlines())), 100, command)
        self.assertNotIn("demo-writer", self.cli("--help").stdout)


class Syncing(CliTest):
    def test_tells_every_sync_in_plain_ascii(self):
        process = self.start("run", self.db, "--interval", "20ms")
        self.ask(process, "CREATE TABLE t (a INTEGER PRIMARY KEY); INSERT INTO t VALUES (1); SELECT 1;")
        errors = b""
        while b"no changes" not in errors:
            errors += os.read(process.stderr.fileno(), 4096)
        self.assertRegex(errors.decode(), r"(?m)^synced 1 change \(\d+ bytes\) in [\d.]+ ms$")
        self.ask(process, "VACUUM; SELECT 2;")
        while b"whole" not in errors or not errors.endswith(b"\n"):
            errors += os.read(process.stderr.fileno(), 4096)
        self.assertRegex(errors.decode(), r"(?m)^synced the whole database \([\d.]+ KiB\) in [\d.]+ ms$")
        _, rest = self.end(process)
        self.assertRegex(rest, r"(?m)^flushed 0 changes, mark \d+\n$")
        self.assertTrue((errors.decode() + rest).isascii())

    def test_silence_is_told_once(self):
        process = self.start("run", self.db, "--interval", "10ms")
        self.ask(process, "CREATE TABLE t (a); SELECT 1;")
        threading.Event().wait(0.5)
        _, errors = self.end(process)
        self.assertLessEqual(errors.count("no changes"), 2, errors)

    def test_quiet_is_silent(self):
        result = self.cli("run", self.db, "--quiet", sql="CREATE TABLE t (a);")
        self.assertEqual((result.returncode, result.stderr), (OK, ""))

    def hold(self):
        """Locks the file as another program would."""
        connection = sqlite3.connect(self.db, isolation_level=None, timeout=PATIENCE)
        self.addCleanup(connection.close)
        connection.execute("BEGIN IMMEDIATE")
        return connection

    def test_failures_and_recovery_are_told_also_when_quiet(self):
        process = self.start("run", self.db, "--quiet", "--interval", "20ms",
                             "--busy-timeout", "10ms", "--retry-pause", "10ms")  # fmt: skip
        self.run_until_synced(process)
        holder = self.hold()
        self.ask(process, "INSERT INTO t VALUES (1); SELECT 1;")
        line = process.stderr.readline().decode()
        self.assertRegex(line, r"^sync failed: .*locked.*( \(1 change not on disk\))?\n$")
        holder.execute("ROLLBACK")
        self.assertEqual(process.stderr.readline().decode(), "sync recovered\n")
        self.end(process)
        self.assertEqual(self.on_disk(), [(1,)])

    def run_until_synced(self, process):
        self.ask(process, "CREATE TABLE t (a INTEGER PRIMARY KEY); SELECT 1;")
        self.wait_for(lambda: self.on_disk("SELECT count(*) FROM sqlite_schema WHERE name = 't'")
                      == [(1,)], "the first sync")  # fmt: skip

    def test_a_final_flush_that_fails_says_what_is_lost(self):
        process = self.start("run", self.db, "--interval", "20ms", "--busy-timeout", "10ms",
                             "--close-deadline", "200ms")  # fmt: skip
        self.run_until_synced(process)
        self.hold()
        self.ask(process, "INSERT INTO t VALUES (1), (2); SELECT 1;")
        _, errors = self.end(process, expect=NOT_FLUSHED)
        self.assertRegex(errors, r"(?m)^Error: the final flush failed: everything committed after"
                                 r" mark 1 is lost( \(2 changes not on disk\))?$")
        self.assertEqual(self.on_disk(), [])

    def test_foreign_writes_stop_the_syncing(self):
        process = self.start("run", self.db, "--interval", "20ms", "--close-deadline", "200ms")
        self.run_until_synced(process)
        self.write_from_outside()
        self.ask(process, "INSERT INTO t VALUES (1); SELECT 1;")
        self.end(process, expect=NOT_FLUSHED)
        self.assertEqual(self.on_disk(), [(99,)])

    def test_foreign_writes_are_overwritten_when_told_so(self):
        process = self.start("run", self.db, "--interval", "20ms", "--foreign-writes", "overwrite")
        self.run_until_synced(process)
        self.write_from_outside()
        self.ask(process, "INSERT INTO t VALUES (1); SELECT 1;")
        self.end(process)
        self.assertEqual(self.on_disk(), [(1,)])

    def write_from_outside(self):
        with closing(sqlite3.connect(self.db, timeout=PATIENCE)) as connection, connection:
            connection.execute("INSERT INTO t VALUES (99)")


if __name__ == "__main__":
    unittest.main()
