/**
 * Arguments of commands without options.
 *
 * @module
 */
import { MigrateError } from "../model/error.ts";

/**
 * Refuses every argument.
 *
 * @throws {MigrateError} `usage/bad-option`
 */
export function noArguments(command: string, args: readonly string[]): void {
  const [first] = args;
  if (first === undefined) return;
  throw new MigrateError("usage/bad-option", `Cannot use ${first}: ${command} takes no arguments.`, {
    hint: `See hyper2kvm ${command} --help.`,
  });
}
