"""What the tests of the extension share. The extension is named by TIDEMARK_EXTENSION."""

import os
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

EXTENSION = os.environ["TIDEMARK_EXTENSION"]
FOLDER = Path(__file__).resolve().parent

BEGIN = """
import os, sqlite3, sys, time
def connect(path, options="{}"):
    db = sqlite3.connect(":memory:", isolation_level=None)
    db.enable_load_extension(True)
    db.load_extension(os.environ["TIDEMARK_EXTENSION"])
    db.execute("SELECT tidemark_open(?, ?)", (path, options))
    return db
"""

exec(BEGIN)  # the same words here and in other processes


class ExtensionTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.path = str(self.folder / "app.db")

    def bare(self):
        """A connection with the extension and no database."""
        db = sqlite3.connect(":memory:", isolation_level=None)
        self.addCleanup(db.close)
        db.enable_load_extension(True)
        db.load_extension(EXTENSION)
        return db

    def open(self, options="{}"):
        db = connect(self.path, options)
        self.addCleanup(db.close)
        return db

    def on_disk(self, sql):
        """Asked of plain SQLite."""
        disk = sqlite3.connect(self.path)
        try:
            return disk.execute(sql).fetchall()
        finally:
            disk.close()

    def wait_for(self, sql, rows, seconds=20):
        """Without a call of the connection."""
        end = time.monotonic() + seconds
        seen = None
        while time.monotonic() < end:
            try:
                seen = self.on_disk(sql)
            except sqlite3.OperationalError as error:
                seen = error
            if seen == rows:
                return
            time.sleep(0.01)
        self.fail(f"the disk has {seen}, not {rows}")

    def python(self, code, *arguments, expect=0):
        """Runs code in another process."""
        done = subprocess.run([sys.executable, "-c", BEGIN + code, self.path, *arguments],
                              capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, expect, done.stderr)
        return done.stdout

    def shell(self, *lines, expect=0):
        """Runs the sqlite3 shell, whose connections have no mutex."""
        script = "\n".join([f".load {EXTENSION}", *lines]) + "\n"
        done = subprocess.run(["sqlite3", "-batch", ":memory:"], input=script, capture_output=True,
                              text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, expect, done.stderr)
        return done
