"""The SQL functions and tables, and what they say when something is wrong."""

import json
import sqlite3
import unittest

from support import EXTENSION, ExtensionTest


class Functions(ExtensionTest):
    def test_a_memory_connection_becomes_a_file_and_comes_back(self):
        db = self.open()
        db.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, a)")
        db.execute("INSERT INTO t(a) VALUES('x'), (NULL)")
        self.assertEqual(db.execute("SELECT tidemark_flush()").fetchone(), (2,))
        self.assertEqual(self.on_disk("SELECT * FROM t"), [(1, "x"), (2, None)])
        db.execute("SELECT tidemark_close()")
        db.close()
        self.assertEqual(self.open().execute("SELECT * FROM t").fetchall(), [(1, "x"), (2, None)])

    def test_a_commit_gets_to_the_disk_by_itself(self):
        db = self.open('{"interval_ms": 20}')
        db.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, a)")
        db.execute("INSERT INTO t(a) VALUES('x') RETURNING id").fetchone()
        self.wait_for("SELECT a FROM t", [("x",)])

    def test_pending_changes_can_be_read(self):
        db = self.open('{"interval_ms": 3600000}')
        db.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, views)")
        db.execute("SELECT tidemark_flush()")
        db.executemany("INSERT INTO t(views) VALUES(?)", [(1,), (200,)])
        query = ("SELECT operation, table_name FROM _sync_queue"
                 " WHERE json_extract(record_data, '$.views') > 100")
        self.assertEqual(db.execute(query).fetchall(), [("INSERT", "t")])
        db.execute("SELECT tidemark_flush()")
        self.assertEqual(db.execute("SELECT count(*) FROM _sync_queue").fetchone(), (0,))

    def test_the_status_is_json_and_the_tables_are_a_table(self):
        db = self.open()
        db.execute("CREATE TABLE t(a)")
        status = json.loads(db.execute("SELECT tidemark_status()").fetchone()[0])
        self.assertTrue(status["open"])
        self.assertEqual(status["strategy"], "trigger")
        self.assertIsNone(status["last_error"])
        self.assertEqual(db.execute("SELECT * FROM tidemark_tables").fetchall(),
                         [("t", "trigger", None)])
        db.execute("SELECT tidemark_close()")
        self.assertEqual(db.execute("SELECT tidemark_status()").fetchone(), ('{"open":false}',))

    def test_both_databases_can_be_compared(self):
        db = self.open()
        db.execute("CREATE TABLE t(a)")
        db.execute("INSERT INTO t VALUES(1)")
        self.assertEqual(db.execute("SELECT tidemark_verify()").fetchone(), ("ok",))

    def test_the_session_strategy_serves_where_the_library_is_shared(self):
        db = self.open('{"strategy": "session"}')
        db.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, a)")
        db.execute("CREATE VIRTUAL TABLE f USING fts5(text)")
        db.execute("INSERT INTO t(a) VALUES('x')")
        db.execute("INSERT INTO f VALUES('some words')")
        methods = dict(db.execute("SELECT name, method FROM tidemark_tables"))
        self.assertEqual(methods["t"], "session")
        self.assertEqual(db.execute("SELECT tidemark_verify()").fetchone(), ("ok",))
        self.assertEqual(self.on_disk("SELECT text FROM f WHERE f MATCH 'words'"), [("some words",)])

    def test_full_text_and_rows_of_one_transaction_stay_together(self):
        db = self.open('{"interval_ms": 0}')
        db.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, a)")
        db.execute("CREATE VIRTUAL TABLE f USING fts5(text)")
        db.execute("BEGIN")
        db.execute("INSERT INTO t(a) VALUES('x')")
        db.execute("INSERT INTO f VALUES('some words')")
        db.execute("COMMIT")
        self.assertEqual(db.execute("SELECT tidemark_verify()").fetchone(), ("ok",))

    def test_two_connections_keep_two_files(self):
        first, second = self.open(), self.bare()
        second.execute("SELECT tidemark_open(?)", (str(self.folder / "other.db"),))
        for db, value in ((first, 1), (second, 2)):
            db.execute("CREATE TABLE t(a)")
            db.execute("INSERT INTO t VALUES(?)", (value,))
            db.execute("SELECT tidemark_flush()")
        self.assertEqual(self.on_disk("SELECT a FROM t"), [(1,)])

    def test_loading_it_twice_leaves_the_database_open(self):
        db = self.open()
        db.execute("CREATE TABLE t(a)")
        db.load_extension(EXTENSION)
        db.execute("INSERT INTO t VALUES(1)")
        db.execute("SELECT tidemark_flush()")
        self.assertEqual(self.on_disk("SELECT a FROM t"), [(1,)])


class Errors(ExtensionTest):
    def fails(self, db, words, sql, *parameters):
        with self.assertRaises(sqlite3.Error) as raised:
            db.execute(sql, parameters).fetchall()
        self.assertIn(words, str(raised.exception))

    def test_without_a_database(self):
        db = self.bare()
        for call in ("tidemark_flush()", "tidemark_close()", "tidemark_verify()"):
            self.fails(db, "none is open on this connection", f"SELECT {call}")
        self.fails(db, "none is open on this connection", "SELECT * FROM tidemark_tables")

    def test_a_second_database_on_one_connection(self):
        self.fails(self.open(), "keeps one already", "SELECT tidemark_open('other.db')")

    def test_a_file_that_another_connection_keeps(self):
        self.open()
        self.fails(self.bare(), self.path, "SELECT tidemark_open(?)", self.path)

    def test_a_file_that_is_no_database(self):
        (self.folder / "app.db").write_text("no database at all, and long enough to be told" * 30)
        self.fails(self.bare(), "not a database", "SELECT tidemark_open(?)", self.path)

    def test_a_connection_to_a_file(self):
        db = sqlite3.connect(str(self.folder / "file.db"))
        self.addCleanup(db.close)
        db.execute("CREATE TABLE t(a)")
        db.enable_load_extension(True)
        db.load_extension(EXTENSION)
        self.fails(db, "open the connection on :memory:", "SELECT tidemark_open(?)", self.path)

    def test_arguments_and_options(self):
        db = self.bare()
        self.fails(db, "it is no text", "SELECT tidemark_open(NULL)")
        for options, words in (("[]", "it is no JSON object"),
                               ("{", "malformed JSON"),
                               ('{"intervall_ms": 5}', "'intervall_ms': there is no such option"),
                               ('{"interval_ms": "5s"}', "pass a number of milliseconds"),
                               ('{"interval_ms": -1}', "pass a number of milliseconds"),
                               ('{"strategy": "magic"}', 'pass one of "trigger", "session"'),
                               ('{"exclude_tables": "t"}', "pass an array of names"),
                               ('{"watch_blob_writes": 1}', "pass true or false")):
            self.fails(db, words, "SELECT tidemark_open(?, ?)", self.path, options)
        self.assertEqual(list(self.folder.iterdir()), [], "nothing was made")

    def test_undo(self):
        db = self.open('{"history": true, "interval_ms": 3600000}')
        db.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, a)")
        db.execute("INSERT INTO t VALUES(1, 'x'), (2, 'y')")
        db.execute("SELECT tidemark_flush()")
        db.execute("DELETE FROM t WHERE id = 1")
        (batch,) = db.execute("SELECT tidemark_flush()").fetchone()
        (report,) = db.execute("SELECT tidemark_undo(?)", (batch,)).fetchone()
        self.assertEqual(json.loads(report)["tables"],
                         [{"name": "t", "inserts": 1, "updates": 0, "deletes": 0}])  # fmt: skip
        self.assertEqual(db.execute("SELECT count(*) FROM t").fetchone(), (2,))
        self.assertEqual(db.execute("SELECT tidemark_verify()").fetchone(), ("ok",))
        self.fails(db, 'conflicts: 1, {"kind":"already there","table":"t"',
                   "SELECT tidemark_undo(?)", batch)  # fmt: skip
        self.fails(db, "it is no number of a batch", "SELECT tidemark_undo('one')")

    def test_what_stands_in_a_file_cannot_call_them(self):
        db = self.open()
        db.execute("CREATE VIEW v AS SELECT tidemark_flush()")
        self.fails(db, "unsafe use of tidemark_flush()", "SELECT * FROM v")

    def test_a_statement_trace_is_refused_at_the_next_commit(self):
        # Python forgets the trace of the extension, so it does not hear of the close either.
        db = self.open('{"close_deadline_ms": 0}')
        db.execute("CREATE TABLE t(a)")
        db.set_trace_callback(lambda statement: None)
        self.fails(db, "trace callback", "INSERT INTO t VALUES(1)")


if __name__ == "__main__":
    unittest.main()
