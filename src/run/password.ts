/**
 * Passwords: from a file or a variable, never from an argument, which every user of the host could read.
 *
 * @module
 */
import { MigrateError } from "../model/error.ts";
import { secretVariable } from "./secret_variable.ts";

/** Where a password is. */
export interface PasswordPlace {
  /** A file; its first line counts. */
  readonly file: string | undefined;
  /** An environment variable. */
  readonly variable: string | undefined;
  /** The option that names the file, for errors. */
  readonly option: string;
}

/**
 * Reads a password; undefined when no place is named.
 *
 * @throws {MigrateError} `usage/bad-value` when there is no such file, or no password in it
 */
export async function readPassword({ file, variable, option }: PasswordPlace): Promise<string | undefined> {
  if (file === undefined && variable === undefined) return undefined;
  const text = file === undefined ? secretVariable(variable!) : await readOptionFile(file, option);
  const password = (text ?? "").split(/\r?\n/)[0]!;
  const where = file === undefined ? `the variable ${variable}` : file;
  if (password === "") {
    throw new MigrateError("usage/bad-value", `Cannot log in: ${where} holds no password.`);
  }
  // deno-lint-ignore no-control-regex
  if (/[\x00-\x1f\x7f]/.test(password)) {
    throw new MigrateError(
      "usage/bad-value",
      `Cannot log in: the password in ${where} has control characters.`,
    );
  }
  return password;
}

/**
 * Reads a file that an option names.
 *
 * @throws {MigrateError} `usage/bad-value` when there is none
 */
export async function readOptionFile(path: string, option: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new MigrateError("usage/bad-value", `Cannot use ${path} for ${option}: there is no such file.`);
  }
}
