-- strategy session
-- interval manual
-- open file
CREATE TABLE "or""der"("b" PRIMARY KEY, "a" , UNIQUE("a"))
CREATE TABLE "t6"("a" , "k" REFERENCES "or""der"ON UPDATE SET DEFAULT, "rowid" VARCHAR(10) DEFAULT (9e999), "b" REFERENCES "or""der"("b") ON DELETE NO ACTION DEFERRABLE INITIALLY DEFERRED)
-- run
PRAGMA foreign_keys = ON
SAVEPOINT s3
INSERT INTO "t6"("a", "k", "rowid") VALUES(3, NULL, 9e999)
INSERT INTO "main"."t6"("a", "k", "rowid", "b") VALUES(4, 6, 12, 0)
DROP TABLE "t6"; CREATE TABLE "t6"("k" , z ); INSERT INTO "t6"(z) VALUES('ab 3')
