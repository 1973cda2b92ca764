-- strategy session
-- interval manual
-- open attached
CREATE VIRTUAL TABLE IF NOT EXISTS r0 USING rtree(id, x0, x1)
-- prepare p0 SELECT * FROM "main"."r0"
-- run
SAVEPOINT s1
REPLACE INTO "r0"("id", "x0", "x1") VALUES(8, 0, 13)
-- step p0
ROLLBACK TO s1; RELEASE s1
-- flush
