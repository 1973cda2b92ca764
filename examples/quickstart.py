"""The quick start in Python: an ordinary sqlite3.Connection, in RAM, kept on disk."""

import sys

import tidemark

db = tidemark.connect(sys.argv[1] if len(sys.argv) > 1 else "app.db", {"interval_ms": 5000})
with db:  # one transaction
    db.execute("CREATE TABLE IF NOT EXISTS posts(id INTEGER PRIMARY KEY, title TEXT, views INT)")
    db.execute("INSERT INTO posts(title, views) VALUES('Hello', 100)")

tidemark.flush(db)  # everything committed so far is on disk
print("disk equals RAM:", tidemark.verify(db) == [])
db.close()  # flushes a last time
