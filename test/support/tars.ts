/**
 * Tar files, made and listed with the real tar.
 *
 * @module
 */
import { runCommand } from "../../src/run/command.ts";

const BLOCK = 512;

/** Packs files of a folder in this order; `format` is GNU tar's `--format`. */
export async function makeTar(
  tar: string,
  folder: string,
  names: readonly string[],
  format = "ustar",
): Promise<void> {
  await runCommand("tar", ["-C", folder, `--format=${format}`, "-cf", tar, "--", ...names]);
}

/** What `tar tv` says of a tar: size and name of each member. */
export async function listTar(tar: string): Promise<{ readonly name: string; readonly sizeBytes: number }[]> {
  const { stdout } = await runCommand("tar", ["-tvf", tar, "--quoting-style=literal", "--full-time"]);
  return stdout.trimEnd().split("\n").map((line) => {
    const [, sizeBytes, name] = /^\S+\s+\S+\s+(\d+)\s+\S+\s+\S+\s+(.*)$/.exec(line) ?? [];
    return { name: name ?? "", sizeBytes: Number(sizeBytes) };
  });
}

/**
 * A tar of one file of `sizeBytes` zeros, as GNU tar writes its header, followed by the members of another tar.
 * The zeros are a hole: nothing of that size is written.
 */
export async function makeHugeTar(
  tar: string,
  huge: { readonly name: string; readonly sizeBytes: number; readonly format: string },
  folder: string,
  rest: readonly string[],
): Promise<void> {
  const path = `${folder}/${huge.name}`;
  await Deno.writeFile(path, new Uint8Array());
  await Deno.truncate(path, huge.sizeBytes);
  const headerBytes = huge.format === "gnu" ? BLOCK : 3 * BLOCK; // pax puts a header of two blocks before it
  const child = new Deno.Command("tar", {
    args: ["-C", folder, `--format=${huge.format}`, "-cf", "-", huge.name],
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  await reader.cancel();
  await child.status;
  await Deno.remove(path);
  await makeTar(`${tar}.rest`, folder, rest, huge.format);
  using file = await Deno.open(tar, { write: true, create: true });
  await file.write(value!.subarray(0, headerBytes));
  await file.seek(headerBytes + Math.ceil(huge.sizeBytes / BLOCK) * BLOCK, Deno.SeekMode.Start);
  await file.write(await Deno.readFile(`${tar}.rest`));
  await Deno.remove(`${tar}.rest`);
}
