-- strategy trigger
-- interval manual
-- open file
CREATE TABLE IF NOT EXISTS "t3"("OID" , _rowid_ , a DEFAULT ('ffffffffff') COLLATE BINARY)
CREATE INDEX IF NOT EXISTS ix7 ON "t3"("OID" , "a" ) WHERE "_rowid_" < 's5'
INSERT INTO "main"."t3"("rowid", "OID", "_rowid_", "a") VALUES(11, 0, NULL, 3)
-- run
INSERT OR FAIL INTO "t3"("rowid", "OID", "_rowid_", "a") VALUES(10, '00', 'Ab1', NULL) 
BEGIN
ALTER TABLE "t3" DROP "_rowid_"
UPDATE "main"."t3" SET "OID" = "rowid"
COMMIT
