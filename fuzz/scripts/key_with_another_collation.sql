-- strategy session
-- interval manual
-- open file
CREATE TABLE IF NOT EXISTS "t2"("d" , "a" , "v" )
CREATE TABLE IF NOT EXISTS "t5"("b" COLLATE RTRIM , PRIMARY KEY("b" COLLATE NOCASE) ON CONFLICT REPLACE) WITHOUT ROWID
-- run
CREATE TRIGGER IF NOT EXISTS tr1 INSERT ON "t2" BEGIN INSERT INTO "t5"("b") VALUES(NEW."a"); SELECT RAISE(ROLLBACK, 'all back') WHERE "v" ; END
INSERT INTO "t2"("d", "a", "v") VALUES(2, ' ', '00') 
INSERT INTO "t5"("b") WITH s AS (SELECT substr("b" |'s', 1, 's0') LIMIT 6) SELECT * FROM s 
UPDATE "t5" INDEXED BY "sqlite_autoindex_t5_1" SET "b" = 2
