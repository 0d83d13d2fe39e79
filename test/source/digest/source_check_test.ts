import { assertEquals, assertRejects } from "@std/assert";
import type { Digest } from "../../../src/model/digest.ts";
import { MigrateError } from "../../../src/model/error.ts";
import { SourceCheck } from "../../../src/source/digest/source_check.ts";
import { sha256 } from "../../support/images.ts";
import { TempFolder } from "../../support/temp.ts";

const { signal } = new AbortController();

/** The digest of a file of some zeros; nothing of it is stored. */
async function zeros(folder: TempFolder, sizeBytes: number, expected?: string): Promise<Digest> {
  const path = folder.file("disk");
  await Deno.writeFile(path, new Uint8Array());
  await Deno.truncate(path, sizeBytes);
  const wanted = expected ?? await sha256(path);
  return { name: "disk", path, offset: 0, sizeBytes, algorithm: "sha256", expected: wanted };
}

Deno.test("SourceCheck.passed() waits for the digests, and throws for one that differs", async () => {
  await using folder = await TempFolder.create();
  await using good = new SourceCheck([await zeros(folder, 1000)], signal);
  await good.passed();
  await using bad = new SourceCheck([await zeros(folder, 1000, "00")], signal);
  await assertRejects(() => bad.passed(), MigrateError, "SHA256 of disk is not the one in the manifest");
});

Deno.test("SourceCheck.reasonFor() names the damage behind a failure of what reads the disk", async () => {
  await using folder = await TempFolder.create();
  await using check = new SourceCheck([await zeros(folder, 1000, "00")], signal);
  const reason = await check.reasonFor(new MigrateError("guestfs/failed", "Cannot mount."));
  assertEquals((reason as MigrateError).code, "source/damaged");
});

Deno.test("SourceCheck.reasonFor() leaves a failure alone when nothing is damaged", async () => {
  await using folder = await TempFolder.create();
  await using check = new SourceCheck([await zeros(folder, 1000)], signal);
  const error = new MigrateError("guestfs/failed", "Cannot mount.");
  assertEquals(await check.reasonFor(error) === error, true);
});

Deno.test("SourceCheck.reasonFor() does not wait for a failure of another kind, and disposing stops it", async () => {
  await using folder = await TempFolder.create();
  // Hours of hashing.
  await using check = new SourceCheck([await zeros(folder, 2 ** 42, "00")], signal);
  const error = new MigrateError("space/full", "No space.");
  assertEquals(await check.reasonFor(error) === error, true);
});
