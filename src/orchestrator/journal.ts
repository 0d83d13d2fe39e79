/**
 * The journal of an output folder, journal.sqlite: which machine was worked on with which job and inputs, and
 * what each completed step has found. A run that is killed leaves it as of the last completed step.
 *
 * @module
 */
import type { DatabaseSync } from "node:sqlite";
import { join } from "@std/path";
import type { Concern } from "../model/concern.ts";
import type { VmReport } from "../model/report.ts";
import type { Stage } from "../model/stage.ts";
import { openDatabase, transaction } from "../run/database.ts";
import type { Findings } from "./migration.ts";

/** Name of the journal in an output folder. */
export const JOURNAL_NAME = "journal.sqlite";

/** Changes when a journal of before cannot be read any more. */
const SCHEMA_VERSION = 1;

/** What to do with one that cannot be read. */
const HINT = "Move it away to begin anew; the disks beside it are not touched.";

const TABLES = `
  CREATE TABLE IF NOT EXISTS machines (
    name TEXT PRIMARY KEY, key TEXT NOT NULL, inputs TEXT NOT NULL, claims TEXT NOT NULL,
    status TEXT NOT NULL, started_at TEXT NOT NULL, finished_at TEXT, report TEXT
  ) STRICT;
  CREATE TABLE IF NOT EXISTS steps (
    name TEXT NOT NULL, stage TEXT NOT NULL, key TEXT NOT NULL, status TEXT NOT NULL,
    started_at TEXT NOT NULL, elapsed_ms INTEGER NOT NULL, summary TEXT NOT NULL,
    found TEXT NOT NULL, concerns TEXT NOT NULL, products TEXT NOT NULL,
    PRIMARY KEY (name, stage)
  ) STRICT;`;

/** A file as it was when it was recorded. */
export interface FileIdentity {
  /** Absolute path. */
  readonly path: string;
  /** Length in bytes. */
  readonly sizeBytes: number;
  /** Time of the last change, in milliseconds since 1970. */
  readonly mtimeMs: number;
  /** Hash of samples of the content; for inputs only. */
  readonly fingerprint?: string;
}

/** How a machine stands. */
export type MachineStatus = "running" | "succeeded" | "failed" | "cancelled";

/** One machine of the journal. */
export interface MachineRecord {
  /** Its name. */
  readonly name: string;
  /** Hash of the options that make its disks. */
  readonly key: string;
  /** The source's files. */
  readonly inputs: readonly FileIdentity[];
  /** The files that the run writes. */
  readonly claims: readonly string[];
  /** `running` also after a kill: then no process holds the folder. */
  readonly status: MachineStatus;
  /** ISO 8601. */
  readonly startedAt: string;
  /** ISO 8601. */
  readonly finishedAt?: string;
  /** What was reported of it at the end. */
  readonly report?: VmReport;
}

/** One step of a machine. */
export interface StepRecord {
  /** Which one. */
  readonly stage: Stage;
  /** Hash of the options that it depends on. */
  readonly key: string;
  /** How it ended. */
  readonly status: "done" | "failed";
  /** ISO 8601. */
  readonly startedAt: string;
  /** How long it took. */
  readonly elapsedMs: number;
  /** One phrase. */
  readonly summary: string;
  /** What it found, as far as it can be kept. */
  readonly found: Findings;
  /** What it raised. */
  readonly concerns: readonly Concern[];
  /** The files that it wrote. */
  readonly products: readonly FileIdentity[];
}

/** An open journal. */
export class Journal implements Disposable {
  readonly #database: DatabaseSync;

  private constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /**
   * Opens the journal of a folder, making it when there is none.
   *
   * @throws {MigrateError} `config/bad-file` when it is damaged or of a newer program
   */
  static open(folder: string): Journal {
    return new Journal(
      openDatabase(join(folder, JOURNAL_NAME), { version: SCHEMA_VERSION, tables: TABLES, hint: HINT }),
    );
  }

  /** Every machine, in the order in which they were begun. */
  machines(): MachineRecord[] {
    const rows = this.#database.prepare("SELECT * FROM machines ORDER BY started_at, rowid").all();
    return (rows as unknown as MachineRow[]).map(machineRecord);
  }

  /** One machine; null when it is not in the journal. */
  machine(name: string): MachineRecord | null {
    const row = this.#database.prepare("SELECT * FROM machines WHERE name = ?").get(name);
    return row === undefined ? null : machineRecord(row as unknown as MachineRow);
  }

  /** The steps of a machine, in the order in which they ended. */
  steps(name: string): StepRecord[] {
    const rows = this.#database.prepare("SELECT * FROM steps WHERE name = ? ORDER BY rowid").all(name);
    return (rows as unknown as StepRow[]).map(stepRecord);
  }

  /** Begins a machine, or goes on with it: the steps that are not kept are forgotten. */
  begin(machine: Omit<MachineRecord, "status">, kept: readonly Stage[]): void {
    const { name, key, inputs, claims, startedAt } = machine;
    transaction(this.#database, () => {
      const marks = kept.map(() => "?").join(", ");
      this.#database.prepare(`DELETE FROM steps WHERE name = ? AND stage NOT IN (${marks})`).run(
        name,
        ...kept,
      );
      this.#database.prepare(
        "INSERT OR REPLACE INTO machines (name, key, inputs, claims, status, started_at) VALUES (?, ?, ?, ?, 'running', ?)",
      ).run(name, key, JSON.stringify(inputs), JSON.stringify(claims), startedAt);
    });
  }

  /** Records a step that has ended; it is on storage when this returns. */
  record(name: string, step: StepRecord): void {
    this.#database.prepare("INSERT OR REPLACE INTO steps VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)").run(
      name,
      step.stage,
      step.key,
      step.status,
      step.startedAt,
      step.elapsedMs,
      step.summary,
      JSON.stringify(step.found),
      JSON.stringify(step.concerns),
      JSON.stringify(step.products),
    );
  }

  /** Records how a machine ended. */
  finish(name: string, status: MachineStatus, report: VmReport): void {
    this.#database.prepare("UPDATE machines SET status = ?, finished_at = ?, report = ? WHERE name = ?")
      .run(status, new Date().toISOString(), JSON.stringify(report), name);
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#database.close();
  }
}

interface MachineRow {
  readonly name: string;
  readonly key: string;
  readonly inputs: string;
  readonly claims: string;
  readonly status: MachineStatus;
  readonly started_at: string;
  readonly finished_at: string | null;
  readonly report: string | null;
}

interface StepRow {
  readonly stage: Stage;
  readonly key: string;
  readonly status: "done" | "failed";
  readonly started_at: string;
  readonly elapsed_ms: number;
  readonly summary: string;
  readonly found: string;
  readonly concerns: string;
  readonly products: string;
}

function machineRecord(row: MachineRow): MachineRecord {
  return {
    name: row.name,
    key: row.key,
    inputs: JSON.parse(row.inputs) as FileIdentity[],
    claims: JSON.parse(row.claims) as string[],
    status: row.status,
    startedAt: row.started_at,
    ...(row.finished_at === null ? {} : { finishedAt: row.finished_at }),
    ...(row.report === null ? {} : { report: JSON.parse(row.report) as VmReport }),
  };
}

function stepRecord(row: StepRow): StepRecord {
  return {
    stage: row.stage,
    key: row.key,
    status: row.status,
    startedAt: row.started_at,
    elapsedMs: row.elapsed_ms,
    summary: row.summary,
    found: JSON.parse(row.found) as Findings,
    concerns: JSON.parse(row.concerns) as Concern[],
    products: JSON.parse(row.products) as FileIdentity[],
  };
}
