-- strategy session
-- interval background
-- open file
CREATE TABLE IF NOT EXISTS "t4"("k" PRIMARY KEY DESC ON CONFLICT ROLLBACK COLLATE NOCASE, "a" , "d" VARCHAR(10) COLLATE NOCASE, "group")
CREATE TABLE IF NOT EXISTS "t5"("q""q" INTEGER PRIMARY KEY AUTOINCREMENT, "v" ANY COLLATE BINARY REFERENCES "t4"("k") ON DELETE NO ACTION, "a" BLOB REFERENCES "t4"("k") ON UPDATE NO ACTION DEFERRABLE INITIALLY DEFERRED, "oid" COLLATE BINARY, "group" INT DEFAULT ('s1'))
CREATE INDEX IF NOT EXISTS ix2 ON "t5"("oid", "v")
INSERT INTO "main"."t5"("q""q", "v", "a", "oid", "group") VALUES(10, 140737488355328, 1, 1, 3)
CREATE TRIGGER IF NOT EXISTS tr4 BEFORE DELETE ON "t4" WHEN OLD."a" % 3 = 2 BEGIN INSERT OR FAIL INTO "t5"("q""q", "v", "a", "oid", "group") VALUES(14, upper(OLD."d"), substr(OLD."k" || 's', 1, 40), length(OLD."group"), substr(OLD."group" || 's', 1, 40)); END
-- run
"main"
SAVEPOINT s1
UPDATE OR REPLACE "main"."t5" SET "oid" = "a"
ALTER TABLE "t5" DROP "v"
COMMIT
DELETE FROM "main"."t4" NOT INDEXED WHERE ("d" < CAST('ff' AS )) 
