/**
 * The queue of a watched folder in SQLite.
 *
 * @module
 */
import type { DatabaseSync } from "node:sqlite";
import type { FileIdentity } from "../orchestrator/journal.ts";
import { openDatabase, transaction } from "../run/database.ts";
import type { Arrival, ItemState, Outcome, Queue, QueueItem, QueueTotals } from "./queue.ts";

/** Changes when a queue of before cannot be read any more. */
const SCHEMA_VERSION = 1;

/** What to do with one that cannot be read. */
const HINT = "Move it away to begin with an empty queue; finished outputs are not touched.";

const TABLES = `
  CREATE TABLE IF NOT EXISTS items (
    id INTEGER PRIMARY KEY, path TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL, files TEXT NOT NULL,
    state TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, interruptions INTEGER NOT NULL DEFAULT 0,
    arrived_at TEXT NOT NULL, changed_at TEXT NOT NULL, not_before_ms REAL NOT NULL DEFAULT 0,
    summary TEXT, code TEXT, put_away INTEGER NOT NULL DEFAULT 0, fingerprint TEXT
  ) STRICT;
  CREATE INDEX IF NOT EXISTS items_by_path ON items (path);
  CREATE INDEX IF NOT EXISTS items_by_fingerprint ON items (fingerprint);
  CREATE TABLE IF NOT EXISTS totals (
    kind TEXT NOT NULL, label TEXT NOT NULL, count INTEGER NOT NULL, amount REAL NOT NULL,
    PRIMARY KEY (kind, label)
  ) STRICT;`;

/** A queue in a file. */
export class SqliteQueue implements Queue {
  readonly #database: DatabaseSync;

  private constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /**
   * Opens the queue in a file, making it when there is none.
   *
   * @throws {MigrateError} `config/bad-file` when it is damaged or of a newer program
   */
  static open(path: string): SqliteQueue {
    return new SqliteQueue(openDatabase(path, { version: SCHEMA_VERSION, tables: TABLES, hint: HINT }));
  }

  add(arrival: Arrival): QueueItem | null {
    const { path, name, kind, files } = arrival;
    const text = JSON.stringify(files);
    const known = this.#database.prepare(
      "SELECT 1 FROM items WHERE path = ? AND (state IN ('waiting', 'running') OR (put_away = 0 AND files = ?))",
    ).get(path, text);
    if (known !== undefined) return null;
    const now = new Date().toISOString();
    const { lastInsertRowid } = this.#database.prepare(
      "INSERT INTO items (path, name, kind, files, state, arrived_at, changed_at) VALUES (?, ?, ?, ?, 'waiting', ?, ?)",
    ).run(path, name, kind, text, now, now);
    return this.#item(Number(lastInsertRowid));
  }

  take(nowMs: number): QueueItem | null {
    const row = this.#database.prepare(
      `UPDATE items SET state = 'running', attempts = attempts + 1, changed_at = ? WHERE id = (
         SELECT id FROM items WHERE state = 'waiting' AND not_before_ms <= ? ORDER BY not_before_ms, id LIMIT 1
       ) RETURNING *`,
    ).get(new Date().toISOString(), nowMs);
    return row === undefined ? null : itemOf(row as unknown as Row);
  }

  settle(id: number, outcome: Outcome): void {
    const { state, summary, code, notBeforeMs = 0, counts = true, numbers } = outcome;
    transaction(this.#database, () => {
      this.#database.prepare(
        `UPDATE items SET state = ?, summary = ?, code = ?, not_before_ms = ?, changed_at = ?,
         attempts = attempts - ? WHERE id = ?`,
      ).run(state, summary, code ?? null, notBeforeMs, new Date().toISOString(), counts ? 0 : 1, id);
      if (code !== undefined) this.#count("failure", code);
      if (code !== undefined && state === "waiting") this.#count("retry", "");
      if (numbers === undefined) return;
      this.#count("source", "", numbers.sourceBytes);
      this.#count("output", "", numbers.outputBytes);
      for (const { stage, elapsedMs } of numbers.steps) this.#count("step", stage, elapsedMs / 1000);
    });
  }

  putAway(id: number): void {
    this.#database.prepare("UPDATE items SET put_away = 1 WHERE id = ?").run(id);
  }

  fingerprint(id: number, fingerprint: string): void {
    this.#database.prepare("UPDATE items SET fingerprint = ? WHERE id = ?").run(fingerprint, id);
  }

  recover(): readonly QueueItem[] {
    const rows = this.#database.prepare(
      `UPDATE items SET state = 'waiting', attempts = attempts - 1, interruptions = interruptions + 1,
       not_before_ms = 0, changed_at = ? WHERE state = 'running' RETURNING *`,
    ).all(new Date().toISOString());
    return (rows as unknown as Row[]).map(itemOf);
  }

  items(): readonly QueueItem[] {
    return (this.#database.prepare("SELECT * FROM items ORDER BY id").all() as unknown as Row[]).map(itemOf);
  }

  totals(): QueueTotals {
    const states = { waiting: 0, running: 0, done: 0, duplicate: 0, failed: 0 };
    const counted = this.#database.prepare("SELECT state, count(*) AS count FROM items GROUP BY state").all();
    for (const { state, count } of counted as unknown as { state: ItemState; count: number }[]) {
      states[state] = count;
    }
    const rows = this.#database.prepare("SELECT * FROM totals").all() as unknown as TotalRow[];
    const of = (kind: string): TotalRow[] => rows.filter((row) => row.kind === kind);
    return {
      states,
      failures: Object.fromEntries(of("failure").map(({ label, count }) => [label, count])),
      steps: Object.fromEntries(
        of("step").map(({ label, count, amount }) => [label, { count, seconds: amount }]),
      ),
      retries: of("retry")[0]?.count ?? 0,
      sourceBytes: of("source")[0]?.amount ?? 0,
      outputBytes: of("output")[0]?.amount ?? 0,
    };
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  #item(id: number): QueueItem {
    return itemOf(this.#database.prepare("SELECT * FROM items WHERE id = ?").get(id) as unknown as Row);
  }

  #count(kind: string, label: string, amount = 0): void {
    this.#database.prepare(
      `INSERT INTO totals VALUES (?, ?, 1, ?)
       ON CONFLICT (kind, label) DO UPDATE SET count = count + 1, amount = amount + excluded.amount`,
    ).run(kind, label, amount);
  }
}

interface Row {
  readonly id: number;
  readonly path: string;
  readonly name: string;
  readonly kind: Arrival["kind"];
  readonly files: string;
  readonly state: ItemState;
  readonly attempts: number;
  readonly interruptions: number;
  readonly arrived_at: string;
  readonly changed_at: string;
  readonly not_before_ms: number;
  readonly summary: string | null;
  readonly code: string | null;
  readonly put_away: number;
  readonly fingerprint: string | null;
}

interface TotalRow {
  readonly kind: string;
  readonly label: string;
  readonly count: number;
  readonly amount: number;
}

function itemOf(row: Row): QueueItem {
  return {
    id: row.id,
    path: row.path,
    name: row.name,
    kind: row.kind,
    files: JSON.parse(row.files) as FileIdentity[],
    state: row.state,
    attempts: row.attempts,
    interruptions: row.interruptions,
    arrivedAt: row.arrived_at,
    changedAt: row.changed_at,
    notBeforeMs: row.not_before_ms,
    ...(row.summary === null ? {} : { summary: row.summary }),
    ...(row.code === null ? {} : { code: row.code }),
    isPutAway: row.put_away === 1,
    ...(row.fingerprint === null ? {} : { fingerprint: row.fingerprint }),
  };
}
