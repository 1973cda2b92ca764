-- note A DROP that fails because its table is being read has dropped our triggers by then.
-- strategy trigger
-- interval manual
-- open file
CREATE TABLE t(a)
INSERT INTO t VALUES(1)
-- run
-- prepare p0 SELECT * FROM t
BEGIN
-- step p0
DROP TABLE t
COMMIT
INSERT INTO t VALUES(2)
-- flush
