import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { MigrateError } from "../../../src/model/error.ts";
import { runCommand } from "../../../src/run/command.ts";
import { verifyCertificate } from "../../../src/source/ovf/certificate.ts";
import { parseManifest } from "../../../src/source/ovf/manifest.ts";
import { verifyDigests } from "../../../src/source/digest/verify.ts";
import { TempFolder } from "../../support/temp.ts";
import { testNeeding } from "../../support/needs.ts";

const SHA1 = "a".repeat(40);
const SHA256 = "B".repeat(64);
const SHA512 = "c".repeat(128);

Deno.test("parseManifest() reads every style of line", () => {
  const text =
    `SHA1(a.ovf)= ${SHA1}\r\nSHA256 (b (1).vmdk) = ${SHA256}\n\nSHA512(c)=${SHA512}\n${SHA1} *d e.iso\n`;
  assertEquals(parseManifest(text), [
    { name: "a.ovf", algorithm: "sha1", expected: SHA1 },
    { name: "b (1).vmdk", algorithm: "sha256", expected: SHA256.toLowerCase() },
    { name: "c", algorithm: "sha512", expected: SHA512 },
    { name: "d e.iso", algorithm: "sha1", expected: SHA1 },
  ]);
});

Deno.test("parseManifest() is null for a line that is none, and for a digest of the wrong length", () => {
  assertEquals([parseManifest("hello"), parseManifest(`SHA256(a)= ${SHA1}`)], [null, null]);
});

Deno.test("verifyDigests() hashes a part of a file as sha256sum does", async () => {
  await using folder = await TempFolder.create();
  const path = folder.file("data");
  await Deno.writeTextFile(path, "xxhellozz");
  // printf hello | sha256sum
  const expected = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
  const digest = { name: "part", path, offset: 2, sizeBytes: 5, algorithm: "sha256", expected } as const;
  const { signal } = new AbortController();
  await verifyDigests([digest], signal);
  const error = await assertRejects(
    () => verifyDigests([digest, { ...digest, name: "other", offset: 1 }], signal),
    MigrateError,
    "the SHA256 of other is not the one in the manifest",
  );
  assertEquals(error.code, "source/damaged");
});

Deno.test("verifyDigests() stops when the run is cancelled", async () => {
  const digest = {
    name: "x",
    path: "/dev/zero",
    offset: 0,
    sizeBytes: 1e15,
    algorithm: "sha1",
    expected: "",
  } as const;
  const abort = new AbortController();
  setTimeout(() => abort.abort(), 50);
  const error = await assertRejects(() => verifyDigests([digest], abort.signal), MigrateError);
  assertEquals(error.code, "run/cancelled");
});

/** A manifest and its certificate file, signed by openssl with a new key. */
async function signed(
  folder: TempFolder,
): Promise<{ readonly manifest: Uint8Array; readonly certificate: string }> {
  const run = (...args: string[]): Promise<unknown> => runCommand("openssl", args, { cwd: folder.path });
  await Deno.writeTextFile(folder.file("vm.mf"), `SHA1(vm.ovf)= ${SHA1}\n`);
  const subject = ["-subj", "/CN=Example signer", "-days", "2", "-nodes", "-newkey", "rsa:2048"];
  await run("req", "-x509", ...subject, "-keyout", "key.pem", "-out", "cert.pem");
  await run("dgst", "-sha256", "-sign", "key.pem", "-hex", "-out", "sig", "vm.mf");
  const signature = (await Deno.readTextFile(folder.file("sig"))).split("= ")[1]?.trim();
  const pem = await Deno.readTextFile(folder.file("cert.pem"));
  const manifest = await Deno.readFile(folder.file("vm.mf"));
  return { manifest, certificate: `SHA256(vm.mf)= ${signature}\n${pem}` };
}

testNeeding({ programs: ["openssl"] }, "verifyCertificate() accepts what openssl signed", async () => {
  await using folder = await TempFolder.create();
  const { manifest, certificate } = await signed(folder);
  assertEquals(verifyCertificate(certificate, manifest, new Date()), {
    subject: "CN=Example signer",
    selfSigned: true,
    outOfDate: false,
  });
  const later = new Date(Date.now() + 10 * 86_400_000);
  assertEquals(verifyCertificate(certificate, manifest, later).outOfDate, true);
});

testNeeding(
  { programs: ["openssl"] },
  "verifyCertificate() refuses a manifest that was changed",
  async () => {
    await using folder = await TempFolder.create();
    const { manifest, certificate } = await signed(folder);
    manifest[10]! ^= 1;
    assertThrows(
      () => verifyCertificate(certificate, manifest, new Date()),
      Error,
      "not one of this manifest",
    );
    assertThrows(() => verifyCertificate("nothing", manifest, new Date()), Error, "no signature");
  },
);
