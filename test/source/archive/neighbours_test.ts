import { assert, assertThrows } from "@std/assert";
import { MigrateError } from "../../../src/model/error.ts";
import { checkNames } from "../../../src/source/archive/neighbours.ts";

const check = (text: string): void => checkNames(new TextEncoder().encode(text), "a.zip");

for (const name of ["/etc/shadow", "../x", "a/../../x", "C:\\x", "\\\\host\\x", "json:{}", "nbd://host/x"]) {
  Deno.test(`checkNames() refuses ${name} in descriptors and VMX files`, () => {
    assertThrows(() => check(`# Disk DescriptorFile\nRW 8 FLAT "${name}" 0\n`), MigrateError);
    assertThrows(
      () => check(`KDMV\0\0\n# Disk DescriptorFile\nparentFileNameHint="${name}"\n`),
      MigrateError,
    );
    assertThrows(() => check(`# Disk DescriptorFile\n#parentFileNameHint = ${name}\n`), MigrateError);
    assertThrows(() => check(`# Disk DescriptorFile\nRW 8\nFLAT\n"${name}" 0\n`), MigrateError);
    assertThrows(() => check(`# hello\n.encoding = "UTF-8"\nscsi0:0.fileName = "${name}"\n`), MigrateError);
  });
}

Deno.test("checkNames() lets names in the archive pass, and files of other kinds", () => {
  check(`# Disk DescriptorFile\nRW 8 FLAT "snap/a..b-flat.vmdk" 0\nparentFileNameHint="base.vmdk"\n`);
  check(`.encoding = "UTF-8"\nide1:0.fileName = "/iso/linux.iso"\nserial0.fileName = "/dev/ttyS0"\n`);
  check(`[x]\nscsi0:0.fileName = "/etc/shadow"\n`);
});

Deno.test("checkNames() takes no longer for many empty lines", () => {
  const started = performance.now();
  check(`# Disk DescriptorFile\n${"\n".repeat(64 * 1024)}`);
  assert(performance.now() - started < 1_000);
});
