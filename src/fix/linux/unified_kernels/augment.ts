/**
 * The bytes that give an unsigned unified kernel image more drivers and other arguments, without running anything:
 * its sections are written anew behind the old ones.
 *
 * @module
 */
import { basename, join } from "@std/path";
import { sha256OfFile } from "../../../disk/checksum.ts";
import type { AppendChange } from "../../../model/change.ts";
import { replaceSections } from "./replace_sections.ts";
import type { UnifiedImage } from "./unified_image.ts";

/** A section's new content: bytes, behind a file of the host where there is one. */
export interface NewContent {
  /** Name of the section. */
  readonly name: string;
  /** File whose bytes come first, and their number. */
  readonly file?: { readonly path: string; readonly sizeBytes: number };
  /** The bytes. */
  readonly bytes: Uint8Array;
}

/** What the record says. */
export interface Wording {
  /** The id of the fix. */
  readonly fix: string;
  /** What is new in the image, a line each. */
  readonly members: readonly string[];
  /** Why, in one sentence. */
  readonly why: string;
}

/** The change of an image; the bytes to add are put into a file in the work folder. */
export async function appendSections(
  path: string,
  image: UnifiedImage,
  contents: readonly NewContent[],
  workDir: string,
  { fix, members, why }: Wording,
): Promise<AppendChange> {
  const sizes = contents.map(({ name, file, bytes }) => ({
    name,
    sizeBytes: (file?.sizeBytes ?? 0) + bytes.length,
  }));
  const { offsets, addedBytes, patch } = replaceSections(image.head, image.pe, image.sizeBytes, sizes);
  const partial = join(workDir, "unified-kernel.add");
  await writeSections(partial, contents, offsets, addedBytes);
  const contentSha256 = await sha256OfFile(partial);
  const contentFile = join(workDir, `${basename(path)}.${contentSha256.slice(0, 8)}.add`);
  await Deno.rename(partial, contentFile);
  return {
    ...{ kind: "append", fix, path, lengthBefore: image.sizeBytes },
    ...{ contentFile, contentBytes: addedBytes, contentSha256, members, patch, why },
  };
}

async function writeSections(
  to: string,
  contents: readonly NewContent[],
  offsets: readonly number[],
  sizeBytes: number,
): Promise<void> {
  using target = await Deno.open(to, { write: true, create: true, truncate: true });
  for (const [index, { file, bytes }] of contents.entries()) {
    await target.seek(offsets[index]!, Deno.SeekMode.Start);
    if (file !== undefined) {
      using source = await Deno.open(file.path);
      await source.readable.pipeTo(target.writable, { preventClose: true });
    }
    for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await target.write(rest));
  }
  await target.truncate(sizeBytes);
}
