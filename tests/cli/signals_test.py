#!/usr/bin/env python3
"""Signals end a run in order: rolled back, flushed, told."""

import signal
import sqlite3
import subprocess
import threading
import time
import unittest

from support import PATIENCE, CliTest

ENDLESS = "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n;"


class Signals(CliTest):
    def started(self, *options):
        process = self.start("run", self.db, "--interval", "1h", *options)
        self.ask(process, "CREATE TABLE t (a INTEGER PRIMARY KEY); INSERT INTO t VALUES (1); SELECT 1;")
        return process

    def end_by(self, process, number):
        process.send_signal(number)
        error = process.stderr.read().decode()
        self.assertEqual(process.wait(PATIENCE), 128 + number, error)
        return error

    def test_while_waiting_for_input(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            self.db = self.folder / f"{number}.db"
            error = self.end_by(self.started(), number)
            self.assertRegex(error, r"(?m)^flushed 1 change, mark \d+$")
            self.assertNotIn("rolled back", error)
            self.assertEqual(self.on_disk(), [(1,)])

    def test_with_an_open_transaction(self):
        process = self.started("--quiet")
        self.ask(process, "BEGIN; INSERT INTO t VALUES (2); SELECT 2;")
        error = self.end_by(process, signal.SIGTERM)
        self.assertIn("transaction that was still open is rolled back", error)
        self.assertEqual(self.on_disk(), [(1,)])

    def test_during_a_long_query(self):
        process = self.started()
        self.tell(process, ENDLESS)
        time.sleep(0.3)
        self.end_by(process, signal.SIGINT)
        self.assertEqual(self.on_disk(), [(1,)])

    def test_during_a_long_write_inside_a_transaction(self):
        process = self.started()
        self.ask(process, "BEGIN; INSERT INTO t VALUES (2); SELECT 1;")
        self.tell(process, ENDLESS.replace("SELECT count(*)", "INSERT INTO t SELECT i + 5"))
        time.sleep(0.2)
        error = self.end_by(process, signal.SIGINT)
        self.assertIn("rolled back", error)
        self.assertEqual(self.on_disk(), [(1,)])

    def test_during_a_flood_of_statements(self):
        process = self.started("--quiet")
        flood = threading.Thread(target=self.feed, args=[process], daemon=True)
        flood.start()
        time.sleep(0.3)
        self.end_by(process, signal.SIGTERM)
        flood.join(PATIENCE)
        (count, last), = self.on_disk("SELECT count(*), max(a) FROM t")
        self.assertEqual(count, last)

    def feed(self, process):
        try:
            while True:
                self.tell(process, "INSERT INTO t DEFAULT VALUES;\n" * 1000)
        except (BrokenPipeError, ValueError):
            pass  # it has ended

    def test_two_at_once_are_one(self):
        process = self.started()
        process.send_signal(signal.SIGINT)
        error = self.end_by(process, signal.SIGINT)
        self.assertRegex(error, "flushed 1 change")
        self.assertEqual(self.on_disk(), [(1,)])

    def test_reading_from_a_named_pipe_that_nobody_opens(self):
        pipe = self.folder / "pipe.sql"
        subprocess.run(["mkfifo", pipe], check=True)
        process = self.start("run", self.db, "--sql", pipe)
        self.wait_for(self.db.exists, "the database")
        time.sleep(0.2)
        self.end_by(process, signal.SIGTERM)

    def test_a_second_one_ends_the_waiting(self):
        process = self.start("run", self.db, "--interval", "1h", "--busy-timeout", "10ms")
        self.ask(process, "CREATE TABLE t (a); SELECT 1;")
        holder = sqlite3.connect(self.db, isolation_level=None)
        self.addCleanup(holder.close)
        holder.execute("BEGIN IMMEDIATE")
        process.send_signal(signal.SIGINT)
        time.sleep(1.3)
        self.assertIsNone(process.poll(), "it waits for the disk")
        error = self.end_by(process, signal.SIGINT)
        self.assertIn("Second signal", error)


if __name__ == "__main__":
    unittest.main()
