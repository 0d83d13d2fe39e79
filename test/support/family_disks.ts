/**
 * The disks of the families: libguestfs's appliance makes the filesystems, because XFS and btrfs need a kernel.
 *
 * @module
 */
import { dirname, join } from "@std/path";
import { openSession } from "../../src/guest/open_session.ts";
import { applianceShell, deviceWord } from "../../src/guest/shell.ts";
import { probeAccelerator } from "../../src/verify/kvm_probe.ts";
import { cached } from "./guests/cache.ts";
import { blank, MIB, run } from "./guests/disk.ts";
import { makeSwap } from "./guests/swap.ts";
import { copyMib } from "./guests/disk.ts";
import type { BuildOptions } from "./guests/recipe.ts";
import type { MemoryEntry } from "./memory_files.ts";
import { FAMILIES, type Family, type FamilyPartition } from "./samples/families.ts";

const DISK_MIB = 1024;
/** How large the image with everybody's files is. */
const TREES_MIB = 64;

/** Paths of the raw disks by the id of the family, built first if there are none. */
export async function familyDisks(options: BuildOptions = {}): Promise<ReadonlyMap<string, string>> {
  const families = ["family", ...FAMILIES.map(({ id }) => id)].map((name) => `./samples/families/${name}.ts`);
  const recipe = ["./family_disks.ts", ...families, "./samples/kernel.ts", "./samples/rhel8.ts"];
  const files = recipe.map((path) => new URL(path, import.meta.url));
  const folder = await cached("families", files, options, async (partial) => {
    for (const family of FAMILIES) {
      await partitionDisk(join(partial, `${family.id}.raw`), family, partial, options);
    }
    const trees = join(partial, "trees.ext4");
    await writeTrees(trees, partial, options);
    await fill(partial, trees);
    await Deno.remove(trees);
    for (const { id } of FAMILIES) await Deno.chmod(join(partial, `${id}.raw`), 0o444);
  });
  return new Map(FAMILIES.map(({ id }) => [id, join(folder, `${id}.raw`)]));
}

async function partitionDisk(
  raw: string,
  family: Family,
  scratch: string,
  options: BuildOptions,
): Promise<void> {
  await blank(raw, DISK_MIB * MIB);
  let start = 1;
  const lines = family.partitions.map(({ sizeMib, type }) => {
    const line = `start=${start}MiB, size=${sizeMib}MiB, type=${partitionType(family.label, type)}`;
    start += sizeMib;
    return line;
  });
  await run("sfdisk", ["-q", raw], options, `label: ${family.label}\n${lines.join("\n")}\n`);
  let atMib = 1;
  for (const { type, uuid, sizeMib } of family.partitions) {
    if (type === "swap") {
      const swap = join(scratch, "swap");
      await makeSwap(swap, sizeMib * MIB, uuid);
      await copyMib({ path: swap }, { path: raw, atMib }, options);
      await Deno.remove(swap);
    }
    atMib += sizeMib;
  }
}

function partitionType(label: Family["label"], type: FamilyPartition["type"]): string {
  if (label === "dos") return type === "swap" ? "82" : "83";
  return type === "vfat" ? "C12A7328-F81F-11D2-BA4B-00A0C93EC93B" : "0FC63DAF-8483-4772-8E79-3D69D8477DE4";
}

/** One ext4 image with a folder for each family. */
async function writeTrees(image: string, scratch: string, options: BuildOptions): Promise<void> {
  const top = join(scratch, "trees");
  for (const { id, files } of FAMILIES) {
    const links = Object.entries(files).filter(([, entry]) => isLink(entry));
    for (const [path, entry] of links) await writeEntry(join(top, id, path), entry);
    for (const [path, entry] of Object.entries(files)) {
      if (!isLink(entry)) await writeEntry(join(top, id, path), entry);
    }
  }
  await blank(image, TREES_MIB * MIB);
  await run("mkfs.ext4", ["-q", "-F", "-d", top, image], options);
  await Deno.remove(top, { recursive: true });
}

const isLink = (entry: MemoryEntry): entry is { readonly link: string } =>
  typeof entry === "object" && "link" in entry;

async function writeEntry(path: string, entry: MemoryEntry): Promise<void> {
  if (isLink(entry)) {
    // What the link points to may not be there yet, and is written through it.
    await Deno.mkdir(join(dirname(path), entry.link, ".."), { recursive: true });
    if (!entry.link.includes(".")) await Deno.mkdir(join(dirname(path), entry.link), { recursive: true });
    await Deno.mkdir(dirname(path), { recursive: true });
    return await Deno.symlink(entry.link, path);
  }
  await Deno.mkdir(dirname(path), { recursive: true });
  if (typeof entry === "string") await Deno.writeTextFile(path, entry);
  else await Deno.writeFile(path, entry);
}

/** Makes all filesystems and copies the files into them, in one appliance. */
async function fill(folder: string, trees: string): Promise<void> {
  const { accelerator } = await probeAccelerator(new AbortController().signal);
  const images = [...FAMILIES.map(({ id }) => join(folder, `${id}.raw`)), trees];
  const disks = images.map((path) => ({ path, format: "raw" as const }));
  const { session } = await openSession({ disks, accelerator, tmpDir: folder });
  await using _session = session;
  const letter = (index: number): string => String.fromCharCode(97 + index);
  await applianceShell(
    session,
    `mkdir /tmp/t && mount -o ro ${deviceWord(`/dev/sd${letter(FAMILIES.length)}`)} /tmp/t`,
  );
  for (const [index, family] of FAMILIES.entries()) {
    await applianceShell(session, fillScript(family, `/dev/sd${letter(index)}`));
  }
  await applianceShell(session, "umount /tmp/t");
  await session.close();
}

/** The script that fills one disk. */
function fillScript({ id, partitions }: Family, disk: string): string {
  const word = ({ number }: FamilyPartition): string => deviceWord(`${disk}${number}`);
  const lines = ["set -e", `mkdir -p /tmp/${id}`];
  for (const one of partitions) if (one.type !== "swap") lines.push(makeFilesystem(one, word(one)));
  const mounts: (readonly [path: string, options: string, device: string])[] = [];
  for (const one of partitions) {
    if (one.path !== undefined) mounts.push([one.path, "rw", word(one)]);
    if (one.subvolumes === undefined) continue;
    lines.push(...subvolumeLines(one, word(one)));
    for (const [path, name] of Object.entries(one.subvolumes)) {
      mounts.push([path, `subvol=${name}`, word(one)]);
    }
  }
  mounts.sort(([a], [b]) => a.length - b.length);
  for (const [path, options, device] of mounts) {
    lines.push(`mkdir -p /tmp/${id}${path}; mount -o ${options} ${device} /tmp/${id}${path}`);
  }
  lines.push(`cp -dR /tmp/t/${id}/. /tmp/${id}/`); // no owners and modes: FAT has none
  for (const [path] of mounts.toReversed()) lines.push(`umount /tmp/${id}${path}`);
  return lines.join("\n");
}

function makeFilesystem({ type, uuid }: FamilyPartition, device: string): string {
  switch (type) {
    case "vfat":
      return `mkfs.vfat -F 32 -s 1 -i ${uuid.replace("-", "")} ${device} >/dev/null`;
    case "xfs":
      return `mkfs.xfs -q -m uuid=${uuid} ${device}`;
    case "btrfs":
      return `mkfs.btrfs -q -U ${uuid} ${device}`;
    default:
      return `mkfs.ext4 -q -F -U ${uuid} ${device}`;
  }
}

/** Subvolumes, with the folders above them as subvolumes or plain folders. */
function subvolumeLines({ subvolumes = {}, rootIsDefault }: FamilyPartition, device: string): string[] {
  const names = Object.values(subvolumes);
  return [
    `mkdir -p /tmp/top; mount ${device} /tmp/top`,
    ...names.some((name) => name.startsWith("@/")) ? ["btrfs -q subvolume create /tmp/top/@"] : [],
    ...names.map((name) =>
      `mkdir -p "$(dirname /tmp/top/${name})"; btrfs -q subvolume create /tmp/top/${name}`
    ),
    ...rootIsDefault ? [`btrfs -q subvolume set-default /tmp/top/${names[0]}`] : [],
    "umount /tmp/top",
  ];
}
