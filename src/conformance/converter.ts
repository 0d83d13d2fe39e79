/**
 * What every converter must keep, on overlays that are made of sample disks: one function a rule, each throws an
 * AssertionError when it is broken. Needs qemu-img.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { join, resolve } from "@std/path";
import type { Converter, ConverterContext, ConverterResult } from "../converter/converter.ts";
import { createOverlays, type Overlay } from "../disk/overlay.ts";
import { imageInfo } from "../disk/qemu_img.ts";
import type { DiskFormat, SourceDisk } from "../model/disk.ts";
import type { Guest } from "../model/guest.ts";
import type { DiscoveredSource } from "../model/source.ts";
import { runCommand } from "../run/command.ts";
import { digestsBeside } from "./digests.ts";
import { linuxGuest } from "./fix.ts";
import { MemoryFiles } from "./memory_files.ts";

/** Disks to try a converter on. */
export interface ConverterSample {
  /** Image files in order; they and the files beside them must stay as they are. */
  readonly disks: readonly { readonly path: string; readonly format: DiskFormat }[];
  /** An empty folder in another place; it holds the overlays afterwards. */
  readonly workDir: string;
  /** What inspection would find in them; the rest is that of a small Linux guest. */
  readonly guest?: Partial<Guest>;
}

/**
 * Converting writes to the overlays and nowhere else, leaves them whole and closed, each on its source and as large as
 * before, and says what it has done in plain values. Returns that, and the overlays.
 */
export async function assertConvertsOverlays(
  converter: Converter,
  sample: ConverterSample,
): Promise<{ readonly result: ConverterResult; readonly overlays: readonly Overlay[] }> {
  const before = await digestsBeside(sample.disks.map(({ path }) => path));
  const told: string[] = [];
  const context = await contextOf(sample, new AbortController().signal, (line) => told.push(line));
  const overlays = structuredClone(context.overlays);
  const result = await converter.convert(context);
  assertEquals(
    await digestsBeside(sample.disks.map(({ path }) => path)),
    before,
    `${converter.name} has changed the source`,
  );
  for (const overlay of overlays) await assertStandsOnSource(converter, overlay);
  assertResult(converter, result);
  for (const line of told) assert(!line.includes("\n"), `${converter.name} tells more than a line at once`);
  return { result, overlays };
}

/** With a signal that is aborted, converting ends with an error and does not tell of success. */
export async function assertHeedsSignal(converter: Converter, sample: ConverterSample): Promise<void> {
  const before = await digestsBeside(sample.disks.map(({ path }) => path));
  const context = await contextOf(sample, AbortSignal.abort(), () => {});
  const outcome = await converter.convert(context).then(() => "converted", () => "stopped");
  assertEquals(outcome, "stopped", `${converter.name} goes on after Ctrl-C`);
  assertEquals(
    await digestsBeside(sample.disks.map(({ path }) => path)),
    before,
    `${converter.name} has changed the source`,
  );
}

async function contextOf(
  { disks, workDir, guest }: ConverterSample,
  signal: AbortSignal,
  tell: (line: string) => void,
): Promise<ConverterContext> {
  const found: SourceDisk[] = [];
  for (const { path, format } of disks) found.push(await diskOf(resolve(path), format));
  const [overlayDir, scratch] = [join(workDir, "overlays"), join(workDir, "scratch")];
  for (const folder of [overlayDir, scratch]) await Deno.mkdir(folder, { recursive: true });
  const source: DiscoveredSource = {
    ...{ kind: "sample", location: found[0]!.path, name: "sample", disks: found },
    machine: { nics: [] },
  };
  return {
    overlays: await createOverlays(found, overlayDir, new AbortController().signal),
    source,
    guest: await linuxGuest(new MemoryFiles(), guest),
    nics: [{ mac: "52:54:00:12:34:56", macOrigin: "generated" }],
    workDir: scratch,
    ...{ signal, tell },
  };
}

async function diskOf(path: string, format: DiskFormat): Promise<SourceDisk> {
  const { virtualSizeBytes, allocatedSizeBytes } = await imageInfo(path, format);
  return { path, image: path, format, virtualSizeBytes, allocatedSizeBytes, files: [path] };
}

async function assertStandsOnSource({ name }: Converter, { path, source }: Overlay): Promise<void> {
  // Without -U: an overlay that something still has open is locked.
  await runCommand("qemu-img", ["check", "-q", "-f", "qcow2", "--", path]);
  const { backingFile, virtualSizeBytes } = await imageInfo(path, "qcow2");
  assertEquals(backingFile, source.image, `${name} has put the overlay on something else`);
  assertEquals(virtualSizeBytes, source.virtualSizeBytes, `${name} has changed the size of a disk`);
}

function assertResult({ name }: Converter, result: ConverterResult): void {
  assertEquals(JSON.parse(JSON.stringify(result)), structuredClone(result), `${name}: no plain values`);
  assert(/^[^\n]+$/.test(result.summary), `${name} has no summary of one line`);
  for (const { fix, path, why } of result.changes ?? []) {
    assert(
      fix !== "" && path.startsWith("/") && why.length > 10,
      `${name}: a change says by what, where and why: ${fix}, ${path}, ${why}`,
    );
  }
  for (const { id, message } of result.concerns ?? []) {
    assert(id !== "" && message !== "", `${name}: a concern without an id or a message`);
  }
}
