import { assertEquals, assertRejects } from "@std/assert";
import { MigrateError } from "../../src/model/error.ts";
import { findUefi, parseDescriptor } from "../../src/verify/ovmf.ts";
import { TempFolder } from "../support/temp.ts";

/** A descriptor as distributions ship it, for firmware at a path. */
function descriptor(code: string, features: readonly string[], machine = "pc-q35-*"): string {
  return JSON.stringify({
    description: "UEFI firmware for x86_64",
    "interface-types": ["uefi"],
    mapping: {
      device: "flash",
      executable: { filename: code, format: "raw" },
      "nvram-template": { filename: code, format: "raw" },
    },
    targets: [{ architecture: "x86_64", machines: [machine] }],
    features,
    tags: [],
  });
}

const SECURE = ["acpi-s3", "enrolled-keys", "requires-smm", "secure-boot"];

Deno.test("parseDescriptor() keeps firmware with Secure Boot and firmware without apart", () => {
  const plain = descriptor("/code.fd", ["acpi-s3"]);
  assertEquals(parseDescriptor(plain, "uefi")?.smm, false);
  assertEquals(parseDescriptor(plain, "uefi-secure-boot"), undefined);
  const secure = descriptor("/code.fd", SECURE);
  assertEquals(parseDescriptor(secure, "uefi"), undefined);
  assertEquals(parseDescriptor(secure, "uefi-secure-boot")?.smm, true);
});

Deno.test("parseDescriptor() passes over firmware for other machines", () => {
  assertEquals(parseDescriptor(descriptor("/code.fd", [], "microvm"), "uefi"), undefined);
  assertEquals(parseDescriptor('{"mapping":{"device":"memory"}}', "uefi"), undefined);
});

Deno.test("findUefi() takes the first descriptor whose files are there", async () => {
  await using folder = await TempFolder.create();
  const code = folder.file("code.fd");
  await Deno.writeTextFile(code, "");
  await Deno.writeTextFile(folder.file("10-gone.json"), descriptor("/no/such.fd", []));
  const lost = JSON.parse(descriptor(code, []));
  lost.mapping.executable.filename = "/no/such.fd";
  await Deno.writeTextFile(folder.file("15-half-gone.json"), JSON.stringify(lost));
  await Deno.writeTextFile(folder.file("20-here.json"), descriptor(code, []));
  assertEquals((await findUefi("uefi", [folder.path])).code.path, code);
});

Deno.test("findUefi() says what to install when there is none", async () => {
  const error = await assertRejects(() => findUefi("uefi", ["/no/such/folder"]), MigrateError);
  assertEquals([error.code, error.hint?.includes("ovmf")], ["tool/missing", true]);
});
