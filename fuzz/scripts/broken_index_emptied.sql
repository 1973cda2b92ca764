-- strategy session
-- interval manual
-- open file
CREATE TABLE IF NOT EXISTS "T;é"("group" , "a", "c" DEFAULT (5.5) COLLATE NOCASE , "_rowid_" )
CREATE INDEX IF NOT EXISTS ix7 ON "T;é"(coalesce("group", 0), "a" COLLATE NOCASE) WHERE "_rowid_" 
-- run
INSERT INTO "T;é"("group", "a", "c", "_rowid_") VALUES(1e15, 's7', 9e999, '02ff'), ('s1', NULL, 9, NULL)
ALTER TABLE "T;é" DROP "_rowid_"
DELETE FROM "main"."T;é" NOT INDEXED
