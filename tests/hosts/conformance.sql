CREATE TABLE posts(id INTEGER PRIMARY KEY AUTOINCREMENT, title TEXT NOT NULL, views INTEGER DEFAULT 0, score REAL, image BLOB);

CREATE TABLE tags(name TEXT PRIMARY KEY COLLATE NOCASE, uses INT) WITHOUT ROWID;

CREATE TABLE comments(post INTEGER REFERENCES posts(id) ON DELETE CASCADE, text, at DEFAULT 'then');

CREATE UNIQUE INDEX comments_text ON comments(text);

PRAGMA foreign_keys = ON;

INSERT INTO posts(title, views, score, image) VALUES('Hello', 100, 1.5, x'00ff00'), ('World', 200, -0.1, NULL), ('Zürich', 3, 9e99, zeroblob(10));

INSERT INTO tags VALUES('a', 1), ('B', 2), ('c', 3);

INSERT INTO comments(post, text) VALUES(1, 'first'), (1, 'second'), (2, 'third'), (NULL, NULL);

SELECT count(*), sum(views), total(length(image)) FROM posts;

SELECT operation, table_name, count(*) FROM _sync_queue GROUP BY 1, 2 HAVING count(*) > 100;

BEGIN;

UPDATE posts SET views = views + 1;

SAVEPOINT one;

DELETE FROM tags;

INSERT INTO posts(title) VALUES('never');

ROLLBACK TO one;

RELEASE one;

INSERT INTO tags VALUES('d', 4) ON CONFLICT(name) DO UPDATE SET uses = 5;

INSERT INTO tags VALUES('A', 10) ON CONFLICT(name) DO UPDATE SET uses = excluded.uses;

COMMIT;

SELECT name, uses FROM tags;

BEGIN;

DELETE FROM posts;

DROP TABLE tags;

ROLLBACK;

SELECT (SELECT count(*) FROM posts), (SELECT count(*) FROM tags), (SELECT count(*) FROM comments);

INSERT OR REPLACE INTO comments(post, text) VALUES(2, 'first');

INSERT OR IGNORE INTO comments(post, text) VALUES(2, 'second');

DELETE FROM posts WHERE id = 1;

SELECT post, text FROM comments ORDER BY text;

CREATE TRIGGER counted AFTER INSERT ON comments BEGIN UPDATE posts SET views = views + 1000 WHERE id = NEW.post; END;

INSERT INTO comments(post, text) VALUES(2, 'counted');

SELECT id, title, views FROM posts;

ALTER TABLE posts ADD COLUMN kind TEXT DEFAULT 'plain';

ALTER TABLE comments RENAME TO remarks;

ALTER TABLE posts DROP COLUMN score;

UPDATE posts SET kind = NULL WHERE id = 2;

SELECT id, kind FROM posts;

CREATE TABLE numbers AS WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n WHERE i < 1000) SELECT i, i * i AS square FROM n;

DELETE FROM numbers WHERE i % 3 = 0;

UPDATE numbers SET square = CAST(square AS TEXT) WHERE i % 5 = 0;

CREATE VIEW many AS SELECT typeof(square) AS type, count(*) AS n FROM numbers GROUP BY 1;

SELECT type, n FROM many ORDER BY 1;

PRAGMA user_version = 42;

PRAGMA application_id = 7;

CREATE INDEX numbers_square ON numbers(square) WHERE i > 500;

ANALYZE;

INSERT INTO posts(title) VALUES('last') RETURNING id, views;

UPDATE posts SET id = id + 10 WHERE id = 4;

SELECT max(id) FROM posts;

VACUUM;

INSERT INTO numbers VALUES(NULL, 'after VACUUM');

SELECT tidemark_verify();

SELECT count(*) FROM _sync_queue;
