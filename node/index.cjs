'use strict';

const fs = require('node:fs');
const path = require('node:path');

function extensionPath() {
  const place = process.env.TIDEMARK_EXTENSION || path.join(__dirname, 'tidemark.so');
  if (!fs.existsSync(place)) {
    throw new Error(`no tidemark.so at ${place}: run "npm rebuild tidemark", or set TIDEMARK_EXTENSION`);
  }
  return place;
}

const call = (db, sql, ...values) => db.prepare(`SELECT ${sql} AS result`).get(...values).result;

function load(db) {
  db.loadExtension(extensionPath());
  return db;
}

function keep(db, file, options = {}) {
  load(db);
  call(db, 'tidemark_open(?, ?)', String(file), JSON.stringify(options));
  return db;
}

function makeConnection(Driver) {
  if (Driver) {
    return new Driver(':memory:', { allowExtension: true });
  }
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
  return new DatabaseSync(':memory:', { allowExtension: true });
}

function open(file, options = {}, Driver = undefined) {
  const db = makeConnection(Driver);
  try {
    return keep(db, file, options);
  } catch (error) {
    db.close();
    throw error;
  }
}

const flush = (db, milliseconds = 30000) => call(db, 'tidemark_flush(CAST(? AS INTEGER))', milliseconds);

function close(db, milliseconds = 30000) {
  call(db, 'tidemark_close(CAST(? AS INTEGER))', milliseconds);
}

const status = (db) => JSON.parse(call(db, 'tidemark_status()'));

function verify(db) {
  const text = call(db, 'tidemark_verify()');
  return text === 'ok' ? [] : text.split('\n');
}

module.exports = { extensionPath, load, keep, open, flush, close, status, verify };
