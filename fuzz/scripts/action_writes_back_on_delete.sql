-- strategy session
-- interval manual
-- open file
CREATE TABLE IF NOT EXISTS "or""der"("d" PRIMARY KEY ON CONFLICT FAIL)
CREATE TABLE "select"("d" , "b" , "c" )
CREATE TABLE IF NOT EXISTS "a b"("b" , "v" REFERENCES "or""der"("d") ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED, "é" REFERENCES "or""der"("d") ON DELETE SET NULL, PRIMARY KEY("b") ) 
INSERT OR IGNORE INTO "a b"("b", "v", "é") VALUES(8, '08ff', 12), ('01ff', 8, 0), (1, NULL, 0), (' ', 2, 9e999), (3, NULL, 7), ('s4', replace(((700)), '0', 'long '), 4) ON CONFLICT("b") DO NOTHING
CREATE TRIGGER tr4 DELETE ON "a b" BEGIN REPLACE INTO "select"("d", "b", "_rowid_", "c") VALUES(10, ("b"), 4, substr('s', 40)); INSERT OR ROLLBACK INTO "or""der"("d") VALUES(OLD."b"); END
CREATE TRIGGER IF NOT EXISTS tr3 AFTER INSERT ON "or""der" BEGIN DELETE FROM "or""der" ; END
-- run
PRAGMA foreign_keys = ON
PRAGMA recursive_triggers = ON
DELETE FROM "main"."a b" 
