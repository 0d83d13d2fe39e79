/**
 * Command `fetch`.
 *
 * @module
 */
import { basename, extname } from "@std/path";
import { MigrateError } from "../model/error.ts";
import { type Page, pageFor, paragraph } from "../report/page.ts";
import type { Downloaded } from "../source/ssh/download.ts";
import { size } from "../ui/size.ts";
import { requireSource } from "./convert.ts";
import { print } from "./output.ts";
import { type Session, withSession } from "./session.ts";

/** How often a word on a download is given, in milliseconds. */
const WORD_EVERY_MS = 1_000;

/** Downloads machines and prints which files came. */
export async function run(args: readonly string[]): Promise<number> {
  return await withSession("fetch", args, async (session) => {
    const { job } = session;
    requireSource("fetch", job);
    const { output } = job;
    if (output === undefined) {
      throw new MigrateError("usage/missing-argument", "Cannot fetch: no output folder is given.", {
        hint: "Name one: -o DIR",
      });
    }
    const files: Downloaded[] = [];
    for (const address of job.source) files.push(...await fetchOne(session, address, output));
    session.endProgress();
    if (job.json) print(`${JSON.stringify({ files }, null, 2)}\n`);
    else if (!job.quiet) print(fetchedLines(pageFor(session.page), files).join("\n") + "\n");
    return 0;
  });
}

/** Shows the work as one stage. */
async function fetchOne(
  { job, signal, emit }: Session,
  address: string,
  folder: string,
): Promise<Downloaded[]> {
  const { fetchOverSsh } = await import("../source/ssh/ssh.ts");
  const vm = basename(address, extname(address));
  const stage = "discover";
  const startedMs = performance.now();
  let wordMs = startedMs;
  const onProgress = (name: string, doneBytes: number, totalBytes: number): void => {
    if (performance.now() - wordMs < WORD_EVERY_MS) return;
    wordMs = performance.now();
    emit({ type: "activity", vm, stage, message: `${name}: ${size(doneBytes)} of ${size(totalBytes)}` });
  };
  const end = (status: "done" | "failed", summary: string): void =>
    emit({
      type: "stage-end",
      vm,
      stage,
      status,
      elapsedMs: Math.round(performance.now() - startedMs),
      summary,
    });
  emit({ type: "stage-start", vm, stage, title: "Fetch the files" });
  try {
    const { files } = await fetchOverSsh({ address, folder, job, signal, onProgress });
    end("done", files.length === 1 ? "1 file" : `${files.length} files`);
    return [...files];
  } catch (error) {
    end("failed", error instanceof Error ? error.message : String(error));
    throw error;
  }
}

/** What came, a line each. */
export function fetchedLines(page: Page, files: readonly Downloaded[]): string[] {
  return files.flatMap(({ path, sizeBytes, resumedBytes, sha256 }) => {
    const facts = [
      size(sizeBytes),
      resumedBytes === 0 ? "" : `${size(resumedBytes)} of them from before`,
      sha256 === undefined ? "length checked" : "SHA-256 checked",
    ];
    return paragraph(page, `${path}: ${facts.filter((fact) => fact !== "").join(", ")}`);
  });
}
