import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { LuksKey } from "../../src/guest/luks_keys.ts";
import { MigrateError } from "../../src/model/error.ts";
import { luksArgs, type SecretSink } from "../../src/v2v/luks.ts";
import { TempFolder } from "../support/temp.ts";

/** Remembers what would be written. */
function sink(): SecretSink & { readonly written: string[] } {
  const written: string[] = [];
  return {
    written,
    add: (secret) => {
      written.push(typeof secret === "string" ? secret : new TextDecoder().decode(secret));
      return Promise.resolve(`/mem/${written.length}`);
    },
  };
}

const passphrase = (device: string, text: string): LuksKey => ({
  device,
  kind: "passphrase",
  passphrase: text,
});

Deno.test("luksArgs() names a file for each key, and a key for all to each encrypted device", async () => {
  const files = sink();
  const keys = [
    passphrase("/dev/sda2", "first"),
    passphrase("all", "second"),
    passphrase("UUID=1234-5", "third"),
  ];
  const args = await luksArgs(keys, ["/dev/sda2", "/dev/sdb1"], files);
  assertEquals(args.filter((_, index) => index % 2 === 1), [
    "/dev/sda2:file:/mem/1",
    "/dev/sda2:file:/mem/2",
    "/dev/sdb1:file:/mem/2",
    "1234-5:file:/mem/3",
  ]);
  assertEquals(files.written, ["first", "second", "third"]);
  for (const secret of files.written) assertEquals(args.join(" ").includes(secret), false);
});

Deno.test("luksArgs() takes a key file that is one line, and refuses any other", async () => {
  await using folder = await TempFolder.create();
  const key: LuksKey = { device: "/dev/sda2", kind: "keyfile", path: folder.file("key") };
  await Deno.writeTextFile(key.path, "one line");
  const files = sink();
  await luksArgs([key], [], files);
  assertEquals(files.written, ["one line"]);
  for (const bytes of [[1, 0, 2], [65, 10]]) {
    await Deno.writeFile(key.path, new Uint8Array(bytes));
    await assertRejects(() => luksArgs([key], [], sink()), MigrateError, "one line of text");
  }
});

Deno.test("luksArgs() says that a key file is missing", async () => {
  const key: LuksKey = { device: "all", kind: "keyfile", path: "/nowhere/key" };
  const error = await assertRejects(() => luksArgs([key], [], sink()), MigrateError) as MigrateError;
  assertEquals(error.code, "usage/bad-value");
  assertStringIncludes(error.message, "there is no such file");
});
