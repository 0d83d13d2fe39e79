/** The permission sets of deno.json are enough for what they are named after. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { ensureGuest } from "../support/guests.ts";
import { testNeeding } from "../support/needs.ts";
import { TempFolder } from "../support/temp.ts";

const NEEDS = { programs: ["qemu-img", "qemu-system-x86_64"], libraries: ["libguestfs.so.0"] };

/** Runs the program under a permission set; whatever is not in it is refused without a question. */
async function runWith(set: string, args: readonly string[]): Promise<{ status: number; text: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", `-P=${set}`, "cli.ts", ...args],
  }).output();
  return { status: code, text: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}

testNeeding(NEEDS, "the permission set inspect is enough for inspect", async () => {
  const { vmdk } = await ensureGuest("bios");
  const { status, text } = await runWith("inspect", ["inspect", vmdk]);
  assertEquals(status, 0, text);
});

testNeeding(NEEDS, "the permission set inspect does not let convert write", async () => {
  const { vmdk } = await ensureGuest("bios");
  const { status, text } = await runWith("inspect", ["convert", vmdk, "-o", "permission-test-out"]);
  assertEquals(status === 0, false, text);
});

testNeeding(NEEDS, "the permission set convert is enough for a conversion with its boot proof", async () => {
  await using temp = await TempFolder.create();
  const { vmdk } = await ensureGuest("bios");
  const { status, text } = await runWith("convert", [
    "convert",
    vmdk,
    "-o",
    temp.file("out"),
    "--name",
    "vm",
  ]);
  assertEquals(status, 0, text);
  assertStringIncludes(await Deno.readTextFile(temp.file("out/report.json")), '"booted"');
});
