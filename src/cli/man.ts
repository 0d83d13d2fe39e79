/**
 * Command `man`.
 *
 * @module
 */
import { manPage } from "../service/man_page.ts";
import { print } from "./output.ts";
import { noArguments } from "./plain_arguments.ts";

/** Prints the manual page. */
export function run(args: readonly string[]): Promise<number> {
  noArguments("man", args);
  print(manPage());
  return Promise.resolve(0);
}
