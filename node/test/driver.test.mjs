import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

import * as tidemark from '../index.mjs';
import { all, Database, driver, plain } from './driver.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
let folder;
let file;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tidemark-'));
  file = path.join(folder, 'app.db');
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

/** Asked of plain SQLite. */
function onDisk(sql) {
  const db = plain(file);
  try {
    return all(db, sql);
  } finally {
    db.close();
  }
}

test(`on SQLite ${all(plain(':memory:'), 'SELECT sqlite_version() AS v')[0].v} of ${driver}`, () => {});

// The example that trigger-based recipes are shown with: a queue of pending changes, filtered by JSON.
test('changes wait in _sync_queue, can be filtered, and reach the disk', () => {
  const db = tidemark.open(file, { interval_ms: 3600000 }, Database);
  db.exec('CREATE TABLE posts(id INTEGER PRIMARY KEY, title TEXT, views INTEGER DEFAULT 0)');
  tidemark.flush(db);
  const insert = db.prepare('INSERT INTO posts(title, views) VALUES(?, ?)');
  insert.run('Hello', 100);
  insert.run('World', 200);
  db.prepare('UPDATE posts SET views = views + 1 WHERE title = ?').run('Hello');
  db.exec("BEGIN; DELETE FROM posts; ROLLBACK");
  const popular = "SELECT operation, table_name, json_extract(record_data, '$.title') AS title" +
    " FROM _sync_queue WHERE json_extract(record_data, '$.views') > 100";
  assert.deepEqual(all(db, popular), [
    { operation: 'INSERT', table_name: 'posts', title: 'World' },
    { operation: 'UPDATE', table_name: 'posts', title: 'Hello' },
  ]);
  assert.deepEqual(onDisk('SELECT * FROM posts'), []);
  tidemark.flush(db);
  assert.deepEqual(all(db, 'SELECT * FROM _sync_queue'), []);
  assert.deepEqual(onDisk('SELECT title, views FROM posts ORDER BY id'), [
    { title: 'Hello', views: 101 },
    { title: 'World', views: 200 },
  ]);
  assert.deepEqual(tidemark.verify(db), []);
  db.close();
});

test('a commit gets to the disk while nobody calls anything', async () => {
  const db = tidemark.open(file, { interval_ms: 20 }, Database);
  db.exec('CREATE TABLE t(id INTEGER PRIMARY KEY, a)');
  assert.equal(db.prepare("INSERT INTO t(a) VALUES('x') RETURNING id").get().id, 1);
  let rows = [];
  for (let i = 0; i < 500 && rows.length === 0; ++i) {
    await pause(20);
    try {
      rows = onDisk('SELECT a FROM t');
    } catch {
      // No such table yet.
    }
  }
  assert.deepEqual(rows, [{ a: 'x' }]);
  db.close();
});

test('closing is enough, and the file can be opened again', () => {
  let db = tidemark.open(file, {}, Database);
  db.exec('CREATE TABLE t(a); INSERT INTO t VALUES(1)');
  db.close();
  assert.deepEqual(onDisk('SELECT a FROM t'), [{ a: 1 }]);
  db = tidemark.open(file, {}, Database);
  assert.deepEqual(all(db, 'SELECT a FROM t'), [{ a: 1 }]);
  assert.equal(tidemark.status(db).open, true);
  tidemark.close(db);
  assert.deepEqual(tidemark.status(db), { open: false });
  db.close();
});

test('functions of JavaScript are called on its own thread', () => {
  const db = tidemark.open(file, { interval_ms: 0 }, Database);
  db.function('twice', { deterministic: true }, (value) => value * 2);
  db.exec('CREATE TABLE t(id INTEGER PRIMARY KEY, a)');
  for (let i = 0; i < 200; ++i) db.prepare('INSERT INTO t(a) VALUES(twice(?))').run(i);
  assert.deepEqual(tidemark.verify(db), []);
  db.close();
});

test('errors say what is wrong', () => {
  assert.throws(() => tidemark.open(file, { intervall_ms: 5 }, Database), /there is no such option/);
  assert.throws(() => tidemark.open(file, { strategy: 'session' }, Database), /use the strategy trigger/);
  assert.equal(fs.existsSync(file), false);
  const db = tidemark.open(file, {}, Database);
  assert.throws(() => tidemark.open(file, {}, Database), /app\.db/);
  db.exec('CREATE VIRTUAL TABLE f USING fts5(text)');
  assert.throws(() => tidemark.flush(db), /does not offer them to extensions/);
  db.exec('DROP TABLE f');
  tidemark.flush(db);
  db.close();
});

test('CommonJS has the same functions', () => {
  const required = createRequire(import.meta.url)('../index.cjs');
  assert.deepEqual(Object.keys(required).sort(), Object.keys(tidemark).filter((name) => name !== 'default').sort());
});

for (const [ending, status] of [['exit', 0], ['close', 0], ['nothing', 0], ['kill after flush', null]]) {
  test(`a process that ends by: ${ending}`, () => {
    const done = spawnSync(process.execPath, [path.join(here, 'child.mjs'), file, ending]);
    assert.equal(done.status, status, done.stderr.toString());
    assert.deepEqual(onDisk('SELECT a FROM t'), [{ a: 'kept' }]);
    assert.deepEqual(onDisk('PRAGMA integrity_check'), [{ integrity_check: 'ok' }]);
  });
}

test('worker threads each have a database', async () => {
  const files = [0, 1, 2].map((i) => path.join(folder, `worker-${i}.db`));
  await Promise.all(files.map((name) => new Promise((resolve, reject) => {
    const worker = new Worker(path.join(here, 'worker.mjs'), { workerData: { file: name } });
    worker.on('error', reject);
    worker.on('message', (differences) => assert.deepEqual(differences, []));
    worker.on('exit', resolve);
  })));
  for (const name of files) {
    file = name;
    assert.deepEqual(onDisk('SELECT count(*) AS n FROM t'), [{ n: 500 }]);
  }
});
