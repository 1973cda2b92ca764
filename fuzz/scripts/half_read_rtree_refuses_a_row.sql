-- strategy trigger
-- interval manual
-- open file
CREATE TABLE IF NOT EXISTS "t3"("a" )
CREATE VIRTUAL TABLE IF NOT EXISTS r0 USING rtree(id, x0, x1)
INSERT INTO "main"."r0" DEFAULT VALUES
-- run
ALTER TABLE "t3" RENAME TO "t4"
-- prepare p0 SELECT * FROM "main"."r0"
-- step p0
DROP TABLE "main"."t4"
UPDATE "r0" SET "x0" = ("id") 
