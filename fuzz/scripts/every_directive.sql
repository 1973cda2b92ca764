-- note Every directive of a script once. `fuzz.replays_a_saved_script` plays it: nothing differs, and
-- note the planted bugs of the canary do (a rollback to an inner savepoint).
-- strategy trigger
-- interval manual
-- open attached
CREATE TABLE kept(id INTEGER PRIMARY KEY, word TEXT, number)
INSERT INTO kept VALUES(1, 'one', 1.5), (2, 'two', x'00ff')
-- prepare p0 DELETE FROM kept
-- prepare p1 SELECT id, word FROM kept
-- run
-- step p1
INSERT INTO kept VALUES(3, CAST(x'610062' AS TEXT), NULL)
-- step p1
-- reset p1
-- flush
-- execute p0
INSERT INTO kept VALUES(1, 'again', 9e999)
-- reopen
BEGIN
INSERT INTO kept VALUES(4, 'outer', 4)
SAVEPOINT outer_one
INSERT INTO kept VALUES(5, 'inner', 5)
SAVEPOINT inner_one
INSERT INTO kept VALUES(6, 'undone', 6)
ROLLBACK TO inner_one
COMMIT
-- flush
