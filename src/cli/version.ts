/**
 * Command `version`.
 *
 * @module
 */
import { VERSION } from "../version.ts";
import { noArguments } from "./plain_arguments.ts";
import { print } from "./output.ts";

/** Prints the version of the program and of what runs it. */
export function run(args: readonly string[]): Promise<number> {
  noArguments("version", args);
  print(`hyper2kvm ${VERSION} (deno ${Deno.version.deno}, ${Deno.build.target})\n`);
  return Promise.resolve(0);
}
