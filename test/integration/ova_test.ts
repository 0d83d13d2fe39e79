/** An OVA of the sample guest, from its envelope to a guest that boots. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Report } from "../../src/model/report.ts";
import { runCommand } from "../../src/run/command.ts";
import { runCli } from "../support/cli.ts";
import { discover } from "../support/discover.ts";
import { ensureGuest, GUEST_MAC } from "../support/guests.ts";
import { convertImage, makeRawDisk, sameContents, sha256 } from "../support/images.ts";
import { testNeeding } from "../support/needs.ts";
import { makeOva, ovfText, writeManifest } from "../support/ovf.ts";
import { TempFolder } from "../support/temp.ts";

const NEEDS = { programs: ["qemu-img", "qemu-system-x86_64", "tar"], libraries: ["libguestfs.so.0"] };

testNeeding(
  NEEDS,
  "convert takes an OVA in place to a proved boot, with the machine of its OVF",
  async () => {
    await using folder = await TempFolder.create();
    const guest = await ensureGuest("bios");
    await Deno.copyFile(guest.vmdk, folder.file("web-disk1.vmdk"));
    const disks = [{ file: "web-disk1.vmdk", capacityMiB: 4096 }];
    await Deno.writeTextFile(folder.file("web.ovf"), ovfText({ disks, memoryMiB: 1280, mac: GUEST_MAC }));
    await writeManifest(folder, "web.mf", ["web.ovf", "web-disk1.vmdk"]);
    const ova = await makeOva(folder, ["web.ovf", "web.mf", "web-disk1.vmdk"]);
    await Deno.remove(folder.file("web-disk1.vmdk"));
    const before = await sha256(ova);

    // Before any fix, qemu sees the guest's own disk.
    const [disk] = (await discover(ova)).disks;
    await runCommand("qemu-img", ["convert", "-O", "raw", disk!.image, folder.file("seen.raw")]);
    assert(await sameContents(guest.raw, folder.file("seen.raw")));
    await Deno.remove(folder.file("seen.raw"));

    const out = folder.file("out");
    const { status, stderr, stdout } = await runCli(["convert", ova, "-o", out]);
    assertEquals(status, 0, stderr + stdout);
    const report = JSON.parse(await Deno.readTextFile(`${out}/report.json`)) as Report;
    assertEquals(report.vms[0]?.proof?.verdict, "booted");
    const xml = await Deno.readTextFile(`${out}/web.xml`);
    for (const part of [">1310720</memory>", ">2</vcpu>", GUEST_MAC]) assertStringIncludes(xml, part);
    assertEquals(await sha256(ova), before);
  },
);

testNeeding(
  NEEDS,
  "convert names the damage in an OVA, whatever it made of the disk, and leaves no image",
  async () => {
    await using folder = await TempFolder.create();
    await makeRawDisk(folder.file("disk.raw"), 8 * 1024 ** 2);
    await convertImage(folder.file("disk.raw"), folder.file("d.vmdk"), "vmdk", "subformat=streamOptimized");
    await Deno.writeTextFile(
      folder.file("web.ovf"),
      ovfText({ disks: [{ file: "d.vmdk", capacityMiB: 8 }] }),
    );
    await writeManifest(folder, "web.mf", ["web.ovf", "d.vmdk"]);
    const text = await Deno.readTextFile(folder.file("web.mf"));
    await Deno.writeTextFile(folder.file("web.mf"), text.replace(/(d\.vmdk\)= )../, "$100"));
    const ova = await makeOva(folder, ["web.ovf", "web.mf", "d.vmdk"]);
    const { status, stderr } = await runCli(["convert", ova, "-o", folder.file("out"), "--no-boot-proof"]);
    assertEquals(status, 9, stderr);
    assertStringIncludes(stderr, "the SHA256 of d.vmdk is not the one in the manifest");
    assertEquals((await folder.names("out")).filter((name) => name.includes("qcow2")), []);
  },
);
