-- strategy session
-- interval manual
-- open file
CREATE TABLE IF NOT EXISTS "t6"("b" , "_rowid_" , "v" , "a" )
CREATE TABLE IF NOT EXISTS "t5"("a" PRIMARY KEY)
CREATE INDEX IF NOT EXISTS ix5 ON "t5"(coalesce("a", 0)) 
-- run
INSERT INTO "main"."t6"("b", "_rowid_", "v", "a") VALUES(7, 's6', 6.0, 12) 
DROP INDEX "main"."ix5"
CREATE VIEW IF NOT EXISTS v0 AS SELECT * 
SAVEPOINT s2
-- prepare p1 SELECT * FROM "main"."t6"
-- step p1
DROP TABLE "t5"
COMMIT
INSERT INTO "main"."t5"("a") VALUES(7)
