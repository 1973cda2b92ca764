-- note The same for the tables of a full-text index.
-- strategy trigger
-- interval manual
-- open file
-- run
CREATE VIRTUAL TABLE f0 USING fts5('')
-- flush
BEGIN 
DROP TABLE "main"."f0"
CREATE VIRTUAL TABLE IF NOT EXISTS f0 USING fts5
