/**
 * What every input kind must keep, on a sample file: one function a rule, each throws an AssertionError when it is
 * broken. Needs qemu-img.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { sha256OfFile } from "../disk/checksum.ts";
import { runCommand } from "../run/command.ts";
import { selectSource } from "../orchestrator/disk_discovery.ts";
import { readHead } from "../source/input/input_head.ts";
import { type FoundMachine, type Source, SOURCES } from "../source/source.ts";
import { digestsBeside } from "./digests.ts";

/** A file to try an input kind on. */
export interface SourceSample {
  /** Its path; it and the files beside it must stay as they are. */
  readonly path: string;
  /** An empty folder in another place; it holds `seen.raw` afterwards. */
  readonly workDir: string;
  /** SHA-256 in hex of each disk as raw bytes, in order. */
  readonly disksSha256: readonly string[];
}

/** The kind is chosen for its sample, and no built-in kind takes it. */
export async function assertSelected(source: Source, { path }: SourceSample): Promise<void> {
  const selected = selectSource(await readHead(path), undefined, [...SOURCES, source]);
  assertEquals(selected.kind, source.kind, `${path} is taken for another kind`);
}

/** Reading finds disks that qemu reads with the right content, and leaves the input as it was. */
export async function assertReadsDisks(source: Source, sample: SourceSample): Promise<void> {
  const { path, workDir, disksSha256 } = sample;
  const before = await digestsBeside([path]);
  await using resources = new AsyncDisposableStack();
  const { signal } = new AbortController();
  const found: FoundMachine = await source.read(await readHead(path), {
    ...{ signal, resources, depth: 0, select: selectSource },
    workDir: () => Promise.resolve(workDir),
    job: { source: [path], kind: undefined, name: undefined },
  });
  assertEquals(found.disks.length, disksSha256.length, "another number of disks");
  for (const [index, disk] of found.disks.entries()) {
    assert(disk.files.length > 0, "a disk names the files that it is read from: resuming compares them");
    const image = disk.image.startsWith("json:")
      ? disk.image
      : `json:${JSON.stringify({ driver: disk.format, file: { driver: "file", filename: disk.image } })}`;
    const seen = join(workDir, "seen.raw");
    await runCommand("qemu-img", ["convert", "-O", "raw", image, seen]);
    assertEquals((await Deno.stat(seen)).size, disk.virtualSizeBytes, "virtualSizeBytes is not the size");
    assertEquals(await sha256OfFile(seen, signal), disksSha256[index], `disk ${index + 1} reads otherwise`);
  }
  assertEquals(await digestsBeside([path]), before, "reading has changed the input");
}
