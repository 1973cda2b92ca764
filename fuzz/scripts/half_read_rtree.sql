-- strategy trigger
-- interval manual
-- open attached
CREATE TABLE IF NOT EXISTS "t1"(RTRIM CHECK("c" ), "a" ) 
CREATE VIRTUAL TABLE IF NOT EXISTS r0 USING rtree(id, x0, x1)
-- prepare p2 SELECT * FROM "main"."r0"
-- run
INSERT INTO "r0"("id", "x1") VALUES(8, 3)
-- step p2
DROP TABLE "main"."t1"
REPLACE INTO "r0"("id", "x0", "x1") VALUES(1, 5, 10)
