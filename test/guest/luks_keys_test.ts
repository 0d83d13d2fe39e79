import { assert, assertEquals, assertRejects } from "@std/assert";
import { keysFor, LUKS_KEY, readLuksKeys, typedKeys } from "../../src/guest/luks_keys.ts";
import { MigrateError } from "../../src/model/error.ts";
import { TempFolder } from "../support/temp.ts";

const env = (name: string): string | undefined => name === "PASS" ? "from env" : undefined;

Deno.test("readLuksKeys() reads passphrases from files and variables, and names key files", async () => {
  await using folder = await TempFolder.create();
  await Deno.writeTextFile(folder.file("pass"), "two words \n");
  await Deno.writeFile(folder.file("key"), new Uint8Array([0, 255, 10]));
  const keys = await readLuksKeys([
    `/dev/sda2=file:${folder.file("pass")}`,
    "all=env:PASS",
    `UUID=1234-5678=keyfile:${folder.file("key")}`,
  ], env);
  assertEquals(keys, [
    { device: "/dev/sda2", kind: "passphrase", passphrase: "two words " },
    { device: "all", kind: "passphrase", passphrase: "from env" },
    { device: "UUID=1234-5678", kind: "keyfile", path: folder.file("key") },
  ]);
});

Deno.test("readLuksKeys() refuses what is not there without showing a value", async () => {
  for (const option of ["all=env:NOPE", "all=file:/no/such/file", "all=keyfile:/no/such/file"]) {
    const error = await assertRejects(() => readLuksKeys([option], env), MigrateError);
    assertEquals(error.code, "usage/bad-value");
  }
  const error = await assertRejects(() => readLuksKeys(["all=secret-passphrase"], env), MigrateError);
  assert(!`${error.message} ${error.hint}`.includes("secret-passphrase"));
});

Deno.test("readLuksKeys() sends a binary passphrase file to keyfile:", async () => {
  await using folder = await TempFolder.create();
  await Deno.writeFile(folder.file("key"), new Uint8Array([104, 0, 255]));
  const error = await assertRejects(() => readLuksKeys([`all=file:${folder.file("key")}`]), MigrateError);
  assertEquals(error.hint, "A binary key is named with keyfile:PATH.");
});

Deno.test("LUKS_KEY takes no passphrase itself", () => {
  assert(LUKS_KEY.test("/dev/vg0/secret=env:X"));
  for (const text of ["all=hunter2", "hunter2", "sda2=file:/x", "all=file:"]) {
    assert(!LUKS_KEY.test(text), text);
  }
});

Deno.test("keysFor() tries the keys of the device before those for all", async () => {
  const keys = await readLuksKeys(["all=env:PASS", "/dev/vda2=env:PASS", "UUID=ffff=env:PASS"], env);
  const volume = { device: "/dev/sda2", type: "crypto_LUKS", uuid: "aaaa" };
  assertEquals(keysFor(volume, keys, [volume]).map(({ device }) => device), ["/dev/vda2", "all"]);
});

Deno.test("typedKeys() gives what can be typed: passphrases, and key files of one line", async () => {
  await using folder = await TempFolder.create();
  await Deno.writeTextFile(folder.file("line"), "in a file");
  await Deno.writeTextFile(folder.file("lines"), "two\nlines");
  await Deno.writeFile(folder.file("binary"), new Uint8Array([0, 255, 10]));
  const files = ["line", "lines", "binary"].map((name) => `all=keyfile:${folder.file(name)}`);
  const keys = await readLuksKeys(["all=env:PASS", ...files], env);
  assertEquals(await typedKeys(keys), ["from env", "in a file"]);
});
