-- strategy session
-- interval background
-- open file
-- run
CREATE TABLE IF NOT EXISTS "or""der"("k'" VARCHAR(10) PRIMARY KEY , "c" , "a", "k" , "b" )
CREATE TABLE heard(x); CREATE TEMP TRIGGER IF NOT EXISTS "on or""der" UPDATE ON "or""der" BEGIN INSERT INTO heard VALUES(CASE WHEN "c" IS "a" THEN "c" END); END
-- flush
INSERT INTO "main"."or""der"("k'", "c", "a", "k", "b") VALUES(3.0, 7, 11, 's8', 12), (5, 's4', 's5', '00ff', 2), (5.0, NULL, NULL, 6, 2147483648), (2147483648, 0, 8, 4, 's2'), (11, 1, 7, '02ff', 'aB0'), (12, 2, 0, NULL, 9223372036854775807)
SAVEPOINT s1
DROP TRIGGER "temp"."on or""der"
PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'DEFAULT 4', 'DEFAULT 5') WHERE type = 'table' AND name = 't3'; PRAGMA writable_schema = RESET
INSERT OR ROLLBACK INTO "main"."or""der"("k'", "c", "a", "k", "b") VALUES('ffffffffff', 7.5, 'é', 's5', 1), (11, 's3', 's4', NULL, 6), (140737488355328, 2, 1, 5, NULL)
INTO ("k'", "c""a", 's8'DO = "der"
UPDATE OR ABORT "main"."or""der" SET "a" = CASE WHEN "k'" IS "k" THEN NULL ELSE "k'" END WHERE "a" > 7 OR typeof("b") = 'blob'
