/**
 * Command `uninstall`.
 *
 * @module
 */
import { resolve } from "@std/path";
import { uninstall } from "../service/install.ts";
import { print } from "./output.ts";
import { withSession } from "./session.ts";

/** Removes what `install` has put below a prefix, and nothing else. */
export async function run(args: readonly string[]): Promise<number> {
  return await withSession("uninstall", args, async ({ job, say }) => {
    const { removed, kept } = await uninstall(resolve(job.prefix));
    for (const path of kept) say("warning", `${path} was changed since it was installed, and stays.`);
    print(job.json ? `${JSON.stringify({ removed, kept }, null, 2)}\n` : `${removed.join("\n")}\n`);
    return 0;
  });
}
