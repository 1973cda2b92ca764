-- The quick start in the sqlite3 shell, or wherever SQL is typed: `sqlite3 :memory:`, then
-- `.load tidemark` with the path of tidemark.so.

SELECT tidemark_open('app.db', '{"interval_ms": 5000}');

CREATE TABLE IF NOT EXISTS posts(id INTEGER PRIMARY KEY, title TEXT, views INT);
INSERT INTO posts(title, views) VALUES('Hello', 100);

SELECT tidemark_flush();   -- everything committed so far is on disk
SELECT tidemark_verify();  -- ok
SELECT tidemark_close();   -- or leave: that flushes a last time, too
