-- strategy session
-- interval manual
-- open file
CREATE TABLE "select"(KEY, "OID" , _rowid_ , a ) 
CREATE TABLE IF NOT EXISTS "or""der"("rowid" TEXT PRIMARY KEY COLLATE BINARY) 
-- run
PRAGMA foreign_keys = ON
INSERT INTO "main"."select"("rowid", "OID", "_rowid_", "a") VALUES(NULL, 8.0, 10, 8)
INSERT INTO "main"."select"("rowid", "OID", "a") VALUES(NULL, NULL, 10), (10, 2.0, 8)
CREATE TABLE IF NOT EXISTS "t4"("a", "k" VARCHAR(10), "b" REAL DEFAULT ('aB1') REFERENCES "or""der" ON DELETE CASCADE ON UPDATE SET DEFAULT, "v" NUMERIC (5), PRIMARY KEY("a" COLLATE BINARY, "b"))
INSERT INTO "main"."or""der"("rowid") SELECT coalesce("OID", "rowid") FROM "select" WHERE NOT ("a" < 7) 
INSERT INTO "t4"("k", "b", "v") VALUES(10, NULL, 7), (2.5, 2, NULL)
BEGIN
DELETE FROM "or""der" 
COMMIT
