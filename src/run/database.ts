/**
 * SQLite files that outlive the program: opened with what makes a record safe on storage, their tables made once.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { MigrateError } from "../model/error.ts";

/** A kind of database. */
export interface DatabaseKind {
  /** Version of the tables; one that is greater in a file is of a newer program. */
  readonly version: number;
  /** SQL that makes the tables. */
  readonly tables: string;
  /** What to do when a file cannot be read. */
  readonly hint: string;
}

/**
 * Opens a database, making it when there is none.
 *
 * @throws {MigrateError} `config/bad-file` when it is damaged or of a newer program
 */
export function openDatabase(path: string, { version, tables, hint }: DatabaseKind): DatabaseSync {
  try {
    const database = new DatabaseSync(path);
    // FULL: what is recorded is on storage, whatever happens to the host.
    database.exec("PRAGMA busy_timeout = 30000; PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL");
    const { user_version: found } = database.prepare("PRAGMA user_version").get() as { user_version: number };
    if (found > version) throw new Error(`it is of a newer hyper2kvm (version ${found})`);
    // Several Workers may open the same file: only the first one makes it.
    if (found < version) database.exec(`BEGIN IMMEDIATE; ${tables} PRAGMA user_version = ${version}; COMMIT`);
    return database;
  } catch (error) {
    throw new MigrateError("config/bad-file", `Cannot read ${path}: ${(error as Error).message}.`, {
      hint,
      cause: error,
    });
  }
}

/** Does all of the work or, when it throws, nothing of it. */
export function transaction(database: DatabaseSync, work: () => void): void {
  database.exec("BEGIN IMMEDIATE");
  try {
    work();
    database.exec("COMMIT");
  } catch (error) {
    database.exec("ROLLBACK");
    throw error;
  }
}
