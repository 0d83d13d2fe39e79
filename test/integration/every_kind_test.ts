/**
 * Every kind of input of the same disk, a row each: through the overlay and the one copy of the pipeline it becomes
 * a qcow2 with the same contents. The disk has a partition table and a filesystem with files; no guest program runs.
 */
import { assert, assertEquals } from "@std/assert";
import { convertArgs, partialPath } from "../../src/disk/copy.ts";
import { createOverlays } from "../../src/disk/overlay.ts";
import { runCommand } from "../../src/run/command.ts";
import type { SourceJob } from "../../src/source/source.ts";
import { convertImage, sameContents, sha256 } from "../support/images.ts";
import { testNeeding } from "../support/needs.ts";
import { makeOva, ovfText, writeManifest } from "../support/ovf.ts";
import { discoverIn } from "../support/sources.ts";
import { SshServer } from "../support/ssh_server.ts";
import { TempFolder } from "../support/temp.ts";
import { writeChild } from "../support/vhd.ts";
import { makeVhdx, writeVhdxChild } from "../support/vhdx.ts";

const MIB = 1024 * 1024;
const SIZE = 24 * MIB;
const PROGRAMS = "qemu-img tar gzip xz zstd zip sfdisk mkfs.ext4 split /usr/sbin/sshd ssh ssh-keygen nbdkit";
const NEEDS = { programs: PROGRAMS.split(" ") };

/** How an input is made of `disk.raw`: shell lines or more; the path of the input, or all of a source. */
interface Row {
  /** What `hyper2kvm inspect` calls it. */
  readonly kind: string;
  /** Makes the input in the folder and returns its name. */
  readonly make: (folder: TempFolder) => Promise<string>;
  /** Options that it needs. */
  readonly job?: Partial<SourceJob>;
  /** Which disk of the machine it is (default: the first). */
  readonly disk?: number;
}

async function sh(folder: TempFolder, lines: string): Promise<void> {
  await runCommand("sh", ["-ec", lines], { cwd: folder.path });
}

/** A row of a shell line. */
function shell(kind: string, name: string, lines: string, job?: Row["job"]): Row {
  const make = async (folder: TempFolder): Promise<string> => (await sh(folder, lines), name);
  return job === undefined ? { kind, make } : { kind, make, job };
}

/** A row of qemu-img. */
function image(kind: string, name: string, format: string, options?: string): Row {
  return {
    kind,
    make: async (folder) => {
      await convertImage(folder.file("disk.raw"), folder.file(name), format, options);
      return name;
    },
  };
}

const STREAM = "qemu-img convert -O vmdk -o subformat=streamOptimized disk.raw d.vmdk";
const VHD = "qemu-img convert -O vpc -o force_size=on disk.raw d.vhd";

async function ovfPackage(folder: TempFolder, files: readonly string[], attributes = ""): Promise<string[]> {
  const disks = files.map((file) => ({ file, capacityMiB: SIZE / MIB, attributes }));
  await Deno.writeTextFile(folder.file("web.ovf"), ovfText({ disks }));
  return ["web.ovf", ...files];
}

function ova(kind: string, name: string, pack: string): Row {
  return {
    kind,
    make: async (folder) => {
      await sh(folder, STREAM);
      await ovfPackage(folder, ["d.vmdk"]);
      await writeManifest(folder, "web.mf", ["web.ovf", "d.vmdk"]);
      await sh(folder, pack);
      return name;
    },
  };
}

/** A VHD that stands on the disk, with nothing of its own. */
async function vhdChild(folder: TempFolder): Promise<string> {
  await sh(folder, VHD);
  await writeChild(folder.file("c.avhd"), folder.file("d.vhd"), "d.vhd", new Map());
  return "c.avhd";
}

async function vhdxChild(folder: TempFolder): Promise<string> {
  await makeVhdx(folder.file("d.vhdx"), folder.file("disk.raw"));
  const spec = { parentName: "d.vhdx", sizeBytes: SIZE, own: new Map() };
  await writeVhdxChild(folder.file("c.avhdx"), folder.file("d.vhdx"), spec);
  return "c.avhdx";
}

const VMFS = `qemu-img convert -O vmdk -o subformat=monolithicFlat disk.raw d.vmdk
  sed -i 's/monolithicFlat/vmfs/; s/ FLAT / VMFS /; s/" 0$/"/' d.vmdk`;
const CHAIN = `qemu-img convert -O vmdk disk.raw d.vmdk
  qemu-img create -q -f vmdk -b d.vmdk -F vmdk d-000001.vmdk
  qemu-img create -q -f vmdk -b d-000001.vmdk -F vmdk d-000002.vmdk`;
const VMX = `${CHAIN}
  printf 'config.version = "8"\\nscsi0:0.present = "TRUE"\\nscsi0:0.fileName = "d-000002.vmdk"\\n' > web.vmx`;
const DOMAIN = `qemu-img convert -O qcow2 disk.raw d.qcow2
  printf '<domain type="kvm"><name>web</name><devices><disk type="file"><driver type="qcow2"/>' > web.xml
  printf '<source file="d.qcow2"/><target dev="vda" bus="virtio"/></disk></devices></domain>' >> web.xml`;

const ROWS: Readonly<Record<string, Row>> = {
  "VMDK monolithicSparse": image("vmdk", "d.vmdk", "vmdk", "subformat=monolithicSparse"),
  "VMDK monolithicFlat": image("vmdk", "d.vmdk", "vmdk", "subformat=monolithicFlat"),
  "VMDK twoGbMaxExtentSparse": image("vmdk", "d.vmdk", "vmdk", "subformat=twoGbMaxExtentSparse"),
  "VMDK twoGbMaxExtentFlat": image("vmdk", "d.vmdk", "vmdk", "subformat=twoGbMaxExtentFlat"),
  "VMDK streamOptimized": image("vmdk", "d.vmdk", "vmdk", "subformat=streamOptimized"),
  "VMDK vmfs and -flat": shell("vmdk", "d.vmdk", VMFS),
  "VMDK snapshot chain": shell("vmdk", "d-000002.vmdk", CHAIN),
  "OVA": ova("ova", "web.ova", "tar -cf web.ova web.ovf web.mf d.vmdk; rm d.vmdk"),
  "OVA, pax": ova("ova", "web.ova", "tar --format=pax -cf web.ova web.ovf web.mf d.vmdk; rm d.vmdk"),
  "OVA in gzip": ova("gzip", "web.ova", "tar -czf web.ova web.ovf web.mf d.vmdk; rm d.vmdk"),
  "OVA with a compressed disk": {
    kind: "ova",
    make: async (folder) => {
      await sh(folder, `${STREAM}; gzip d.vmdk`);
      return name(await makeOva(folder, await ovfPackage(folder, ["d.vmdk.gz"], 'ovf:compression="gzip"')));
    },
  },
  "OVA with a split disk": {
    kind: "ova",
    make: async (folder) => {
      await sh(folder, `${STREAM}; split -b 65536 -d -a 9 d.vmdk d.vmdk.; rm d.vmdk`);
      const parts = (await folder.names()).filter((one) => one.startsWith("d.vmdk."));
      await ovfPackage(folder, ["d.vmdk"], 'ovf:chunkSize="65536"');
      return name(await makeOva(folder, ["web.ovf", ...parts]));
    },
  },
  "OVA with two disks": {
    kind: "ova",
    disk: 1,
    make: async (folder) => {
      await sh(folder, `${STREAM}; qemu-img create -q -f vmdk -o subformat=streamOptimized e.vmdk 1M`);
      return name(await makeOva(folder, await ovfPackage(folder, ["e.vmdk", "d.vmdk"])));
    },
  },
  "OVF": ova("ovf", "web.ovf", "true"),
  "VHD dynamic": image("vhd", "d.vhd", "vpc", "force_size=on,subformat=dynamic"),
  "VHD fixed": image("vhd", "d.vhd", "vpc", "force_size=on,subformat=fixed"),
  "VHD differencing": { kind: "vhd", make: vhdChild },
  "VHD in zip": shell("zip", "d.zip", `${VHD}; zip -q d.zip d.vhd; rm d.vhd`),
  "VHD in tar": shell("tar", "d.tar", `${VHD}; tar -cf d.tar d.vhd; rm d.vhd`),
  "VHD in tar.gz": shell("gzip", "d.tar.gz", `${VHD}; tar -czf d.tar.gz d.vhd; rm d.vhd`),
  "VHD in tar.xz": shell("xz", "d.tar.xz", `${VHD}; XZ_OPT=-0 tar -cJf d.tar.xz d.vhd; rm d.vhd`),
  "VHDX": image("vhdx", "d.vhdx", "vhdx"),
  "VHDX differencing": { kind: "vhdx", make: vhdxChild },
  "raw": shell("raw", "disk.raw", "true"),
  "qcow2": image("qcow2", "d.qcow2", "qcow2"),
  "VDI": image("vdi", "d.vdi", "vdi"),
  "raw in tar": shell("tar", "d.tar", "tar -cf d.tar disk.raw"),
  "raw in sparse tar": shell("tar", "d.tar", "tar -S -cf d.tar disk.raw"),
  "raw in tar.gz": shell("gzip", "d.tar.gz", "tar -czf d.tar.gz disk.raw"),
  "raw in tar.xz": shell("xz", "d.tar.xz", "XZ_OPT=-0 tar -cJf d.tar.xz disk.raw"),
  "raw in tar.zst": shell("zstd", "d.tar.zst", "tar -c disk.raw | zstd -q -o d.tar.zst"),
  "raw in gz": shell("gzip", "disk.raw.gz", "gzip -k disk.raw"),
  "raw in xz": shell("xz", "disk.raw.xz", "xz -0 -k disk.raw"),
  "raw in zst": shell("zstd", "disk.raw.zst", "zstd -q disk.raw"),
  "AMI bundle": shell(
    "tar",
    "ami.tar",
    `echo '<manifest/>' > manifest.xml; truncate -s 4M swap.raw; mkswap -q swap.raw 2>/dev/null || true
    tar -czf image.tar.gz disk.raw swap.raw; tar -cf ami.tar manifest.xml image.tar.gz`,
  ),
  "VMX with a snapshot": shell("vmx", "web.vmx", VMX),
  "libvirt XML": shell("libvirt-xml", "web.xml", DOMAIN),
};

const name = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

/** A disk with a partition and a filesystem of some files, most of it sparse. */
async function makeDisk(folder: TempFolder): Promise<void> {
  await sh(
    folder,
    `mkdir -p root/etc; echo web > root/etc/hostname; head -c 3M /dev/urandom > root/noise
    truncate -s ${SIZE - MIB} part; mkfs.ext4 -q -F -d root part; truncate -s ${SIZE} disk.raw
    printf '2048,,L,*\\n' | sfdisk -q disk.raw; dd if=part of=disk.raw bs=1M seek=1 conv=notrunc,sparse status=none
    rm -r root part`,
  );
}

/** Takes an input through the overlay and the copy of the pipeline, and compares. */
async function becomesTheSame(folder: TempFolder, source: string, row: Omit<Row, "make">): Promise<void> {
  const { source: found } = await discoverIn(folder, [source], row.job);
  assertEquals(found.kind, row.kind);
  await Deno.mkdir(folder.file("out"));
  const { signal } = new AbortController();
  const overlays = await createOverlays(found.disks, folder.file("out"), signal);
  const target = { path: folder.file("out/web.qcow2"), format: "qcow2" as const };
  await runCommand("qemu-img", convertArgs({ overlay: overlays[row.disk ?? 0]!.path, target }));
  assert(await sameContents(folder.file("truth"), partialPath(target.path)));
}

for (const [what, row] of Object.entries(ROWS)) {
  testNeeding(NEEDS, `convert makes the same disk of ${what}`, async () => {
    await using folder = await TempFolder.create();
    await makeDisk(folder);
    await sh(folder, "cp --sparse=always disk.raw truth");
    const input = await row.make(folder);
    const before = await sha256(folder.file(input));
    await becomesTheSame(folder, folder.file(input), row);
    assertEquals(await sha256(folder.file(input)), before, "the source was written");
  });
}

for (const [what, job] of [["SSH", {}], ["SSH, streamed", { stream: true }]] as const) {
  testNeeding(NEEDS, `convert makes the same disk of a flat VMDK over ${what}`, async () => {
    await using server = await SshServer.start();
    await using folder = await TempFolder.create();
    await makeDisk(folder);
    await sh(folder, `cp --sparse=always disk.raw truth; ${VMFS}`);
    const options = { ssh_opt: server.options(), ...job };
    await becomesTheSame(folder, server.address(folder.file("d.vmdk")), { kind: "vmdk", job: options });
  });
}
