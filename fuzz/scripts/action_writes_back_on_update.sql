-- strategy trigger
-- interval manual
-- open file
CREATE TABLE IF NOT EXISTS "t1"("k" PRIMARY KEY COLLATE RTRIM, "b" VARCHAR(10) DEFAULT ('s1'), "v" )
INSERT INTO "main"."t1"("k", "b", "v") VALUES('s2', 's1', 8), (0.0, NULL, 9)
-- run
PRAGMA foreign_keys = ON
ALTER TABLE "t1" ADD "a" REFERENCES "t1"("k") ON DELETE SET NULL ON UPDATE CASCADE
-- flush
UPDATE "main"."t1" NOT INDEXED SET "k" = "a", "a" = "k"
