"""The extension calls SQLite only through the table that its host hands over."""

import subprocess
import unittest

from support import EXTENSION


def lines(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


class Symbols(unittest.TestCase):
    def test_no_sqlite_library_is_linked(self):
        needed = [line for line in lines("readelf", "--dynamic", EXTENSION) if "(NEEDED)" in line]
        self.assertTrue(any("libc.so" in line for line in needed))
        self.assertFalse(any("sqlite" in line for line in needed), needed)

    def test_no_function_of_sqlite_is_left_to_the_linker(self):
        undefined = lines("nm", "--dynamic", "--undefined-only", EXTENSION)
        self.assertTrue(any("dlsym" in line for line in undefined))
        self.assertEqual([line for line in undefined if "sqlite3" in line], [])

    def test_only_the_entry_point_is_exported(self):
        defined = lines("nm", "--dynamic", "--defined-only", EXTENSION)
        self.assertEqual([line.split()[-1] for line in defined], ["sqlite3_tidemark_init"])


if __name__ == "__main__":
    unittest.main()
