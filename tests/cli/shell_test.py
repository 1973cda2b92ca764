"""`tidemark shell`: the real shell of SQLite, on a database that tidemark keeps."""

import unittest

from support import OK, USAGE, CliTest


class Shell(CliTest):
    def test_sql_from_standard_input_is_on_disk_at_the_end(self):
        result = self.cli("shell", self.db, sql="CREATE TABLE t(a); INSERT INTO t VALUES(1);\n"
                                                "SELECT a + 1 FROM t;\n.print done\n")  # fmt: skip
        self.assertEqual(result.returncode, OK, result.stderr)
        self.assertEqual(result.stdout.split(), ["2", "done"])
        self.assertEqual(self.on_disk(), [(1,)])

    def test_what_follows_the_dashes_is_for_sqlite3(self):
        self.run_sql("CREATE TABLE t(a); INSERT INTO t VALUES(5);")
        result = self.cli("shell", self.db, "--", "-json", "SELECT a FROM t")
        self.assertEqual(result.stdout.strip(), '[{"a":5}]', result.stderr)

    def test_a_path_with_quotes(self):
        self.db = self.folder / "it's \"mine\".db"
        result = self.cli("shell", self.db, "--", "CREATE TABLE t(a); INSERT INTO t VALUES(1)")
        self.assertEqual(result.returncode, OK, result.stderr)
        self.assertEqual(self.on_disk(), [(1,)])

    def test_options_are_passed_on(self):
        result = self.cli("shell", self.db, "--options", '{"strategy": "session"}', "--",
                          "SELECT tidemark_status() ->> 'strategy'")  # fmt: skip
        self.assertEqual(result.stdout, "session\n", result.stderr)

    def test_a_file_that_is_no_database_ends_it(self):
        self.db.write_bytes(b"nothing that SQLite knows" * 100)
        result = self.cli("shell", self.db, sql="SELECT 'went on';\n")
        self.assertNotEqual(result.returncode, OK)
        self.assertIn("not a database", result.stderr)
        self.assertEqual(result.stdout, "")

    def test_without_a_shell_or_an_extension(self):
        result = self.cli("shell", self.db, "--sqlite3", "no-such-program")
        self.assertEqual(result.returncode, USAGE)
        self.assertIn("no-such-program", result.stderr)
        result = self.cli("shell", self.db, "--extension", "/no/such/file.so", sql="SELECT 1;\n")
        self.assertNotEqual(result.returncode, OK)
        self.assertIn("/no/such/file.so", result.stderr)


if __name__ == "__main__":
    unittest.main()
