/**
 * Example of a plugin with a converter: it lets a program work on the disks, here qemu-io, which stamps the first
 * sector.
 *
 * @module
 */
import type { Converter, Plugin } from "../../../mod.ts";

const stamp: Converter = {
  name: "stamp",
  title: "Stamp the disks",
  convert: async ({ overlays, signal, tell }) => {
    for (const { path } of overlays) {
      tell(`stamping ${path}`);
      const args = ["-f", "qcow2", "-c", "write -P 0x4b 0 512", path];
      const { success, stderr } = await new Deno.Command("qemu-io", { args, signal, stdout: "null" })
        .output();
      if (!success) throw new Error(`qemu-io: ${new TextDecoder().decode(stderr).trim()}`);
    }
    return { summary: `${overlays.length} stamped` };
  },
};

export default { name: "stamp", converters: [stamp] } satisfies Plugin;
