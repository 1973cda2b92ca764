#!/usr/bin/env python3
"""What the shared library shows is what its headers declare, and nothing else.

TIDEMARK_SHARED names the library.
"""

import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

INCLUDE = Path(__file__).resolve().parents[2] / "include" / "tidemark"
LIBRARY = os.environ["TIDEMARK_SHARED"]


def output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def declared(pattern: str, *globs: str) -> set[str]:
    files = [path for glob in globs for path in INCLUDE.glob(glob)]
    return {name for path in files for name in re.findall(pattern, path.read_text("utf-8"))}


def exported() -> set[str]:
    """Demangled; `nm` says the name of a type before what belongs to it."""
    symbols = {line.split(maxsplit=2)[2]
               for line in output("nm", "--dynamic", "--defined-only", "--demangle", LIBRARY).splitlines()}
    return {re.sub(r"^(vtable|VTT|typeinfo|typeinfo name) for ", "", symbol) for symbol in symbols}


class Exports(unittest.TestCase):
    maxDiff = None

    def test_the_functions_of_c_are_those_of_the_headers(self):
        functions = declared(r"TIDEMARK_EXPORT [\w\s*]*?(tidemark_\w+)\(", "c/*.h")
        self.assertIn("tidemark_open", functions)
        self.assertEqual({name for name in exported() if not name.startswith("tidemark::")}, functions)

    def test_what_is_of_cpp_is_marked_in_the_headers(self):
        classes = declared(r"(?m)^(?:class|struct) TIDEMARK_EXPORT (\w+)", "*.hpp")
        functions = declared(r"TIDEMARK_EXPORT [\w\s:*&<>]*?(\w+)\(", "*.hpp")
        self.assertTrue({"Database", "Error", "Observer"} <= classes)
        self.assertTrue({"inspect", "validate", "to_string"} <= functions)
        seen = set()
        for symbol in exported():
            if symbol.startswith("tidemark::"):
                path = re.match(r"tidemark::((?:\w+::)*~?\w+)", symbol)[1].split("::")
                self.assertIn(path[0], classes | functions, symbol)
                self.assertNotIn("Core", path, symbol)
                self.assertNotIn("State", path[:2], symbol)
                self.assertNotIn("Reader", path, symbol)
                seen.add(path[0])
        self.assertEqual(seen, classes | functions)

    def test_the_name_has_the_version(self):
        version = re.search(r'TIDEMARK_VERSION "(\d+\.\d+)\.\d+"', (
            Path(os.environ["TIDEMARK_VERSION_HEADER"]).read_text("utf-8")))[1]
        self.assertIn(f"Library soname: [libtidemark.so.{version}]",
                      output("readelf", "--dynamic", "--wide", LIBRARY))

    def test_stays_loaded(self):
        program = """
import _ctypes, ctypes, sys
library = ctypes.CDLL(sys.argv[1])
database = ctypes.c_void_p()
assert library.tidemark_open(sys.argv[2].encode(), None, ctypes.byref(database)) == 0
_ctypes.dlclose(library._handle)
print(open("/proc/self/maps").read())
"""
        with tempfile.TemporaryDirectory() as folder:
            maps = output(sys.executable, "-c", program, LIBRARY, os.path.join(folder, "kept.db"))
        self.assertIn(os.path.realpath(LIBRARY), maps)


if __name__ == "__main__":
    unittest.main()
