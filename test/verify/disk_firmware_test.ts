import { assertEquals } from "@std/assert";
import { runCommand } from "../../src/run/command.ts";
import { diskFirmware } from "../../src/verify/disk_firmware.ts";
import { testNeeding } from "../support/needs.ts";
import { TempFolder } from "../support/temp.ts";

const TOOLS = { programs: ["qemu-img", "/usr/sbin/sfdisk"] };
const ESP = "type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B";
const BIOS_BOOT = "type=21686148-6449-6E6F-744E-656564454649";

/** The firmware of a qcow2 disk that sfdisk has partitioned. */
async function firmwareOfTable(script: string): Promise<string> {
  await using folder = await TempFolder.create();
  const raw = folder.file("disk.raw");
  const disk = folder.file("disk.qcow2");
  await Deno.writeFile(raw, new Uint8Array(0));
  await Deno.truncate(raw, 64 * 1024 ** 2);
  await runCommand("/usr/sbin/sfdisk", ["-q", raw], { stdin: new TextEncoder().encode(script) });
  await runCommand("qemu-img", ["convert", "-f", "raw", "-O", "qcow2", raw, disk]);
  const firmware = await diskFirmware(disk, "qcow2", folder.path, new AbortController().signal);
  const left = await Array.fromAsync(Deno.readDir(folder.path));
  assertEquals(left.length, 2, "The start of the disk must be removed again.");
  return firmware;
}

testNeeding(TOOLS, "diskFirmware() sees that a GPT disk with a system partition boots by UEFI", async () => {
  assertEquals(await firmwareOfTable(`label: gpt\nsize=16M, ${ESP}\nsize=16M\n`), "uefi");
});

testNeeding(
  TOOLS,
  "diskFirmware() sees that a GPT disk with a BIOS boot partition boots by BIOS",
  async () => {
    assertEquals(await firmwareOfTable(`label: gpt\nsize=1M, ${BIOS_BOOT}\nsize=16M, ${ESP}\n`), "bios");
  },
);

testNeeding(TOOLS, "diskFirmware() sees that an MBR disk boots by BIOS", async () => {
  assertEquals(await firmwareOfTable("label: dos\nsize=16M, type=83, bootable\n"), "bios");
});
