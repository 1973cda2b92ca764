#!/usr/bin/env python3
"""Checks that each folder includes only what the layer table allows, and that the tree is tidy.

Usage: check_layers.py ROOT

Prints one line per violation, `file:line: [rule] what is wrong`, and exits with 1 if there is any.
The folder canary/ beside this file breaks every rule once; check_layers_test.py asserts that each
of these is found.
"""

import re
import sys
from pathlib import Path, PurePosixPath
from typing import Iterator, NamedTuple

# The layers below src/, and which of the others each may include. Every layer may include itself
# and <tidemark/...>. A name with a slash allows that one header.
LAYERS = {
    "sqlite": [],
    "change": ["sqlite"],
    "capture": ["change", "sqlite"],
    "destination": ["change", "sqlite"],
    "history": ["change", "sqlite"],
    "sync": ["change", "capture/capture.hpp", "destination/destination.hpp"],
    # Destinations of the public interface, each on a thread of its own: what they get is in the
    # history, and how one waits and tries again is the sync loop's.
    "feed": [
        "change",
        "sqlite",
        "history/history_reader.hpp",
        "sync/backoff.hpp",
        "sync/clock.hpp",
        "sync/shared_error.hpp",
        "sync/threads.hpp",
    ],
    "database": ["sqlite", "change", "capture", "destination", "history", "sync", "feed"],
    # The C interface stands on the public C++ one; SQLite's header for its result codes.
    "c_api": ["sqlite/api.hpp"],
}

# Layers whose folders are alternatives to each other, and therefore never include each other.
LAYERS_OF_SIBLINGS = ["capture", "destination"]

# Folders that see the public interface only.
OUTSIDE = ["bench", "cli", "examples", "extension"]

RULES = {
    "layer": "a layer includes what the table does not allow",
    "sibling": "one kind of capture or destination includes another",
    "folder": "a source file below src/ is in no known layer",
    "path": "an include of ours is not written from src/, or not as <tidemark/...>",
    "sqlite": "src/ includes SQLite's own headers elsewhere than in src/sqlite/",
    "public": "a public header includes more than the standard library",
    "machine": "an absolute path of somebody's machine",
    "todo": "a TODO that does not say what is missing",
}

SOURCE = re.compile(r"\.(?:c|cpp|h|hpp|inc)(?:\.in)?$")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
SQLITE_HEADER = re.compile(r"^sqlite3(?:ext)?\.h$")
# With the two of C's that a header for both languages needs.
STANDARD_HEADER = re.compile(r"^(?:[a-z0-9_]+|std(?:def|int)\.h)$")
MACHINE_PATH = re.compile(r"(?<![\w.}/<~*-])/(?:home|root|work|Users)\b")
EMPTY_TODO = re.compile(r"\bTODO\W*$")

SKIPPED_FOLDERS = {".git", ".cache", "build", "node_modules", "__pycache__"}
CANARY = Path(__file__).resolve().parent / "canary"


class Violation(NamedTuple):
    file: str
    line: int
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: [{self.rule}] {self.message}"


class Include(NamedTuple):
    """One #include: where it stands, and what it names."""

    file: PurePosixPath
    quoted: bool
    name: str

    @property
    def top(self) -> str:
        return PurePosixPath(self.name).parts[0]


Finding = tuple[str, str]  # rule and message


def check_public(include: Include) -> Iterator[Finding]:
    allowed = include.top == "tidemark" or STANDARD_HEADER.match(include.name)
    if include.quoted or not allowed:
        yield "public", f"a public header may not include {include.name}"


def check_layer(include: Include) -> Iterator[Finding]:
    layer = include.file.parts[1]
    if layer not in LAYERS:
        return  # check_place() has said so

    if SQLITE_HEADER.match(include.name):
        if layer != "sqlite":
            yield "sqlite", f"{include.name} is for src/sqlite only"
    elif include.top in LAYERS:
        yield from check_layer_reaches(layer, include)
    elif include.quoted:
        yield "path", f'write "{include.name}" from src/, or as <tidemark/...>'


def check_layer_reaches(layer: str, include: Include) -> Iterator[Finding]:
    allowed = [layer, *LAYERS[layer]]
    if include.top not in allowed and include.name not in allowed:
        yield "layer", f"{layer} may not include {include.name}"
    elif layer == include.top and layer in LAYERS_OF_SIBLINGS:
        here = include.file.parts[2:-1][:1]
        there = PurePosixPath(include.name).parts[1:-1][:1]
        if here and there and here != there:
            yield "sibling", f"{layer}/{here[0]} may not include {include.name}"


def check_outside(include: Include, root: Path) -> Iterator[Finding]:
    if include.top == "tidemark" and not include.quoted:
        return
    own = [root / include.file.parent, root / include.file.parts[0]]
    if include.top in LAYERS:
        yield "layer", f"{include.file.parts[0]} sees <tidemark/...> only, not {include.name}"
    elif include.quoted and not any((folder / include.name).is_file() for folder in own):
        yield "path", f'"{include.name}" is not in {include.file.parts[0]}/'
    elif ".." in PurePosixPath(include.name).parts:
        yield "path", f"{include.name} leaves its folder"


def check_include(include: Include, root: Path) -> Iterator[Finding]:
    folder = include.file.parts[0]
    if folder == "include":
        yield from check_public(include)
    elif folder == "src":
        yield from check_layer(include)
    elif folder in OUTSIDE:
        yield from check_outside(include, root)


def check_line(file: PurePosixPath, line: str, root: Path) -> Iterator[Finding]:
    if SOURCE.search(file.name) and (match := INCLUDE.match(line)):
        yield from check_include(Include(file, match[1] == '"', match[2]), root)
    if match := MACHINE_PATH.search(line):
        yield "machine", f"{match[0]} is a path of one machine"
    if EMPTY_TODO.search(line):
        yield "todo", "say what is missing"


def check_place(file: PurePosixPath) -> Iterator[Finding]:
    if file.parts[0] == "src" and SOURCE.search(file.name):
        if len(file.parts) < 3 or file.parts[1] not in LAYERS:
            yield "folder", "no layer of src/; the table in check_layers.py names them"


def text_files(root: Path) -> Iterator[tuple[PurePosixPath, list[str]]]:
    for path in sorted(root.rglob("*")):
        inside = path.relative_to(root)
        if SKIPPED_FOLDERS.intersection(inside.parts) or not path.is_file():
            continue
        if CANARY in path.parents and root != CANARY:
            continue
        try:
            yield PurePosixPath(inside.as_posix()), path.read_text("utf-8").splitlines()
        except UnicodeDecodeError:
            continue


def check(root: Path) -> list[Violation]:
    violations = []
    for file, lines in text_files(root):
        for rule, message in check_place(file):
            violations.append(Violation(str(file), 1, rule, message))
        for number, line in enumerate(lines, start=1):
            for rule, message in check_line(file, line, root):
                violations.append(Violation(str(file), number, rule, message))
    return violations


def main() -> int:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    violations = check(Path(sys.argv[1]).resolve())
    print(*violations, sep="\n", end="\n" if violations else "")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
