-- note A session meets the key as 3 and as 3.0.
-- strategy session
-- interval manual
-- open file
CREATE TABLE t(d REAL PRIMARY KEY, e ANY) WITHOUT ROWID
-- run
INSERT INTO t VALUES(3, 4)
UPDATE t SET e = 0
-- flush
