"""tidemark keeps a SQLite database in RAM and its changes on disk.

    import tidemark

    with tidemark.connect("app.db") as db:          # an ordinary sqlite3.Connection, in RAM
        db.execute("INSERT INTO posts(title) VALUES('Hello')")
    # committed, and on disk

What is committed reaches the file within `interval_ms` (5 s), or when `flush` returns, or when the
connection is closed, or when the process ends in order. A crash loses at most what was committed in the
last interval, never half a transaction, and never what `flush` has acknowledged.
"""

from __future__ import annotations

import json
import os
import sqlite3
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Optional, Type, TypedDict

__all__ = ["Connection", "Options", "close", "connect", "extension_path", "flush", "load", "open",
           "status", "verify"]  # fmt: skip


class Options(TypedDict, total=False):
    """Options of a database; docs/extension.md says what each of them does and costs."""

    strategy: Literal["trigger", "session"]
    interval_ms: int
    cut_changes: int
    cut_bytes: int
    pending_bytes_max: int
    pending_limit: Literal["refuse", "grow"]
    include_tables: list[str]
    exclude_tables: list[str]
    journal_mode: Literal["wal", "truncate", "persist", "delete"]
    synchronous: Literal["full", "extra", "normal", "off"]
    load_check: Literal["quick", "none", "full"]
    foreign_writes: Literal["stop", "overwrite"]
    watch_blob_writes: bool
    history: bool
    busy_timeout_ms: int
    retry_pause_first_ms: int
    retry_pause_max_ms: int
    close_deadline_ms: int


def extension_path() -> str:
    """Where the extension lies: what TIDEMARK_EXTENSION names, beside this module, or where the
    system's package puts it. Raises FileNotFoundError."""
    places = [Path(__file__).with_name("tidemark.so")]
    for folder in ("/usr/local/lib", "/usr/lib"):
        places.append(Path(folder, "tidemark", "tidemark.so"))
        places.extend(sorted(Path(folder).glob("*-linux-gnu*/tidemark/tidemark.so")))
    if given := os.environ.get("TIDEMARK_EXTENSION"):
        places = [Path(given)]
    for place in places:
        if place.is_file():
            return str(place)
    raise FileNotFoundError(f"no tidemark.so; looked for {', '.join(map(str, places))}")


def load(db: sqlite3.Connection) -> None:
    """Loads the extension into a connection. Raises sqlite3.Error when this SQLite is unsuitable, and
    sqlite3.NotSupportedError when this Python cannot load extensions."""
    if not hasattr(db, "enable_load_extension"):
        raise sqlite3.NotSupportedError("this Python's sqlite3 was built without loadable extensions")
    db.enable_load_extension(True)
    try:
        db.load_extension(extension_path())
    finally:
        db.enable_load_extension(False)


def open(db: sqlite3.Connection, path: str | os.PathLike[str],
         options: Optional[Options] = None) -> None:  # fmt: skip
    """Loads the file into a `:memory:` connection and keeps it on disk from now on. The connection may
    not be in a transaction. Raises sqlite3.Error."""
    load(db)
    db.execute("SELECT tidemark_open(?, ?)", (os.fspath(path), json.dumps(options or {}))).fetchone()


def flush(db: sqlite3.Connection, timeout_ms: int = 30_000) -> int:
    """Returns when everything that was committed is on disk; the result is the number of the last
    batch there. An open transaction is not part of it. Raises sqlite3.Error, saying how much is
    missing; all of it stays pending."""
    mark: int = db.execute("SELECT tidemark_flush(?)", (timeout_ms,)).fetchone()[0]
    return mark


def close(db: sqlite3.Connection, timeout_ms: int = 30_000) -> None:
    """Flushes a last time and lets the file go. The connection stays open, and is kept no more. Raises
    sqlite3.Error when the disk does not take it all; then the database is still kept."""
    db.execute("SELECT tidemark_close(?)", (timeout_ms,)).fetchone()


def status(db: sqlite3.Connection) -> dict[str, Any]:
    """Where things stand; docs/extension.md names the members."""
    result: dict[str, Any] = json.loads(db.execute("SELECT tidemark_status()").fetchone()[0])
    return result


def verify(db: sqlite3.Connection) -> list[str]:
    """Syncs and compares RAM with disk, row by row. One sentence for each difference; an empty list
    when they are equal."""
    text: str = db.execute("SELECT tidemark_verify()").fetchone()[0]
    return [] if text == "ok" else text.splitlines()


class Connection(sqlite3.Connection):
    """An ordinary connection whose `with` block also flushes: when it is left in order the transaction
    is committed, as always, and on disk."""

    def __exit__(self, kind: Optional[Type[BaseException]], value: Optional[BaseException],
                 trace: Optional[TracebackType]) -> Literal[False]:  # fmt: skip
        super().__exit__(kind, value, trace)
        if kind is None:
            flush(self)
        return False


def connect(path: str | os.PathLike[str], options: Optional[Options] = None,
            **arguments: Any) -> Connection:  # fmt: skip
    """Opens a file in RAM, or creates it. `arguments` are those of `sqlite3.connect` but for the
    database and the factory. Raises sqlite3.Error."""
    db = sqlite3.connect(":memory:", factory=Connection, **arguments)
    try:
        open(db, path, options)
    except BaseException:
        db.close()
        raise
    return db
