// A worker thread with a connection of its own, which it leaves open.

import { parentPort, workerData } from 'node:worker_threads';
import * as tidemark from '../index.mjs';
import { Database } from './driver.mjs';

const db = tidemark.open(workerData.file, { interval_ms: 0 }, Database);
db.exec('CREATE TABLE t(id INTEGER PRIMARY KEY, a)');
for (let i = 0; i < 500; ++i) {
  db.prepare('INSERT INTO t(a) VALUES(?)').run(i);
}
parentPort.postMessage(tidemark.verify(db));
