-- strategy trigger
-- interval manual
-- open attached
CREATE TABLE IF NOT EXISTS "t4"(rowid , "OID" , _rowid_, a )
CREATE VIRTUAL TABLE f1 USING fts5("a", content=)
-- prepare p1 UPDATE "main"."t4" SET "OID" = 3 RETURNING *
-- run
INSERT INTO "t4"("rowid", "OID", "_rowid_", "a") VALUES(2, NULL, 3, NULL), (4, 's7', 4, 6)
BEGIN
-- step p1
INSERT INTO "f1"("f1", rowid, "a") VALUES('delete', 24, 'delta')
-- reopen
UPDATE 
