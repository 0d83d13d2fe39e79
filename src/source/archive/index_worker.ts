/**
 * The thread that reads the index of a foreign archive. It may read that file and nothing else.
 *
 * @module
 */
import { indexTar, type TarMember } from "../tar/index.ts";
import { windowFile } from "../input/window.ts";
import { answer } from "../worker/answer.ts";
import type { IndexRequest } from "./read_index.ts";
import { indexZip, type ZipEntry } from "./zip_index.ts";

answer(async ({ kind, window, maxMembers }: IndexRequest): Promise<TarMember[] | ZipEntry[]> => {
  if (kind === "zip") return await indexZip(window, maxMembers);
  using file = await Deno.open(window.path, { read: true });
  return await indexTar(windowFile(file, window), { path: window.path, maxMembers });
});
