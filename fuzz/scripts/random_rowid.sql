-- strategy trigger
-- interval manual
-- open file
CREATE TABLE IF NOT EXISTS "t3"("c" VARCHAR(10) COLLATE RTRIM, "b" , PRIMARY KEY("c", "b"))
INSERT INTO "t3"("c", "b", "_rowid_", ROWID) VALUES(NULL, 0, 2, 10), (NULL, 's6', 's5', 9), (NULL, 12, 's1', 7), (11, 2, 0, 8), (2, 's2', 's1', 12)
CREATE TRIGGER IF NOT EXISTS tr0 AFTER INSERT ON "t3" BEGIN UPDATE "t3" SET "_rowid_" = 9223372036854775807 WHERE ROWID = NEW.ROWID AND 9223372036854775807; END
-- run
INSERT INTO "main"."t3"("c", "b") WITH s AS (SELECT 1, ("b") FROM "t3" WHERE 2) SELECT * FROM s 
