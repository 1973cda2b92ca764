-- strategy session
-- interval manual
-- open file
CREATE TABLE "t5"("a" INTEGER PRIMARY KEY, "c" , "v" , "k" UNIQUE CHECK(300), "d" UNIQUE, g AS ("d" ) )
INSERT OR ABORT INTO "main"."t5"("a", "c", "v", "k", "d") VALUES(4611686018427387904, x'05ff', 7, 0, 8)
CREATE TRIGGER IF NOT EXISTS tr0 AFTER UPDATE ON "t5" BEGIN SELECT RAISE(ABORT, 'no') WHERE typeof(NEW."c") = 'blob'; SELECT 1; END
-- run
PRAGMA recursive_triggers = ON
REPLACE INTO "t5"("a", "c", "v", "k", "d") VALUES(4, 1, CAST('ff' AS ), 7, 3)
UPDATE OR REPLACE "main"."t5" SET "a" = "a" , "k" = 8 
