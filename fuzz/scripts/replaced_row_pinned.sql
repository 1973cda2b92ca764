-- strategy trigger
-- interval manual
-- open file
CREATE TABLE "a b"("_rowid_" , UNIQUE("_rowid_")) 
INSERT INTO "main"."a b"("_rowid_") VALUES(x'')
-- run
PRAGMA foreign_keys = ON
PRAGMA recursive_triggers = ON
ALTER TABLE "a b" ADD "d" REFERENCES "a b"("_rowid_") ON DELETE SET NULL 
INSERT INTO "main"."a b"("_rowid_", "d") VALUES('03ff', x'')
UPDATE OR REPLACE "main"."a b" SET "_rowid_" = "d", "d" = "_rowid_" WHERE NOT ("d" < CAST('' AS ))
