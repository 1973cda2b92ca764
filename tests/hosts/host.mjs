// host.mjs DRIVER EXTENSION DATABASE SCRIPT OPTIONS: plays the script, one statement per paragraph, and
// prints rows as the sqlite3 shell does.

import fs from 'node:fs';
import { createRequire } from 'node:module';

const [driver, extension, database, script, options] = process.argv.slice(2);
const require = createRequire(`${process.cwd()}/`);
const builtin = driver === 'node:sqlite';
const Database = builtin ? require('node:sqlite').DatabaseSync : require('better-sqlite3');
const db = new Database(':memory:', builtin ? { allowExtension: true } : {});
db.loadExtension(extension);
db.prepare('SELECT tidemark_open(?, ?)').get(database, options);
console.error(`SQLite ${db.prepare('SELECT sqlite_version() AS v').get().v} of ${driver}, Node ${process.version}`);

for (const sql of fs.readFileSync(script, 'utf8').split('\n\n')) {
  const statement = db.prepare(sql);
  const returns = builtin ? statement.columns().length > 0 : statement.reader;
  if (!returns) {
    statement.run();
    continue;
  }
  const columns = statement.columns();
  if (builtin) statement.setReadBigInts(true); else statement.safeIntegers(true);
  for (const row of statement.all()) {
    const values = columns.map(({ name }) => row[name]);
    console.log(values.map((value) => (value === null ? '' : typeof value === 'number' && Number.isInteger(value) ? `${value}.0` : String(value))).join('|'));
  }
}
db.close();
