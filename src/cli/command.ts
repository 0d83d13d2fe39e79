/**
 * What a command is.
 *
 * @module
 */

/** One example for `--help`. */
export interface Example {
  /** What to type. */
  readonly line: string;
  /** What it does. */
  readonly says: string;
}

/** What a command's module exports. */
export interface CommandModule {
  /** Runs the command and returns the exit status. */
  run(args: readonly string[]): Promise<number>;
}

/** One command. */
export interface Command {
  /** Its name. */
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** Arguments for the usage line. */
  readonly usage: string;
  /** What else its help says, a paragraph each. */
  readonly about: readonly string[];
  /** Examples for its help. */
  readonly examples: readonly Example[];
  /** Whether its flags come from the schema. */
  readonly hasOptions: boolean;
  /** Loads its module. */
  load(): Promise<CommandModule>;
}
