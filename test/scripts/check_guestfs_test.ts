import { assertEquals } from "@std/assert";
import { type Action, ACTIONS } from "../../ffi/guestfs/actions.ts";
import { mismatches } from "../../scripts/check_guestfs.ts";
import { testNeeding } from "../support/needs.ts";

const HEADER = "/usr/include/guestfs.h";
const NEEDS = { files: [HEADER] };

/** Mismatches of one row against the installed header. */
async function check(name: string, action: Action): Promise<string[]> {
  return mismatches(await Deno.readTextFile(HEADER), { [name]: action });
}

testNeeding(NEEDS, "mismatches() finds none in the table of actions", async () => {
  assertEquals(mismatches(await Deno.readTextFile(HEADER)), []);
});

testNeeding(NEEDS, "mismatches() finds a wrong argument type", async () => {
  const wrong = { args: ["string", "int"], result: "status" } as const;
  assertEquals(await check("mount", wrong), [
    "mount: the table says int (const char *, int), the header int (const char *, const char *)",
  ]);
});

testNeeding(NEEDS, "mismatches() finds a wrong result", async () => {
  const [first] = await check("filesize", { args: ["string"], result: "int" });
  assertEquals(first, "filesize: the table says int (const char *), the header int64_t (const char *)");
});

testNeeding(NEEDS, "mismatches() finds optional arguments in the wrong order", async () => {
  const opts = { length: "int64", offset: "int64", minimumfreeextent: "int64" } as const;
  assertEquals(await check("fstrim", { ...ACTIONS.fstrim, opts }), [
    "fstrim options: the table says length: int64_t, the header offset: int64_t",
    "fstrim options: the table says offset: int64_t, the header length: int64_t",
  ]);
});

testNeeding(NEEDS, "mismatches() finds a missing optional argument", async () => {
  const opts = { offset: "int64", length: "int64" } as const;
  assertEquals(await check("fstrim", { ...ACTIONS.fstrim, opts }), [
    "fstrim options: the table says nothing, the header minimumfreeextent: int64_t",
  ]);
});

testNeeding(NEEDS, "mismatches() finds an action that libguestfs does not have", async () => {
  assertEquals(await check("format_everything", { args: [], result: "status" }), [
    "format_everything: the header has no guestfs_format_everything",
  ]);
});

testNeeding(NEEDS, "mismatches() finds structs and constants that changed", async () => {
  const header = (await Deno.readTextFile(HEADER))
    .replace("  int64_t st_mode;\n", "  int64_t st_new;\n")
    .replace("(1 << 1)", "(1 << 4)");
  assertEquals(mismatches(header, {}), [
    "struct statns: the table says st_mode: int64_t, the header st_new: int64_t",
    "GUESTFS_CREATE_NO_CLOSE_ON_EXIT: the binding says 2, the header (1 << 4)",
  ]);
});
