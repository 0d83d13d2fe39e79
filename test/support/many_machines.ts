/**
 * A batch of many machines whose disks are simulated: sparse raw files with nothing but a boot signature.
 *
 * @module
 */
import { join } from "@std/path";

const DISK_BYTES = 64 * 1024 ** 2;

/** Writes the disks and the job file `many.yaml`; returns the path of that. */
export async function makeManyMachines(folder: string, count: number): Promise<string> {
  const disks = join(folder, "disks");
  await Deno.mkdir(disks);
  const lines = [`output: ${join(folder, "out")}`, "vms:"];
  for (let index = 0; index < count; index++) {
    const path = join(disks, `vm-${index}.raw`);
    using file = await Deno.open(path, { write: true, create: true });
    await file.truncate(DISK_BYTES);
    await file.seek(510, Deno.SeekMode.Start);
    await file.write(new Uint8Array([0x55, 0xaa]));
    lines.push(`  - name: vm-${index}`, `    source: [${path}]`);
  }
  const job = join(folder, "many.yaml");
  await Deno.writeTextFile(job, `${lines.join("\n")}\n`);
  return job;
}
