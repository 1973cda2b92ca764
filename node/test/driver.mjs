// The driver that TIDEMARK_DRIVER names, and the same words for both.

import { createRequire } from 'node:module';

export const driver = process.env.TIDEMARK_DRIVER ?? 'node:sqlite';
const require = createRequire(import.meta.url);
const builtin = driver === 'node:sqlite';

export const Database = builtin ? require('node:sqlite').DatabaseSync : require('better-sqlite3');

/** A connection without tidemark. */
export const plain = (file) => new Database(file);

/** Rows as plain objects. */
export const all = (db, sql, ...values) =>
  db.prepare(sql).all(...values).map((row) => ({ ...row }));
