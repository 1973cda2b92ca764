-- note The same as rolled_back_table.sql, with syncs in the background.
-- strategy session
-- interval background
-- open file
CREATE TABLE IF NOT EXISTS "a b"("b" INTEGER PRIMARY KEY, "a", "k" TEXT DEFAULT ('s7'), "d" REAL NOT NULL DEFAULT (x'04ff'), UNIQUE("a", "b"))
CREATE TABLE IF NOT EXISTS "t6"("d" INT CHECK("d" IS NOT 7), "a" VARCHAR(10) COLLATE BINARY, PRIMARY KEY("d" DESC)) WITHOUT ROWID
CREATE TABLE IF NOT EXISTS "t6"("k" ANY PRIMARY KEY, "c" NOT NULL ON CONFLICT ROLLBACK UNIQUE, "v" BLOB UNIQUE, UNIQUE("k", "k"))
CREATE TABLE IF NOT EXISTS "a b"("rowid" CHECK(length("rowid") < 300), "d" BLOB, "oid" REAL, PRIMARY KEY("rowid" DESC, "d" COLLATE NOCASE))
CREATE TABLE IF NOT EXISTS "select"("a" INTEGER PRIMARY KEY, g ANY AS (coalesce("a", 5)) VIRTUAL) STRICT
CREATE TABLE IF NOT EXISTS "select"("a" INT DEFAULT NULL, "b" TEXT NOT NULL) STRICT
CREATE INDEX IF NOT EXISTS ix4 ON "a b"("b") WHERE "b" < 's5'
CREATE VIEW IF NOT EXISTS v1 AS SELECT *, 1 AS one FROM "a b"
INSERT INTO "main"."v1"("b", "a", "k", "d", "one") VALUES('s1', NULL, NULL, 1, 6), (NULL, 2147483648, x'', 's1', 7), (x'08ff', 9, 's8', 0, 3)
CREATE TRIGGER IF NOT EXISTS tr5 BEFORE UPDATE OF "g" ON "select" BEGIN INSERT OR ROLLBACK INTO "t6"("d", "a") VALUES(NEW."a", 2); END
CREATE TRIGGER IF NOT EXISTS tr5 AFTER DELETE ON "a b" WHEN OLD."a" BETWEEN 10 AND 1 BEGIN DELETE FROM "select" WHERE ROWID = 8; INSERT INTO "t6"("d", "a") VALUES('s6', NULL); END
CREATE TRIGGER IF NOT EXISTS tr1 BEFORE DELETE ON "t6" BEGIN SELECT 1; END
ANALYZE
-- run
UPDATE "main"."t6" NOT INDEXED SET "d" = "a", "a" = "d" WHERE "d" % 3 = 2 AND "a" % 3 = 2
INSERT INTO "main"."v1"("b", "a", "k", "d", "one") VALUES('s6', 's4', 9, 3, zeroblob(5)), (x'ffffffffff', 4, 7.0, NULL, 4), ('ab 2', 's1', 11, 1e308, 7)
UPDATE "main"."t6" NOT INDEXED SET "a" = "d" + 1 WHERE "d" BETWEEN 8 AND 4
INSERT INTO "main"."t6"("d", "a") VALUES(5, 5) RETURNING *
PRAGMA recursive_triggers = ON
INSERT INTO "main"."t6"("d") SELECT "d" FROM "main"."t6" WHERE "a" % 3 = 0 LIMIT 5
DELETE FROM "main"."select" NOT INDEXED RETURNING *
INSERT OR IGNORE INTO "main"."v1"("b", "a", "k", "d", "one") VALUES(4.0, 's2', 2.5, 8, 1)
DROP TABLE "main"."a b"; CREATE TABLE "main"."a b"("é" INTEGER PRIMARY KEY, z TEXT); INSERT INTO "main"."a b"(z) VALUES(x'01ff')
INSERT OR IGNORE INTO "main"."a b"("é", "z") SELECT ROWID + 6, CASE WHEN "g" IS "g" THEN NULL ELSE "g" END FROM "main"."select" WHERE "g" BETWEEN 1 AND 9 LIMIT 1
UPDATE OR REPLACE "main"."t6" NOT INDEXED SET "a" = "a" WHERE "d" BETWEEN 3 AND 11
INSERT OR IGNORE INTO "main"."v1"("é", "z", "one") VALUES(3, 2, CAST(x'ff' AS TEXT)), (x'04ff', 'AB3', CAST(x'c3' AS TEXT))
BEGIN
INSERT OR FAIL INTO "main"."a b"("é", "z") VALUES(2, 1.5), (11, x'02ff'), (NULL, 6), (4611686018427387904, 4), (NULL, 2.5), (3, x'ffffffffff')
INSERT INTO "main"."v0"("a", "g", "one") VALUES('s3', NULL, 's5')
INSERT INTO "main"."v1"("é", "z", "one") VALUES(7.5, 7, NULL), (NULL, 'Ab0', CAST(x'00' AS TEXT)), (7, NULL, 'aB3')
UPDATE sqlite_sequence SET seq = seq + 3
INSERT OR ABORT INTO "main"."select"("a") VALUES(8)
UPDATE OR FAIL "main"."v0" SET "g" = x'01ff' WHERE "a" % 3 = 1
UPDATE "main"."select" NOT INDEXED SET "a" = "a" + 3 WHERE typeof("g") = 'text'
RELEASE s2
DROP TABLE "main"."a b"; CREATE TABLE "a b"("é" INTEGER PRIMARY KEY, z TEXT)
SELECT count(*) FROM "main"."a b" WHERE "z" IS 'ab 1'
SELECT max("z") FROM "main"."a b" WHERE "é" IS NULL
DROP TABLE "main"."select"
INSERT OR REPLACE INTO "temp"."t2"("oid", "k", "a", "b", "c") VALUES('s8', 7, 8, 2.0, -129)
-- flush
INSERT INTO "main"."a b"("é", "z") VALUES(NULL, 'aB1'), (4611686018427387905, 140737488355328), (3, 4), (10, 4611686018427387904), (0, 1), (0, 's7') ON CONFLICT DO NOTHING
INSERT INTO "temp"."t2"("oid", "k", "a", "b", "c") VALUES(9, -9223372036854775808, NULL, 's5', 8), (x'01ff', NULL, NULL, x'05ff', 4), ('s5', 1.0, 6, 8.5, 6.0)
