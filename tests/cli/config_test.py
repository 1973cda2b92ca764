#!/usr/bin/env python3
"""`tidemark check` and `tidemark run --config`: options from a TOML file."""

import re
import sqlite3
import unittest
from pathlib import Path

from support import OK, USAGE, CliTest

ROOT = Path(__file__).resolve().parents[2]


class Config(CliTest):
    def write(self, content, name="tidemark.toml"):
        file = self.folder / name
        file.write_text(content, encoding="utf-8")
        return file

    def mistakes(self, content):
        """What `check` says of a file, without its name."""
        file = self.write(content)
        result = self.cli("check", file)
        self.assertEqual((result.returncode, result.stdout), (USAGE, ""))
        return result.stderr.replace(str(file), "F").splitlines()

    def assert_ok(self, content):
        file = self.write(content)
        result = self.cli("check", file)
        self.assertEqual((result.returncode, result.stdout, result.stderr), (OK, f"{file}: ok\n", ""))
        return file

    def test_the_documented_example_is_right(self):
        page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
        examples = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
        self.assertTrue(examples)
        for example in examples:
            self.assert_ok(example)

    def test_every_option_of_run_can_stand_in_the_file(self):
        """Whatever is added to the command line must work here, by its name."""
        words = {"TIME": '"1s"', "SIZE": '"1MiB"', "ROWS": "7", "N": "7", "NAME": '["a", "b"]'}
        text = self.cli("run", "--help").stdout
        options = re.findall(r"(?m)^  (?:-\w,)?--([a-z-]+)(?: ([A-Za-z|-]+))?(?:=\S*)?(?:  |$)", text)
        lines = {"options": [], "history": [], "run": []}
        for name, kind in options:
            if name in ("help", "config", "sql"):
                continue
            # Of the choices the first one, which is the default.
            value = words.get(kind) or (f'"{kind.split("|")[0]}"' if kind else "true")
            section = "run" if name in ("json", "quiet", "bail") else "options"
            if name.startswith("history"):
                section, name = "history", name.removeprefix("history-").replace("history", "enabled")
            lines[section].append(f"{name.replace('-', '_')} = {value}")
        self.assertGreater(len(lines["options"]), 10)
        self.assertGreater(len(lines["history"]), 3)
        self.assert_ok("\n".join(line for section in lines for line in (f"[{section}]", *lines[section])))

    def test_the_options_are_used(self):
        self.write("CREATE TABLE t(a); CREATE TABLE u(a); INSERT INTO t VALUES (1); "
                   "INSERT INTO u VALUES (2); SELECT count(*) FROM _sync_queue;", "script.sql")
        file = self.write('database = "test.db"\n[options]\nstrategy = "trigger"\n'
                          'exclude_table = ["u"]\n[run]\nsql = "script.sql"\nquiet = true\n')
        # The file's own folder counts, not the one that the command is started in.
        result = self.cli("run", "--config", file, cwd="/")
        self.assertEqual((result.returncode, result.stderr), (OK, ""))
        self.assertEqual(self.on_disk("SELECT a FROM t UNION ALL SELECT a FROM u"), [(1,)])

    def test_destinations_have_what_their_rules_leave(self):
        file = self.write('database = "test.db"\n[options]\ndestination = ["whole.db"]\n[history]\n'
                          'enabled = true\n[[destinations]]\nfile = "high.db"\n'
                          '[[destinations.tables]]\ntable = "posts"\nwhen = "views > 100"\n'
                          'columns = ["id", "upper(title) AS title"]\nrename = "high"\n'
                          '[[destinations.tables]]\ntable = "secret"\nexclude = true\n')
        self.assertEqual(self.cli("check", file).returncode, OK)
        result = self.cli("run", "--config", file, "--quiet", sql=(
            "CREATE TABLE posts(id INTEGER PRIMARY KEY, title, views); CREATE TABLE secret(s);"
            "INSERT INTO posts VALUES (1, 'low', 1), (2, 'high', 1000); INSERT INTO secret VALUES (1);"
        ))  # fmt: skip
        self.assertEqual((result.returncode, result.stderr), (OK, ""))
        self.assertEqual(self.in_file("high.db", "SELECT * FROM high"), [(2, "HIGH")])
        self.assertEqual(self.in_file("high.db", "SELECT count(*) FROM sqlite_schema WHERE name = 'secret'"), [(0,)])
        self.assertEqual(self.in_file("whole.db", "SELECT count(*) FROM posts, secret"), [(2,)])

    def in_file(self, name, sql):
        connection = sqlite3.connect(self.folder / name)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()

    def test_mistakes_in_destinations_are_named_by_their_line(self):
        self.assertEqual(self.mistakes('[history]\nenabled = true\n[[destinations]]\nfil = "a"\n'
                                       '[[destinations.tables]]\ntable = 5\nwhere = "x"\n'
                                       '[[destinations]]\nfile = "a"\ntables = "posts"\n'), [
            "F:3: it has no file",
            "F:4: 'fil' is not known in [[destinations]]; there are name, file and tables",
            "F:5: it names no table",
            "F:6: table: it takes text",
            "F:7: 'where' is not known in [[destinations.tables]]; there are table, exclude, rename, when and columns",
            "F:10: it is written as [[destinations.tables]]",
        ])  # fmt: skip
        twice = '[[destinations]]\nfile = "a"\n' * 2
        self.assertIn("two have this name", self.mistakes("[history]\nenabled = true\n" + twice)[0])
        self.assertIn("set Options::history.enabled", self.mistakes('[[destinations]]\nfile = "a"\n')[0])

    def test_rules_that_do_not_compile_are_told_when_the_database_is_opened(self):
        self.cli("run", self.db, sql="CREATE TABLE posts(id)")
        file = self.write('database = "test.db"\n[history]\nenabled = true\n[[destinations]]\nfile = "b"\n'
                          '[[destinations.tables]]\ntable = "posts"\nwhen = "views > 1"\n')
        result = self.cli("run", "--config", file, sql="SELECT 1")
        self.assertEqual(result.returncode, 3)
        self.assertIn("no such column: views", result.stderr)

    def test_the_command_line_wins(self):
        file = self.write('database = "other.db"\n[options]\nstrategy = "trigger"\n')
        self.assertEqual(self.cli("run", self.db, "--config", file, "--strategy", "session",
                                  sql="CREATE TABLE t(a)").returncode, OK)  # fmt: skip
        self.assertFalse((self.folder / "other.db").exists())
        self.assertIn("session", self.cli("status", self.db).stdout)

    def test_nothing_is_opened_when_the_file_is_wrong(self):
        file = self.write('[options]\ninterval = "soon"\n')
        result = self.cli("run", self.db, "--config", file, sql="CREATE TABLE t(a)")
        self.assertEqual(result.returncode, USAGE)
        self.assertIn(f"{file}:2: options.interval: 'soon' is no duration", result.stderr)
        self.assertFalse(self.db.exists())

    def test_a_database_must_be_named(self):
        file = self.write("[options]\n")
        result = self.cli("run", "--config", file, sql="SELECT 1")
        self.assertEqual(result.returncode, USAGE)
        self.assertIn("no database", result.stderr)

    def test_every_mistake_is_told_with_its_line(self):
        self.assertEqual(
            self.mistakes('[options]\nstrategy = "triggers"\nintervall = "5s"\ncut_changes = "few"\n'),
            ["F:2: options.strategy: triggers not in {session,trigger}",
             "F:3: options.intervall: there is no such option",
             "F:4: options.cut_changes: 'few' is no number"])  # fmt: skip

    def test_what_no_option_can_be_is_told_with_its_line(self):
        lines = self.mistakes("database = 1\nx = 1\n[options]\nquiet = true\ninterval = 2026-01-01\n"
                              "exclude_table = [[1]]\n[run]\nstrategy = 'trigger'\n[other]\ny = 1\n")  # fmt: skip
        self.assertEqual([line.split(":")[1] for line in lines], ["1", "2", "4", "5", "6", "8", "9"])
        self.assertIn("belongs into [run]", lines[2])
        self.assertIn("not a date or a time", lines[3])
        self.assertIn("belongs into [options]", lines[5])

    def test_flags_take_true_or_false_only(self):
        self.assertEqual(self.mistakes("[run]\njson = 7\n"), ["F:2: run.json: it takes true or false"])
        self.assert_ok("[run]\njson = false\n")

    def test_a_history_has_a_section_of_its_own(self):
        file = self.write('database = "test.db"\n[history]\nenabled = true\nage = "30d"\n')
        self.assertEqual(self.cli("run", "--config", file, sql="CREATE TABLE t(a)").returncode, OK)
        self.assertTrue((self.folder / "test.db-history").exists())
        self.assertEqual(
            self.mistakes('[options]\nhistory_age = "1d"\n[history]\nage = "old"\nsizes = 1\n'),
            ["F:2: 'history_age' belongs into [history], where it has no 'history'"])  # fmt: skip
        self.assertEqual(
            self.mistakes('[history]\nage = "old"\nsizes = 1\n'),
            ["F:2: history.age: 'old' is no duration; write 250ms, 5s, 1m or 0",
             "F:3: history.sizes: there is no such option"])  # fmt: skip

    def test_help_is_no_option_of_a_file(self):
        self.assertEqual(self.mistakes("[options]\nhelp = true\n"),
                         ["F:2: options.help: there is no such option"])  # fmt: skip

    def test_options_that_do_not_go_together_are_refused(self):
        (line,) = self.mistakes('[options]\ndurability = "commit"\n')
        self.assertIn("set strategy = trigger", line)

    def test_what_is_no_toml_is_told_with_its_line(self):
        (line,) = self.mistakes("[options]\ninterval = \n")
        self.assertRegex(line, r"^F:[23]: ")

    def test_a_file_that_cannot_be_read_is_told(self):
        result = self.cli("check", self.folder / "none.toml")
        self.assertEqual(result.returncode, USAGE)
        self.assertIn("cannot be read", result.stderr)
        self.assertEqual(self.cli("check", self.folder).returncode, USAGE)

    def test_malformed_bytes_are_told(self):
        file = self.folder / "odd.toml"
        for content in (b"\xff\xfe", b"a = '\xff'", b"\0", b"[options]\ninterval = \"\\uD800\"",
                        b"[" * 100_000, b"a." * 10_000 + b"b = 1"):  # fmt: skip
            file.write_bytes(content)
            result = self.cli("check", file, text=False)
            self.assertEqual(result.returncode, USAGE, content[:20])


if __name__ == "__main__":
    unittest.main()
