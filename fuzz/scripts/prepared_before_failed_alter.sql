-- strategy session
-- interval manual
-- open attached
CREATE TABLE IF NOT EXISTS "t6"("d" , "group" VARCHAR(10))
CREATE TRIGGER IF NOT EXISTS tr7 DELETE ON "t6" WHEN (OLD."group") = 'blob' BEGIN SELECT RAISE(FAIL, 'no more') WHERE "d" IN (); END
-- prepare p3 DELETE FROM "main"."t6" NOT INDEXED
-- run
BEGIN 
ALTER TABLE "t6" DROP "group"
-- execute p3
