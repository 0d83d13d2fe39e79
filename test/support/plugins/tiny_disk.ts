/**
 * Example of a plugin with an input kind: a raw disk behind a header of one sector that begins with "TINYDISK".
 *
 * @module
 */
import type { InputHead, Plugin, Source } from "../../../mod.ts";

const HEADER_BYTES = 512;

const tinyDisk: Source = {
  kind: "tiny-disk",
  title: "tiny disk",
  matches: ({ bytes }) => new TextDecoder().decode(bytes.subarray(0, 8)) === "TINYDISK",
  // deno-lint-ignore require-await
  read: async (head) => ({ disks: [diskOf(head)] }),
};

function diskOf({ path, sizeBytes }: InputHead): Awaited<ReturnType<Source["read"]>>["disks"][number] {
  const length = sizeBytes - HEADER_BYTES;
  if (length <= 0 || length % 512 !== 0) throw new Error(`${path} is cut off`);
  const file = { driver: "file", filename: path };
  return {
    path,
    image: `json:${JSON.stringify({ driver: "raw", offset: HEADER_BYTES, size: length, file })}`,
    format: "raw",
    virtualSizeBytes: length,
    allocatedSizeBytes: length,
    files: [path],
  };
}

export default { name: "tiny", sources: [tinyDisk] } satisfies Plugin;
