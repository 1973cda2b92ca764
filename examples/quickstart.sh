#!/bin/sh
# The quick start on the command line: SQL from standard input on a database that is kept.

tidemark run app.db --interval 5s <<'SQL'
CREATE TABLE IF NOT EXISTS posts(id INTEGER PRIMARY KEY, title TEXT, views INT);
INSERT INTO posts(title, views) VALUES('Hello', 100);
SELECT title, views FROM posts;
SQL

tidemark verify app.db  # sound, and how many rows each table has
