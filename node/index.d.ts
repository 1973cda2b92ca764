/**
 * tidemark keeps a SQLite database in RAM and its changes on disk, for node:sqlite and better-sqlite3.
 *
 * What is committed reaches the file within `interval_ms` (5 s), or when `flush` returns, or when the
 * connection is closed, or at `process.exit()`. A crash loses at most what was committed in the last
 * interval, never half a transaction, and never what `flush` has acknowledged.
 */

/** Options of a database; docs/extension.md says what each of them does and costs. */
export interface Options {
  strategy?: 'trigger' | 'session';
  interval_ms?: number;
  cut_changes?: number;
  cut_bytes?: number;
  pending_bytes_max?: number;
  pending_limit?: 'refuse' | 'grow';
  include_tables?: string[];
  exclude_tables?: string[];
  journal_mode?: 'wal' | 'truncate' | 'persist' | 'delete';
  synchronous?: 'full' | 'extra' | 'normal' | 'off';
  load_check?: 'quick' | 'none' | 'full';
  foreign_writes?: 'stop' | 'overwrite';
  watch_blob_writes?: boolean;
  history?: boolean;
  busy_timeout_ms?: number;
  retry_pause_first_ms?: number;
  retry_pause_max_ms?: number;
  close_deadline_ms?: number;
}

/** Where things stand; docs/extension.md explains the members. */
export interface Status {
  open: boolean;
  path?: string;
  state?: 'idle' | 'cutting' | 'applying' | 'waiting to retry' | 'stopped';
  strategy?: 'session' | 'trigger';
  mark?: number;
  pending_changes?: number;
  pending_bytes?: number;
  refusing_writes?: boolean;
  lag_us?: number;
  syncs?: number;
  synced_changes?: number;
  whole_copies?: number;
  failures?: number;
  last_sync_ms?: number | null;
  last_sync_duration_us?: number;
  wal_bytes?: number;
  last_error?: string | null;
  checkpoint_error?: string | null;
}

/** What DatabaseSync of node:sqlite and Database of better-sqlite3 have in common. */
export interface Connection {
  loadExtension(path: string): unknown;
  prepare(sql: string): { get(...values: any[]): any };
  close(): unknown;
}

/** Where the extension lies: what TIDEMARK_EXTENSION names, or in this package. Throws when it is not there. */
export function extensionPath(): string;

/** Loads the extension into a connection (one of node:sqlite needs `allowExtension: true`). Returns it. */
export function load<Db extends Connection>(db: Db): Db;

/** Loads the file into a `:memory:` connection and keeps it on disk from now on. Returns the connection. */
export function keep<Db extends Connection>(db: Db, file: string, options?: Options): Db;

/** Opens a file in RAM, or creates it: a DatabaseSync of node:sqlite, or what `Driver` makes. */
export function open(file: string, options?: Options): import('node:sqlite').DatabaseSync;
export function open<Db extends Connection>(
  file: string,
  options: Options | undefined,
  Driver: new (name: string, options?: any) => Db,
): Db;

/** Returns when everything that was committed is on disk. Throws, saying how much is missing, when it is
 * not in time; all of it stays pending. The result is the number of the last batch. */
export function flush(db: Connection, milliseconds?: number): number;

/** Flushes a last time and lets the file go. The connection stays open, and is kept no more. */
export function close(db: Connection, milliseconds?: number): void;

export function status(db: Connection): Status;

/** Syncs and compares RAM with disk row by row. One sentence for each difference. */
export function verify(db: Connection): string[];
