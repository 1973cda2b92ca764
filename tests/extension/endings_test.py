"""How connections and processes end, in hosts with a mutex (python3) and without one (the shell)."""

import os
import sqlite3
import subprocess
import sys
import time
import unittest

from support import BEGIN, EXTENSION, ExtensionTest

LATER = "'{\"interval_ms\": 3600000}'"
FILL = f"""
db = connect(sys.argv[1], {LATER})
db.execute("CREATE TABLE IF NOT EXISTS t(id INTEGER PRIMARY KEY, a)")
db.execute("INSERT INTO t(a) VALUES('x')")
"""


class Endings(ExtensionTest):
    def expect_one(self):
        self.assertEqual(self.on_disk("SELECT a FROM t"), [("x",)])
        self.assertEqual(self.on_disk("PRAGMA integrity_check"), [("ok",)])

    def test_the_connection_is_closed(self):
        self.python(FILL + """
db.close()
assert sqlite3.connect(sys.argv[1]).execute("SELECT a FROM t").fetchall() == [("x",)]
connect(sys.argv[1]).close()
os._exit(0)
""")
        self.expect_one()

    def test_the_connection_is_closed_while_a_cursor_is_there(self):
        self.python(FILL + """
cursor = db.execute("SELECT a FROM t")
cursor.fetchone()
db.close()
assert sqlite3.connect(sys.argv[1]).execute("SELECT a FROM t").fetchall() == [("x",)]
del cursor, db
connect(sys.argv[1]).close()
os._exit(0)
""")
        self.expect_one()

    def test_the_process_exits_without_a_close(self):
        self.python(FILL)
        self.expect_one()
        self.python("keep = []\n" + FILL + "keep.append(db)\nkeep.append(keep)\nsys.exit(3)", expect=3)
        self.assertEqual(self.on_disk("SELECT count(*) FROM t"), [(2,)])

    def test_an_open_transaction_is_not_part_of_it(self):
        self.python(FILL + "db.execute('BEGIN'); db.execute(\"INSERT INTO t(a) VALUES('open')\")")
        self.expect_one()

    def test_killed_after_a_flush(self):
        self.python(FILL + """
db.execute("SELECT tidemark_flush()")
db.execute("INSERT INTO t(a) VALUES('lost')")
os.kill(os.getpid(), 9)
""", expect=-9)
        self.expect_one()

    def test_killed_at_any_time_leaves_whole_transactions(self):
        code = BEGIN + """
db = connect(sys.argv[1], '{"interval_ms": 1}')
db.execute("CREATE TABLE IF NOT EXISTS t(id INTEGER PRIMARY KEY, a)")
db.execute("CREATE TABLE IF NOT EXISTS total(a)")
if not db.execute("SELECT count(*) FROM total").fetchone()[0]:
    db.execute("INSERT INTO total VALUES(0)")
db.execute("SELECT tidemark_flush()")
print("ready", flush=True)
while True:
    db.execute("BEGIN")
    db.execute("INSERT INTO t(a) VALUES(1)")
    db.execute("UPDATE total SET a = a + 1")
    db.execute("COMMIT")
"""
        rows = 0
        for milliseconds in (5, 40, 100, 200):
            child = subprocess.Popen([sys.executable, "-c", code, self.path], stdout=subprocess.PIPE)
            child.stdout.readline()
            time.sleep(milliseconds / 1000)
            child.kill()
            child.wait()
            child.stdout.close()
            self.assertEqual(self.on_disk("PRAGMA integrity_check"), [("ok",)])
            [(count, total)] = self.on_disk("SELECT (SELECT count(*) FROM t), (SELECT a FROM total)")
            self.assertEqual(count, total)
            self.assertGreaterEqual(count, rows)
            rows = count
        self.assertGreater(rows, 0)

    def test_a_child_after_fork_is_inert(self):
        self.python(FILL + """
child = os.fork()
if child == 0:
    db.execute("INSERT INTO t(a) VALUES('child')")
    assert db.execute("SELECT count(*) FROM t").fetchone() == (2,)
    try:
        db.execute("SELECT tidemark_flush()")
        os._exit(1)
    except sqlite3.Error as error:
        assert "fork" in str(error), error
    db.close()
    os._exit(0)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
db.execute("SELECT tidemark_flush()")
""")
        self.expect_one()

    def test_a_child_of_multiprocessing_is_inert(self):
        self.python(FILL + """
import multiprocessing
def work():
    db.execute("INSERT INTO t(a) VALUES('child')")
child = multiprocessing.get_context("fork").Process(target=work)
child.start()
child.join()
assert child.exitcode == 0
""")
        self.expect_one()


class WithoutMutex(ExtensionTest):
    def test_the_shell_ends(self):
        done = self.shell(f"SELECT tidemark_open('{self.path}', {LATER});",
                          "CREATE TABLE t(id INTEGER PRIMARY KEY, a);",
                          "BEGIN; INSERT INTO t(a) VALUES('x'); SAVEPOINT s;",
                          "INSERT INTO t(a) VALUES('undone'); ROLLBACK TO s; COMMIT;")
        self.assertEqual(done.stderr, "")
        self.assertEqual(self.on_disk("SELECT a FROM t"), [("x",)])

    def test_errors_are_told(self):
        done = self.shell("SELECT tidemark_flush();", expect=1)
        self.assertIn("none is open on this connection", done.stderr)

    def test_a_commit_gets_to_the_disk_while_the_shell_waits(self):
        shell = subprocess.Popen(["sqlite3", "-batch", ":memory:"], stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE, text=True)
        self.addCleanup(shell.stdout.close)
        shell.stdin.write(f".load {EXTENSION}\n"
                          f"SELECT tidemark_open('{self.path}', '{{\"interval_ms\": 20}}');\n"
                          "CREATE TABLE t(id INTEGER PRIMARY KEY, a);\n"
                          "INSERT INTO t(a) VALUES('x');\n")
        shell.stdin.flush()
        self.wait_for("SELECT a FROM t", [("x",)])
        shell.kill()
        shell.stdin.close()
        shell.wait()

    def test_rows_come_in_faster_than_the_disk_takes_them(self):
        self.shell(f"SELECT tidemark_open('{self.path}', '{{\"interval_ms\": 0}}');",
                   "CREATE TABLE t(id INTEGER PRIMARY KEY, a);",
                   *["INSERT INTO t(a) VALUES(randomblob(20));"] * 5000,
                   "CREATE INDEX i ON t(a); DELETE FROM t WHERE id % 3 = 0; VACUUM;",
                   "SELECT CASE WHEN tidemark_verify() <> 'ok' THEN load_extension('none') END;")
        self.assertEqual(self.on_disk("SELECT count(*) FROM t"), [(3334,)])
        self.assertEqual(self.on_disk("PRAGMA integrity_check"), [("ok",)])


if __name__ == "__main__":
    unittest.main()
