"""The package, in the Python that runs this; TIDEMARK_EXTENSION names the extension."""

import os
import sqlite3
import subprocess
import sys
import tempfile
import unittest
from contextlib import closing
from pathlib import Path

import tidemark


class Package(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.path = self.folder / "app.db"

    def on_disk(self, sql):
        with closing(sqlite3.connect(self.path)) as disk:
            return disk.execute(sql).fetchall()

    def test_a_with_block_commits_and_flushes(self):
        with closing(tidemark.connect(self.path)) as db:
            self.assertIsInstance(db, sqlite3.Connection)
            with db:
                db.execute("CREATE TABLE t(a)")
                db.execute("INSERT INTO t VALUES(1)")
            self.assertEqual(self.on_disk("SELECT a FROM t"), [(1,)])
            with self.assertRaises(ZeroDivisionError), db:
                db.execute("INSERT INTO t VALUES(2)")
                raise ZeroDivisionError
            self.assertEqual(db.execute("SELECT a FROM t").fetchall(), [(1,)])

    def test_closing_is_enough(self):
        db = tidemark.connect(self.path, isolation_level=None)
        db.execute("CREATE TABLE t(a)")
        db.execute("INSERT INTO t VALUES(1)")
        db.close()
        with closing(tidemark.connect(self.path)) as again:
            self.assertEqual(again.execute("SELECT a FROM t").fetchall(), [(1,)])

    def test_flush_status_and_verify(self):
        with closing(tidemark.connect(self.path, {"interval_ms": 3_600_000},
                                      isolation_level=None)) as db:
            db.execute("CREATE TABLE t(a)")
            db.execute("INSERT INTO t VALUES(1)")
            self.assertGreater(tidemark.status(db)["pending_changes"], 0)
            self.assertGreater(tidemark.flush(db), 0)
            self.assertEqual(tidemark.status(db)["pending_changes"], 0)
            self.assertEqual(tidemark.verify(db), [])
            tidemark.close(db)
            self.assertFalse(tidemark.status(db)["open"])

    def test_functions_of_python_are_called_on_its_own_thread_only(self):
        import threading

        threads = set()

        def double(value):
            threads.add(threading.get_ident())
            return value * 2

        with closing(tidemark.connect(self.path, {"interval_ms": 0}, isolation_level=None)) as db:
            db.create_function("double", 1, double, deterministic=True)
            db.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, a)")
            for i in range(200):
                db.execute("INSERT INTO t(a) VALUES(double(?))", (i,))
            tidemark.flush(db)
        self.assertEqual(threads, {threading.get_ident()})

    def test_a_connection_may_be_used_by_several_threads(self):
        import threading

        with closing(tidemark.connect(self.path, {"interval_ms": 0}, isolation_level=None,
                                      check_same_thread=False)) as db:
            db.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, a)")

            def write():
                for _ in range(200):
                    db.execute("INSERT INTO t(a) VALUES(1)")

            writers = [threading.Thread(target=write) for _ in range(4)]
            for writer in writers:
                writer.start()
            for writer in writers:
                writer.join()
            self.assertEqual(tidemark.verify(db), [])
        self.assertEqual(self.on_disk("SELECT count(*) FROM t"), [(800,)])

    def test_errors_are_those_of_sqlite3(self):
        with self.assertRaisesRegex(sqlite3.Error, "there is no such option"):
            tidemark.connect(self.path, {"intervall_ms": 5})
        self.assertFalse(self.path.exists())
        with closing(sqlite3.connect(":memory:")) as db:
            tidemark.load(db)
            with self.assertRaisesRegex(sqlite3.Error, "none is open"):
                tidemark.flush(db)

    def test_a_missing_extension_is_named(self):
        code = "import tidemark; tidemark.extension_path()"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True,
                              env={**os.environ, "TIDEMARK_EXTENSION": "/no/such.so",
                                   "PYTHONPATH": os.pathsep.join(sys.path)}, check=False)
        self.assertIn("/no/such.so", done.stderr)


if __name__ == "__main__":
    unittest.main()
