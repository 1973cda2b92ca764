"""What the tests of the command line share.

The environment variable TIDEMARK_CLI names the binary; nothing of it is mocked.
"""

import os
import pty
import select
import shutil
import sqlite3
import subprocess
import tempfile
import time
import unittest
from contextlib import closing
from pathlib import Path

CLI = os.environ.get("TIDEMARK_CLI", "tidemark")
PATIENCE = 60  # seconds; sanitizers are slow, and the machine may be busy

OK, FAILED, USAGE, CANNOT_OPEN, NOT_FLUSHED = range(5)


class CliTest(unittest.TestCase):
    """Gives each test a folder of its own, and kills what it leaves running."""

    maxDiff = None

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="tidemark-test-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.db = self.folder / "test.db"

    def cli(self, *arguments, sql=None, text=True, **options):
        """Runs the command to its end. `sql` goes to its standard input."""
        return subprocess.run([CLI, *map(str, arguments)], input=sql, text=text,
                              stdin=None if sql is not None else subprocess.DEVNULL,
                              capture_output=True, timeout=PATIENCE, check=False, **options)  # fmt: skip

    def run_sql(self, sql, *options, expect=OK):
        """`tidemark run` on the test's database; its standard output."""
        result = self.cli("run", self.db, *options, sql=sql)
        self.assertEqual(result.returncode, expect, result.stderr)
        return result.stdout

    def start(self, *arguments, **options):
        """Starts the command with pipes that stay open."""
        options = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE,
                   "stderr": subprocess.PIPE, **options}  # fmt: skip
        process = subprocess.Popen([CLI, *map(str, arguments)], **options)
        self.addCleanup(self.reap, process)
        return process

    @staticmethod
    def reap(process):
        if process.poll() is None:
            process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream and not stream.closed:
                try:
                    stream.close()
                except BrokenPipeError:
                    pass

    def tell(self, process, sql):
        process.stdin.write(sql.encode())
        process.stdin.flush()

    def ask(self, process, sql):
        """Sends a query and waits for its one row: then everything before is executed, too."""
        self.tell(process, sql + "\n")
        readable, _, _ = select.select([process.stdout], [], [], PATIENCE)
        self.assertTrue(readable, "no answer to " + sql)
        return process.stdout.readline().decode().rstrip("\n")

    def end(self, process, expect=OK):
        """Ends the input; returns what else came on standard output and error."""
        out, err = process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, expect, err.decode())
        return out.decode(), err.decode()

    def on_disk(self, sql="SELECT * FROM t"):
        """What SQLite alone finds in the file."""
        with closing(sqlite3.connect(self.db)) as connection:
            self.assertEqual(connection.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
            return connection.execute(sql).fetchall()

    def wait_for(self, condition, what):
        deadline = time.monotonic() + PATIENCE
        while not condition():
            self.assertLess(time.monotonic(), deadline, "waited in vain for " + what)
            time.sleep(0.01)


def run_on_terminal(arguments, environment=None, stdin=None):
    """Runs the command with a terminal as its output, and as its input unless one is given.

    Returns the exit code and what the terminal received."""
    ours, theirs = pty.openpty()
    with subprocess.Popen([CLI, *map(str, arguments)], stdin=theirs if stdin is None else stdin,
                          stdout=theirs, stderr=theirs,
                          env={**os.environ, "TERM": "xterm", **(environment or {})}) as process:  # fmt: skip
        os.close(theirs)
        received = b""
        try:
            while part := os.read(ours, 65536):
                received += part
        except OSError:  # Linux says EIO when the last writer has closed its end
            pass
        os.close(ours)
        return process.wait(PATIENCE), received.decode().replace("\r\n", "\n")
