-- strategy session
-- interval background
-- open attached
CREATE TABLE IF NOT EXISTS "t5"("v" TEXT (0), "c" , "é" , "rowid" DEFAULT ('s4'), "a" VARCHAR(10))
CREATE TABLE IF NOT EXISTS "select"("k'" KEY DESC COLLATE NOCASE, "rowid" VARCHAR(10) DEFAULT (10) CHECK("rowid" IS 7), "k" INT"d" BLOB NOT NULL)
CREATE TABLE IF NOT EXISTS "or""der"("group" PRIMARY KEY, "c" INT, "v" ANY DEFAULT (3), g AS (length("v")) STORED, UNIQUE("v", "group")) WITHOUT ROWID
CREATE VIEW IF NOT EXISTS v0 AS SELECT *, 1 AS one FROM "select" WHERE "rowid" IS 'it''s'
INSERT OR ROLLBACK INTO "main"."select"("k'", "rowid", "k", "d") VALUES(9e999, 's1', 8, 8)
INSERT INTO "main"."or""der"("group", "c", "v") VALUES(NULL, x'00', NULL)
INSERT OR REPLACE INTO "main"."t5"("v", "c", "é", "rowid", "a") WITH s AS MATERIALIZED (SELECT "group" + 1, 8, coalesce("group", "v", 7), "c", coalesce("c", "group", 7) FROM "main"."or""der" WHERE "group" IS NULL LIMIT 6) SELECT * FROM s WHERE 1
CREATE TRIGGER IF NOT EXISTS tr4 INSTEAD OF UPDATE ON "v0" WHEN NEW."k" IS NULL BEGIN SELECT 1; SELECT 1; END
-- run
CREATE TABLE IF NOT EXISTS "a b"("d" ANY CHECK(length("d") < 300)) STRICT
INSERT INTO "main"."t5"("v", "c", "é", "rowid", "a") VALUES(7, 129, 's5', 's6', 8), (2, 's7', 's6', 9, 's8'), ('00ff', '05ff', 8.5, 2, 8)
BEGIN
DROP TRIGGER "main"."tr4"
INSERT , 
SAVEPOINT s2
"main"."or""sqlite_autoindex_or""der_1" WHERE "g" IS NULL
ALTER TABLE "main"."a b" ADD "v" REFERENCES "t4" ON DELETE SET DEFAULT ON UPDATE SET DEFAULT
*) "main"
4SET 
INSERT OR ROLLBACK INTO "main"."or""der"("group", "c", "v") VALUES(10, NULL, zeroblob(3000)), (NULL, 5, 0.0)
UPDATE "main"."v0" SET "one" = "k", "k" = "one"
