/**
 * LVM2 physical volumes written byte by byte, so that a volume group needs neither root nor a loop device. The
 * format is that of lvm2's lib/format_text (layout.h, `struct pv_header`, `struct mda_header`) and of its text
 * metadata (vgcfgbackup(8)).
 *
 * @module
 */

const SECTOR = 512;
/** Where the first metadata area lies, and where the data begins: lvm2's own defaults. */
const MDA_START = 4096;
const DATA_START = 1024 * 1024;
/** Size of a physical extent: 4 MiB. */
export const EXTENT_BYTES = 4 * 1024 * 1024;
const EXTENT_SECTORS = EXTENT_BYTES / SECTOR;
/** lvm2's seed of its CRC-32 (lib/misc/crc.h, INITIAL_CRC). */
const INITIAL_CRC = 0xf597a6cf;

/** One logical volume; its extents are taken from the physical volumes in order. */
export interface LogicalVolume {
  /** Name. */
  readonly name: string;
  /** Size in extents. */
  readonly extents: number;
}

/** A stretch of a logical volume on one physical volume. */
export interface Segment {
  /** Name of the logical volume. */
  readonly volume: string;
  /** Index of the physical volume. */
  readonly pv: number;
  /** First extent in the logical volume. */
  readonly from: number;
  /** First extent on the physical volume. */
  readonly at: number;
  /** Number of extents. */
  readonly extents: number;
}

/** A volume group, laid out. */
export interface VolumeGroup {
  /** Name. */
  readonly name: string;
  /** Sizes of the physical volumes in bytes. */
  readonly pvBytes: readonly number[];
  /** Where each logical volume lies. */
  readonly segments: readonly Segment[];
}

/** How many extents fit on a physical volume. */
export function extentsOf(pvBytes: number): number {
  return Math.floor((pvBytes - DATA_START) / EXTENT_BYTES);
}

/** Offset of an extent on its physical volume, in bytes. */
export function extentOffset(extent: number): number {
  return DATA_START + extent * EXTENT_BYTES;
}

/** Lays logical volumes out one after the other, from one physical volume to the next. */
export function layOut(
  name: string,
  pvBytes: readonly number[],
  volumes: readonly LogicalVolume[],
): VolumeGroup {
  const segments: Segment[] = [];
  let pv = 0, at = 0;
  for (const volume of volumes) {
    for (let from = 0; from < volume.extents;) {
      const free = extentsOf(pvBytes[pv] ?? 0) - at;
      if (pv >= pvBytes.length) throw new RangeError(`Cannot lay out ${name}: it has too few extents.`);
      const extents = Math.min(free, volume.extents - from);
      if (extents > 0) segments.push({ volume: volume.name, pv, from, at, extents });
      from += extents;
      at += extents;
      if (extents === free) [pv, at] = [pv + 1, 0];
    }
  }
  return { name, pvBytes, segments };
}

/** The first MiB of a physical volume: label, header and metadata. */
export function pvHeader(group: VolumeGroup, pv: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(DATA_START);
  const text = new TextEncoder().encode(metadata(group) + "\0");
  writeLabel(bytes, uuid(`pv${pv}`), group.pvBytes[pv] ?? 0);
  bytes.set(text, MDA_START + SECTOR);
  const view = new DataView(bytes.buffer, MDA_START, SECTOR);
  bytes.set(new TextEncoder().encode(" LVM2 x[5A%r0N*>"), MDA_START + 4);
  view.setUint32(20, 1, true);
  view.setBigUint64(24, BigInt(MDA_START), true);
  view.setBigUint64(32, BigInt(DATA_START - MDA_START), true);
  view.setBigUint64(40, BigInt(SECTOR), true);
  view.setBigUint64(48, BigInt(text.length), true);
  view.setUint32(56, crc(text), true);
  view.setUint32(0, crc(bytes.subarray(MDA_START + 4, MDA_START + SECTOR)), true);
  return bytes;
}

/** `struct label_header` in the second sector, `struct pv_header` behind it. */
function writeLabel(bytes: Uint8Array<ArrayBuffer>, id: string, sizeBytes: number): void {
  const view = new DataView(bytes.buffer, SECTOR, SECTOR);
  const ascii = (text: string, at: number): void => bytes.set(new TextEncoder().encode(text), SECTOR + at);
  ascii("LABELONE", 0);
  view.setBigUint64(8, 1n, true);
  view.setUint32(20, 32, true);
  ascii("LVM2 001", 24);
  ascii(id.replaceAll("-", ""), 32);
  view.setBigUint64(64, BigInt(sizeBytes), true);
  view.setBigUint64(72, BigInt(DATA_START), true); // one data area to the end, then the end of the list
  view.setBigUint64(104, BigInt(MDA_START), true); // one metadata area, then the end of the list
  view.setBigUint64(112, BigInt(DATA_START - MDA_START), true);
  view.setUint32(136, 2, true); // version of the extension
  view.setUint32(140, 1, true); // PV_EXT_USED
  view.setUint32(16, crc(bytes.subarray(SECTOR + 20, SECTOR * 2)), true);
}

/** The text that describes the group. */
function metadata(group: VolumeGroup): string {
  const pvs = group.pvBytes.map((size, index) =>
    `pv${index} {\nid = "${uuid(`pv${index}`)}"\ndevice = "/dev/pv${index}"\nstatus = ["ALLOCATABLE"]\n` +
    `flags = []\ndev_size = ${size / SECTOR}\npe_start = ${DATA_START / SECTOR}\npe_count = ${
      extentsOf(size)
    }\n}\n`
  );
  const names = [...new Set(group.segments.map(({ volume }) => volume))];
  const lvs = names.map((name) => {
    const segments = group.segments.filter(({ volume }) => volume === name);
    const parts = segments.map(({ pv, from, at, extents }, index) =>
      `segment${index + 1} {\nstart_extent = ${from}\nextent_count = ${extents}\ntype = "striped"\n` +
      `stripe_count = 1\nstripes = [\n"pv${pv}", ${at}\n]\n}\n`
    );
    return `${name} {\nid = "${
      uuid(`lv${group.name}${name}`)
    }"\nstatus = ["READ", "WRITE", "VISIBLE"]\nflags = []\n` +
      `creation_time = 1700000000\ncreation_host = "vmguest"\nsegment_count = ${parts.length}\n${
        parts.join("")
      }}\n`;
  });
  return `${group.name} {\nid = "${uuid(`vg${group.name}`)}"\nseqno = 1\nformat = "lvm2"\n` +
    `status = ["RESIZEABLE", "READ", "WRITE"]\nflags = []\nextent_size = ${EXTENT_SECTORS}\nmax_lv = 0\nmax_pv = 0\n` +
    `metadata_copies = 0\nphysical_volumes {\n${pvs.join("")}}\nlogical_volumes {\n${lvs.join("")}}\n}\n` +
    `contents = "Text Format Volume Group"\nversion = 1\ndescription = ""\ncreation_host = "vmguest"\n` +
    `creation_time = 1700000000\n`;
}

/** An identifier in lvm2's form, 32 letters in groups of 6-4-4-4-4-4-6, made from a name. */
function uuid(name: string): string {
  const text = name.replaceAll(/[^A-Za-z0-9]/g, "").padEnd(32, "hyper2kvm").slice(0, 32);
  return text.replace(/^(.{6})(.{4})(.{4})(.{4})(.{4})(.{4})(.{6})$/, "$1-$2-$3-$4-$5-$6-$7");
}

/** CRC-32 as lvm2 computes it: reflected, its own seed, no final inversion. */
function crc(bytes: Uint8Array): number {
  let value = INITIAL_CRC;
  for (const byte of bytes) {
    value ^= byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  }
  return value >>> 0;
}
