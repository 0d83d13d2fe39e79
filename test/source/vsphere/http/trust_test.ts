import { assertEquals, assertThrows } from "@std/assert";
import { MigrateError } from "../../../../src/model/error.ts";
import { parseThumbprint, thumbprintOf } from "../../../../src/source/vsphere/http/trust.ts";

Deno.test("parseThumbprint() tells SHA-1 from SHA-256, however it is written", () => {
  const sha1 = "A9:99:3E:36:47:06:81:6A:BA:3E:25:71:78:50:C2:6C:9C:D0:D8:9D";
  assertEquals(parseThumbprint(sha1), { algorithm: "sha1", hex: sha1 });
  assertEquals(parseThumbprint(` ${sha1.toLowerCase().replaceAll(":", "")}\n`), {
    algorithm: "sha1",
    hex: sha1,
  });
  assertEquals(parseThumbprint(`SHA256:${"0f".repeat(32)}`).algorithm, "sha256");
});

Deno.test("parseThumbprint() refuses what is none", () => {
  for (const text of ["", "AB:CD", "zz".repeat(20), "0".repeat(63)]) {
    assertThrows(() => parseThumbprint(text), MigrateError, "thumbprint");
  }
});

Deno.test("thumbprintOf() hashes the certificate", () => {
  const bytes = new TextEncoder().encode("abc"); // FIPS 180-2, appendices A.1 and B.1
  assertEquals(
    thumbprintOf(bytes, "sha1").hex,
    "A9:99:3E:36:47:06:81:6A:BA:3E:25:71:78:50:C2:6C:9C:D0:D8:9D",
  );
  assertEquals(thumbprintOf(bytes, "sha256").hex.slice(0, 11), "BA:78:16:BF");
});
