import { assertEquals, assertRejects } from "@std/assert";
import { MigrateError } from "../../src/model/error.ts";
import { runCommand } from "../../src/run/command.ts";
import { verifyImage, type VerifyResult } from "../../src/verify/image_and_boot.ts";
import { testNeeding } from "../support/needs.ts";
import { TempFolder } from "../support/temp.ts";

const QEMU = { programs: ["qemu-img", "qemu-system-x86_64"] };

function verify(path: string, folder: TempFolder, bootProof: boolean): Promise<VerifyResult> {
  const signal = new AbortController().signal;
  return verifyImage({ path, bootProof, evidenceDir: folder.file("evidence"), signal, emit: () => {} });
}

testNeeding(QEMU, "verifyImage() finds the format and checks the image", async () => {
  await using folder = await TempFolder.create();
  const path = folder.file("disk.img");
  await runCommand("qemu-img", ["create", "-q", "-f", "qcow2", path, "8M"]);
  const { check, proof } = await verify(path, folder, false);
  assertEquals([check.format, check.checked, proof], ["qcow2", true, undefined]);
});

testNeeding(QEMU, "verifyImage() boots the image and leaves only evidence", async () => {
  await using folder = await TempFolder.create();
  const path = folder.file("disk.qcow2");
  await runCommand("qemu-img", ["create", "-q", "-f", "qcow2", path, "8M"]);
  const { proof } = await verify(path, folder, true);
  assertEquals([proof?.verdict, proof?.missing], ["failed", "bootloader"]);
  const left = await Array.fromAsync(Deno.readDir(folder.file("evidence")), ({ name }) => name);
  assertEquals(left.sort(), ["disk-qemu.log", "disk-screen-final.png", "disk-serial.log"]);
});

Deno.test("verifyImage() says that a file is missing", async () => {
  await using folder = await TempFolder.create();
  const error = await assertRejects(
    () => verify(folder.file("no.qcow2"), folder, true),
    MigrateError,
    "no.qcow2",
  );
  assertEquals(error.code, "source/missing");
});
