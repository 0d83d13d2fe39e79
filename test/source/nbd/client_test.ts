import { assertEquals, assertRejects } from "@std/assert";
import { NbdClient } from "../../../src/source/nbd/client.ts";
import type { Blocks } from "../../../src/source/nbd/connection.ts";
import { NbdServer } from "../../../src/source/nbd/server.ts";
import { Gone } from "../../../src/source/nbd/wire.ts";
import { TempFolder } from "../../support/temp.ts";

const MIB = 1024 * 1024;

/** What a sector is filled with; not the same for sectors that lie a round number apart. */
const fillOf = (sector: number): number => sector % 251;

/** Blocks in which every sector is filled with its number; one of them cannot be read. */
function blocks(sizeBytes: number, broken = -1): Blocks {
  return {
    sizeBytes,
    read: (offset, length) => {
      const bytes = new Uint8Array(length);
      for (let at = 0; at < length; at += 512) {
        const sector = (offset + at) / 512;
        if (sector === broken) throw new Error("broken");
        bytes.fill(fillOf(sector), at, at + 512);
      }
      return Promise.resolve(bytes);
    },
    runs: (_offset, length) => Promise.resolve([{ length, isHole: false }]),
  };
}

Deno.test("NbdClient.read() reads what a server serves, also more than one request takes", async () => {
  await using folder = await TempFolder.create();
  await using _server = new NbdServer(folder.file("socket"), blocks(48 * MIB));
  using client = await NbdClient.connect(folder.file("socket"));
  assertEquals(client.sizeBytes, 48 * MIB);
  const bytes = await client.read(512, 40 * MIB);
  assertEquals([bytes.length, bytes[0], bytes[511], bytes[512]], [40 * MIB, 1, 1, 2]);
  assertEquals(bytes.at(-1), fillOf(40 * MIB / 512));
});

Deno.test("NbdClient.read() answers several who ask at once, each with its own", async () => {
  await using folder = await TempFolder.create();
  await using _server = new NbdServer(folder.file("socket"), blocks(MIB));
  using client = await NbdClient.connect(folder.file("socket"));
  const all = await Promise.all([5, 3, 9].map((sector) => client.read(sector * 512, 512)));
  assertEquals(all.map(([first]) => first), [5, 3, 9]);
});

Deno.test("NbdClient.read() fails for what cannot be read, and goes on with the next", async () => {
  await using folder = await TempFolder.create();
  await using _server = new NbdServer(folder.file("socket"), blocks(MIB, 7));
  using client = await NbdClient.connect(folder.file("socket"));
  await assertRejects(() => client.read(7 * 512, 512), Gone, "error 5");
  assertEquals((await client.read(8 * 512, 512))[0], 8);
});

Deno.test("NbdClient.read() fails when the server has ended", async () => {
  await using folder = await TempFolder.create();
  const server = new NbdServer(folder.file("socket"), blocks(MIB));
  using client = await NbdClient.connect(folder.file("socket"));
  await server[Symbol.asyncDispose]();
  await assertRejects(() => client.read(0, 512), Gone);
});

Deno.test("NbdClient.connect() refuses what is no NBD server", async () => {
  await using folder = await TempFolder.create();
  using listener = Deno.listen({ transport: "unix", path: folder.file("socket") });
  const served = (async () => {
    using conn = await listener.accept();
    await conn.write(new TextEncoder().encode("SSH-2.0-OpenSSH_9.2\r\n".repeat(2)));
    await conn.read(new Uint8Array(64)).catch(() => null);
  })();
  await assertRejects(() => NbdClient.connect(folder.file("socket")), Gone);
  await served;
});

Deno.test("NbdClient.connect() ends when it is cancelled, whatever the server waits for", async () => {
  await using folder = await TempFolder.create();
  using listener = Deno.listen({ transport: "unix", path: folder.file("socket") });
  const cancel = new AbortController();
  const connected = NbdClient.connect(folder.file("socket"), cancel.signal);
  using _conn = await listener.accept();
  cancel.abort();
  await assertRejects(() => connected);
});

Deno.test("NbdClient.read() ends when it is cancelled", async () => {
  await using folder = await TempFolder.create();
  const asked = Promise.withResolvers<void>(), answer = Promise.withResolvers<Uint8Array<ArrayBuffer>>();
  const waits: Blocks = { ...blocks(MIB), read: () => (asked.resolve(), answer.promise) };
  await using _server = new NbdServer(folder.file("socket"), waits);
  const cancel = new AbortController();
  using client = await NbdClient.connect(folder.file("socket"), cancel.signal);
  const read = client.read(0, 512);
  await asked.promise;
  cancel.abort();
  await assertRejects(() => read);
  answer.resolve(new Uint8Array(512));
});
