-- note A SELECT is half read when the first virtual table comes.
-- strategy trigger
-- interval manual
-- open file
CREATE TABLE t(id INTEGER PRIMARY KEY)
INSERT INTO t VALUES(1), (2)
-- run
-- prepare p0 SELECT * FROM t
-- step p0
CREATE VIRTUAL TABLE f USING fts5(x)
-- flush
