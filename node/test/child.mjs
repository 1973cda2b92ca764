// A process of its own: child.mjs FILE HOW-IT-ENDS

import * as tidemark from '../index.mjs';
import { Database } from './driver.mjs';

const [file, ending] = process.argv.slice(2);
const db = tidemark.open(file, { interval_ms: 3600000 }, Database);
db.exec('CREATE TABLE IF NOT EXISTS t(id INTEGER PRIMARY KEY, a)');
db.exec("INSERT INTO t(a) VALUES('kept')");

if (ending === 'exit') {
  process.exit(0);
} else if (ending === 'close') {
  db.close();
} else if (ending === 'kill after flush') {
  tidemark.flush(db);
  db.exec("INSERT INTO t(a) VALUES('lost')");
  process.kill(process.pid, 'SIGKILL');
}
