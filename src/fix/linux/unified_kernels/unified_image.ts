/**
 * What a unified kernel image holds: its arguments for the kernel, the kernel's release, and its initramfs, which is
 * put into a file of its own on the host.
 *
 * @module
 */
import { MigrateError } from "../../../model/error.ts";
import { type Image, readImage } from "../initramfs/image.ts";
import { ImageFile } from "../initramfs/image_file.ts";
import { parsePe, type PeImage, type PeSection } from "./pe_image.ts";

/** The headers are within the first bytes of a file. */
const HEAD_BYTES = 64 * 1024;
/** Texts longer than this, in bytes, are none. */
const TEXT_BYTES = 64 * 1024;
/** How much of a kernel's header is read, and how long the name of a release may be, in bytes. */
const SETUP_BYTES = 0x210, RELEASE_BYTES = 256;

/** A unified kernel image. */
export interface UnifiedImage {
  /** The beginning of the file, all headers included. */
  readonly head: Uint8Array<ArrayBuffer>;
  /** What the headers say. */
  readonly pe: PeImage;
  /** Length of the file in bytes. */
  readonly sizeBytes: number;
  /** Arguments for the kernel, empty when it has none of its own. */
  readonly cmdline: string;
  /** The kernel's release; undefined when the image does not say it. */
  readonly release?: string;
  /** The initramfs, or why it cannot be read. */
  readonly initramfs: Image | MigrateError;
}

/**
 * Reads a file of the host.
 *
 * @param initrdPath where the initramfs is put
 * @returns null when it is no unified kernel image with an initramfs
 * @throws {MigrateError} `run/cancelled`
 */
export async function readUnified(
  path: string,
  initrdPath: string,
  signal: AbortSignal,
): Promise<UnifiedImage | null> {
  using file = await ImageFile.open(path);
  const head = await file.readAt(0, HEAD_BYTES);
  const pe = parsePe(head);
  const find = (name: string): PeSection | undefined => pe?.sections.find((one) => one.name === name);
  const initrd = find(".initrd"), linux = find(".linux");
  if (pe === null || initrd === undefined || linux === undefined) return null;
  const textOf = async (name: string): Promise<string> => {
    const section = find(name);
    if (section === undefined || section.sizeBytes > TEXT_BYTES) return "";
    const text = new TextDecoder().decode(await file.readAt(section.offset, section.sizeBytes));
    return text.replace(/\0[^]*$/, "").trim();
  };
  await copyPart(file, initrd, initrdPath);
  const release = await textOf(".uname") || await kernelRelease(file, linux);
  return {
    head,
    pe,
    sizeBytes: file.sizeBytes,
    cmdline: await textOf(".cmdline"),
    ...(release === "" ? {} : { release }),
    initramfs: await readOrWhy(initrdPath, signal),
  };
}

/** The release in a kernel for x86: its header points to the text (Documentation/arch/x86/boot.rst, kernel_version). */
async function kernelRelease(file: ImageFile, { offset, sizeBytes }: PeSection): Promise<string> {
  const setup = await file.readAt(offset, Math.min(sizeBytes, SETUP_BYTES));
  if (setup.length < SETUP_BYTES || new TextDecoder().decode(setup.subarray(0x202, 0x206)) !== "HdrS") {
    return "";
  }
  const at = new DataView(setup.buffer).getUint16(0x20e, true) + 0x200;
  const text = await file.readAt(offset + at, Math.max(0, Math.min(RELEASE_BYTES, sizeBytes - at)));
  return /^[\x21-\x7e]+/.exec(new TextDecoder().decode(text))?.[0] ?? "";
}

async function readOrWhy(path: string, signal: AbortSignal): Promise<Image | MigrateError> {
  try {
    return await readImage(path, signal);
  } catch (error) {
    const known = ["guest/unsupported", "tool/missing"];
    if (error instanceof MigrateError && known.includes(error.code)) return error;
    throw error;
  }
}

async function copyPart(file: ImageFile, { offset, sizeBytes }: PeSection, to: string): Promise<void> {
  using target = await Deno.open(to, { write: true, create: true, truncate: true });
  for await (const chunk of file.chunks(offset, offset + sizeBytes)) {
    for (let rest = chunk; rest.length > 0;) rest = rest.subarray(await target.write(rest));
  }
}
