-- strategy trigger
-- interval manual
-- open file
CREATE TABLE "or""der"("b" , "c" , "k" , "a" , "v" , g AS (coalesce("a", 5)) )
-- run
CREATE TABLE "select"("a" , "c" TEXT (2), "v" , "d" REAL (3))
-- flush
-- prepare p3 UPDATE "or""der" SET "v" = 15 RETURNING ROWID
INSERT OR ABORT INTO "main"."or""der"("b", "c", "k", "a", "v") VALUES(4, 's5', 5, 5, 11), (NULL, 0.0, 5, 'ffffffffff', '06ff'), (12, NULL, 4, 3, 4.5)
-- step p3
ALTER TABLE "or""der" DROP "k"
DROP TABLE "main"."select"
REPLACE INTO "main"."select"("a", "c", "v", "d") VALUES(0, 5, NULL, 11)
