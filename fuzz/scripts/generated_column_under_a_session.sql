-- strategy session
-- interval manual
-- open file
CREATE TABLE "a b"(INT, "OID" INT CHECK(typeof("OID") > 'blob'), a , PRIMARY KEY("OID"))
CREATE TABLE IF NOT EXISTS "t6"("d" INTEGER PRIMARY KEY , "a" , "é" DEFAULT (7.0), "v" CHECK(7))
CREATE TABLE IF NOT EXISTS "or""der"("d" INTEGER PRIMARY KEY, "a")
-- run
INSERT INTO "a b"("rowid", "OID", "_rowid_", "a") VALUES(4, 12, 9, NULL), (10, 's8', 4, 7), ('s3', 6, 6, NULL)
INSERT OR ABORT INTO "main"."or""der"("d", "a") SELECT NULL, 1 FROM "main"."a b" 
-- flush
BEGIN
INSERT OR FAIL INTO "main"."t6"("d", "a", "é", "v") VALUES(NULL, 's0', 6, 9)
UPDATE OR REPLACE "main"."or""der" NOT INDEXED SET "d" = 4611686018427387905 OR ROWID = 2
INSERT OR ROLLBACK INTO "t6"("d", "a", "é", "v") VALUES(5, 9, '01ff', 1), (1, 's8', (0), 's4')
ALTER TABLE "main"."or""der" ADD "v" AS ("d")
