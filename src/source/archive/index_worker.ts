/**
 * The thread that reads the index of a foreign archive. It may read that file and nothing else.
 *
 * @module
 */
import { readWindow, type Window, windowFile } from "../input/window.ts";
import { indexTar } from "../tar/index.ts";
import { checkInside } from "../vmdk/check.ts";
import { isVmdk, MAGIC_BYTES } from "../vmdk/descriptor.ts";
import { answer, attempt } from "../worker/answer.ts";
import type { IndexRequest, TarEntry } from "./read_index.ts";
import { indexZip, type ZipEntry } from "./zip_index.ts";

answer(async ({ kind, window, maxMembers }: IndexRequest): Promise<TarEntry[] | ZipEntry[]> => {
  if (kind === "zip") return await indexZip(window, maxMembers);
  using file = await Deno.open(window.path, { read: true });
  const entries: TarEntry[] = [];
  for (const member of await indexTar(windowFile(file, window), { path: window.path, maxMembers })) {
    const { offset, sizeBytes, type } = member;
    const inside = { path: window.path, offset: window.offset + offset, sizeBytes };
    entries.push(type === "file" ? { ...member, window: await lookedAt(inside, file) } : member);
  }
  return entries;
});

/** A member; what is in a VMware disk is read here, where the file is open, and not by a thread for each. */
async function lookedAt(inside: Window, file: Deno.FsFile): Promise<Window> {
  const isDisk = isVmdk(await readWindow(file, inside, 0, MAGIC_BYTES));
  return isDisk ? { ...inside, vmdk: await attempt(() => checkInside(inside)) } : inside;
}
