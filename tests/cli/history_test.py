#!/usr/bin/env python3
"""`tidemark log` and `tidemark show`: the history of a database."""

import json
import sqlite3
import unittest

from support import CANNOT_OPEN, FAILED, OK, USAGE, CliTest


class History(CliTest):
    def change(self, sql):
        self.assertEqual(self.cli("run", self.db, "--history", "--quiet", sql=sql).returncode, OK)

    def setUp(self):
        super().setUp()
        self.change("CREATE TABLE posts(id INTEGER PRIMARY KEY, title TEXT)")
        self.change("INSERT INTO posts VALUES(1, 'one'), (42, 'many')")
        self.change("UPDATE posts SET title = 'more' WHERE id = 42; DELETE FROM posts WHERE id = 1")

    def lines(self, *arguments):
        result = self.cli(*arguments)
        self.assertEqual((result.returncode, result.stderr), (OK, ""))
        return result.stdout.splitlines()

    def test_log_lists_batches_with_counts(self):
        lines = self.lines("log", self.db)
        self.assertEqual(len(lines), 3)
        self.assertRegex(lines[0], r"^ +1  \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ  schema changed$")
        self.assertTrue(lines[1].endswith("posts: 2 inserted"))
        self.assertTrue(lines[2].endswith("posts: 1 updated, 1 deleted"))
        self.assertEqual(self.lines("log", self.db, "--after", "2"), lines[2:])

    def test_log_as_json(self):
        batches = [json.loads(line) for line in self.lines("log", self.db, "--json")]
        self.assertEqual([batch["batch"] for batch in batches], [1, 2, 3])
        self.assertEqual(batches[1]["tables"],
                         [{"name": "posts", "inserts": 2, "updates": 0, "deletes": 0}])  # fmt: skip

    def test_log_tells_of_batches_that_are_missing(self):
        self.cli("run", self.db, "--quiet", sql="DELETE FROM posts")
        self.change("INSERT INTO posts VALUES(3, 'three')")
        lines = self.lines("log", self.db)
        self.assertIn("4 to 4 are missing: the database was kept without its history", lines[3])

    def test_log_of_one_row(self):
        lines = self.lines("log", self.db, "--table", "posts", "--key", "42")
        self.assertEqual([line.split("  ")[-1] for line in lines],
                         ['INSERT INTO "posts"("id", "title") VALUES(42, \'many\')',
                          'UPDATE "posts" SET "title" = \'more\' WHERE "id" IS 42'])  # fmt: skip
        (_, last) = self.lines("log", self.db, "--table", "posts", "--key", "42", "--json")
        self.assertEqual(json.loads(last)["new"], {"id": 42, "title": "more"})
        self.assertEqual(self.cli("log", self.db, "--table", "posts").returncode, USAGE)

    def test_log_follows(self):
        follower = self.start("log", self.db, "--follow", "--after", "2", text=True)
        self.assertIn("1 updated", follower.stdout.readline())
        self.change("INSERT INTO posts VALUES(7, 'seven')")
        self.assertIn("posts: 1 inserted", follower.stdout.readline())

    def test_show_prints_every_change(self):
        lines = self.lines("show", self.db, "2")
        self.assertRegex(lines[0], r"^batch 2 of \S+Z, after batch 1$")
        self.assertEqual(json.loads(lines[1])["new"], {"id": 1, "title": "one"})
        self.assertIn("CREATE TABLE posts", self.lines("show", self.db, "1")[1])

    def test_show_as_json(self):
        (line,) = self.lines("show", self.db, "3", "--json")
        self.assertEqual({change["operation"] for change in json.loads(line)["changes"]},
                         {"UPDATE", "DELETE"})  # fmt: skip

    def test_show_as_sql_makes_the_database_and_takes_it_back(self):
        copy = sqlite3.connect(":memory:")
        for batch in ("1", "2", "3"):
            copy.executescript(self.cli("show", self.db, batch, "--sql").stdout)
        rows = copy.execute("SELECT * FROM posts").fetchall()
        self.assertEqual(rows, self.on_disk("SELECT * FROM posts"))
        copy.executescript(self.cli("show", self.db, "3", "--inverse").stdout)
        rows = copy.execute("SELECT * FROM posts").fetchall()
        self.assertEqual(rows, [(1, "one"), (42, "many")])
        self.assertEqual(self.cli("show", self.db, "1", "--inverse").returncode, CANNOT_OPEN)

    def test_show_writes_a_changeset(self):
        file = self.folder / "changes"
        self.assertEqual(self.cli("show", self.db, "2", "--changeset", file).returncode, OK)
        self.assertEqual(file.read_bytes()[:3], b"T\x02\x01")

    def test_restore_and_replay(self):
        old = self.folder / "old.db"
        result = self.cli("restore", self.db, "--batch", "2", "-o", old)
        self.assertEqual((result.returncode, result.stdout), (OK, ""))
        with sqlite3.connect(old) as copy:
            self.assertEqual(copy.execute("SELECT count(*) FROM posts").fetchone(), (2,))
        self.assertEqual(self.cli("restore", self.db, "--batch", "2", "-o", old).returncode,
                         CANNOT_OPEN)  # fmt: skip
        self.assertEqual(self.cli("replay", self.db, "--from", "2", "--to", old).returncode, OK)
        with sqlite3.connect(old) as copy:
            self.assertEqual(copy.execute("SELECT * FROM posts").fetchall(), [(42, "more")])

    def test_restore_at_a_time(self):
        out = self.folder / "out.db"
        result = self.cli("restore", self.db, "--at", "2200-01-01", "-o", out)
        self.assertIn("after batch 3", result.stderr)
        result = self.cli("restore", self.db, "--at", "2001-01-01 10:00", "-o", self.folder / "x")
        self.assertEqual(result.returncode, CANNOT_OPEN)
        self.assertIn("it begins later", result.stderr)
        for wrong in ("yesterday", "2026-02-30", "2026-01-01T25:00:00Z", "2999-01-01"):
            result = self.cli("restore", self.db, "--at", wrong, "-o", self.folder / "x")
            self.assertEqual(result.returncode, USAGE)
        self.assertEqual(self.cli("restore", self.db, "-o", self.folder / "x").returncode, USAGE)

    def test_undo_takes_a_batch_back(self):
        rows = [(1, "one"), (42, "many")]
        result = self.cli("undo", self.db, "3", "--dry-run")
        self.assertEqual((result.returncode, result.stdout),
                         (OK, "batch 3 can be undone: posts: 1 inserted, 1 updated\n"))  # fmt: skip
        self.assertEqual(self.on_disk("SELECT * FROM posts"), [(42, "more")])
        for strategy in ("session", "trigger"):
            batch = len(self.lines("log", self.db))
            (line,) = self.lines("undo", self.db, batch, "--strategy", strategy)
            self.assertRegex(line, rf"^batch {batch} is undone: posts: 1 ")
            self.assertEqual(self.on_disk("SELECT * FROM posts"), rows)
            rows = [(42, "more")]

    def test_undo_lists_what_is_in_the_way(self):
        self.change("UPDATE posts SET title = 'most'")
        result = self.cli("undo", self.db, "3")
        self.assertEqual(result.returncode, FAILED)
        self.assertRegex(result.stdout, r'\| differs +\| posts \| \{"id":42\} \|')
        self.assertIn("batch 3 cannot be undone: 1 conflict; nothing has changed", result.stderr)
        self.assertEqual(self.on_disk("SELECT * FROM posts"), [(42, "most")])
        result = self.cli("undo", self.db, "3", "--json", "--dry-run")
        self.assertEqual(result.returncode, FAILED)
        report = json.loads(result.stdout)
        self.assertFalse(report["undone"])
        self.assertEqual(report["conflicts"],
                         [{"kind": "differs", "table": "posts", "key": {"id": 42},
                           "left": {"id": 42, "title": "more"}, "found": {"id": 42, "title": "most"},
                           "reason": "it has been changed since"}])  # fmt: skip

    def test_undo_of_what_cannot_be_undone(self):
        result = self.cli("undo", self.db, "1")
        self.assertEqual(result.returncode, CANNOT_OPEN)
        self.assertIn("the schema changes with it", result.stderr)
        self.assertEqual(self.cli("undo", self.db, "99").returncode, CANNOT_OPEN)
        plain = self.folder / "plain.db"
        self.cli("run", plain, "--quiet", sql="CREATE TABLE t(a)")
        self.assertEqual(self.cli("undo", plain, "1").returncode, CANNOT_OPEN)
        self.assertFalse((self.folder / "plain.db-history").exists())

    def test_undo_is_up_to_whoever_holds_the_database(self):
        holder = self.start("run", self.db, "--history", "--quiet")
        self.ask(holder, "SELECT 1;")
        result = self.cli("undo", self.db, "3")
        self.assertEqual(result.returncode, CANNOT_OPEN)
        self.assertIn(f"process {holder.pid}", result.stderr)
        self.assertIn("has to call Database::undo itself", result.stderr)
        self.end(holder)

    def test_what_is_not_there_is_told(self):
        result = self.cli("show", self.db, "99")
        self.assertEqual((result.returncode, result.stdout), (CANNOT_OPEN, ""))
        self.assertIn("it has no batch 99", result.stderr)
        result = self.cli("log", self.folder / "none.db")
        self.assertEqual(result.returncode, CANNOT_OPEN)
        self.assertIn("there is no such file", result.stderr)


if __name__ == "__main__":
    unittest.main()
