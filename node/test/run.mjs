// Runs driver.test.mjs for each driver, in each Node that is there, and says what is not.

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);
const runs = [];

for (const version of ['22', '24']) {
  const node = path.join(here, '..', 'node_modules', `node-${version}`, 'bin', 'node');
  if (fs.existsSync(node)) {
    runs.push({ node, driver: 'node:sqlite' });
  } else {
    console.log(`skipped: node:sqlite of Node ${version}, since the npm package node@${version} is not installed`);
  }
}
try {
  const Database = require('better-sqlite3');
  new Database(':memory:').close();
  runs.push({ node: process.execPath, driver: 'better-sqlite3' });
} catch (error) {
  console.log(`skipped: better-sqlite3, which this Node cannot load: ${error.message.split('\n')[0]}`);
}
if (runs.length === 0) {
  console.log('no driver at all');
  process.exit(1);
}

let failed = false;
for (const { node, driver } of runs) {
  console.log(`== ${driver}`);
  const environment = { ...process.env, TIDEMARK_DRIVER: driver, NODE_NO_WARNINGS: '1' };
  const done = spawnSync(node, ['--test', path.join(here, 'driver.test.mjs')], {
    stdio: 'inherit',
    env: environment,
  });
  failed = failed || done.status !== 0;
}
process.exit(failed ? 1 : 0);
