-- note A session takes the row of a table whose creation is rolled back for one of the old table.
-- strategy session
-- interval manual
-- open file
CREATE TABLE t(id INTEGER PRIMARY KEY, z)
INSERT INTO t VALUES(1, 1)
-- run
BEGIN
DROP TABLE t
CREATE TABLE t(id INTEGER PRIMARY KEY, z)
INSERT INTO t VALUES(1, 2)
ROLLBACK
-- flush
