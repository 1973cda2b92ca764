-- strategy session
-- interval manual
-- open file
CREATE TABLE IF NOT EXISTS "t5"(KEY, "OID" )
CREATE UNIQUE INDEX IF NOT EXISTS ix2 ON "t5"(length("_rowid_")) WHERE "OID" 
INSERT OR IGNORE INTO "t5"("rowid", "OID", "_rowid_") VALUES(NULL, 3, 3), (8, NULL, 9)
-- run
ALTER TABLE "t5" DROP "OID"
