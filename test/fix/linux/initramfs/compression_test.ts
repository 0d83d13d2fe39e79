import { assertEquals } from "@std/assert";
import { detectCompression } from "../../../../src/fix/linux/initramfs/compression.ts";
import { COMPRESSORS, makeCpio, pipe } from "../../../support/archives.ts";
import { testNeeding } from "../../../support/needs.ts";

for (const [name, command] of Object.entries(COMPRESSORS)) {
  testNeeding(
    { programs: [command[0]!] },
    `detectCompression() knows what ${command.slice(0, -1).join(" ")} writes`,
    async () => {
      const bytes = await pipe(command, new TextEncoder().encode("content"));
      assertEquals(detectCompression(bytes), name);
    },
  );
}

testNeeding({ programs: ["cpio"] }, "detectCompression() knows a plain newc archive", async () => {
  assertEquals(detectCompression(await makeCpio({ a: "1" })), "none");
});

Deno.test("detectCompression() gives undefined for junk and for nothing", () => {
  assertEquals(detectCompression(new Uint8Array([0x7f, 0x45, 0x4c, 0x46])), undefined);
  assertEquals(detectCompression(new Uint8Array()), undefined);
});
