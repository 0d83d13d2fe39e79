import { assertEquals } from "@std/assert";
import { PassThrough } from "node:stream";
import type tls from "node:tls";
import { FlowingSocket } from "../../../../src/source/vsphere/http/flowing_socket.ts";

Deno.test("FlowingSocket.read() gives what has come in parts of 64 KiB", async () => {
  const socket = new PassThrough({ highWaterMark: 1024 ** 2 });
  const flowing = new FlowingSocket(socket as unknown as tls.TLSSocket);
  const packet = new Uint8Array(4096);
  for (let count = 0; count < 64; count++) socket.write(packet);
  socket.write(packet.subarray(0, 100));
  while (flowing.readableLength < 4 * 65_536 + 100) await new Promise((later) => setTimeout(later));
  const got: Uint8Array[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  flowing.on("readable", () => {
    for (let bytes = flowing.read(); bytes !== null; bytes = flowing.read()) got.push(bytes as Uint8Array);
  });
  flowing.once("end", resolve);
  socket.end();
  await promise;
  assertEquals(got.map(({ length }) => length), [65_536, 65_536, 65_536, 65_536, 100]);
});
