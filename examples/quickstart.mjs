// The quick start in Node.js: a DatabaseSync of node:sqlite, in RAM, kept on disk.

import * as tidemark from 'tidemark';

const db = tidemark.open(process.argv[2] ?? 'app.db', { interval_ms: 5000 });
db.exec('CREATE TABLE IF NOT EXISTS posts(id INTEGER PRIMARY KEY, title TEXT, views INT)');
db.prepare('INSERT INTO posts(title, views) VALUES(?, ?)').run('Hello', 100);

tidemark.flush(db); // everything committed so far is on disk
console.log('disk equals RAM:', tidemark.verify(db).length === 0);
db.close(); // flushes a last time; process.exit() does so too
