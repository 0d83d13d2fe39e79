import { assertEquals, assertRejects } from "@std/assert";
import { NativeHttp, NativeHttpError } from "../../../../src/source/vsphere/http/native_http.ts";

/** A server that sends parts of so many bytes, then ends or, when told so, says nothing more. */
function serve(parts: readonly number[], ending: "end" | "stall"): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => {
    let next = 0;
    return new Response(
      new ReadableStream({
        pull: (controller) => {
          const length = parts[next++];
          if (length !== undefined) controller.enqueue(new Uint8Array(length).fill(next));
          else if (ending === "end") controller.close();
          else return new Promise(() => {});
        },
      }),
    );
  });
}

async function received({ addr }: Deno.HttpServer<Deno.NetAddr>, stallMs: number): Promise<number[]> {
  const signal = new AbortController().signal;
  using http = new NativeHttp(`http://127.0.0.1:${addr.port}`, { pem: undefined, signal, stallMs });
  const reply = await http.send({ method: "GET", path: "/" });
  const counts: number[] = [];
  for await (const bytes of reply.body) {
    for (const value of bytes) counts[value - 1] = (counts[value - 1] ?? 0) + 1;
  }
  return counts;
}

Deno.test("NativeHttp.send() yields every byte, however the answer is cut", async () => {
  for (const parts of [[], [1], [128 * 1024], [200_000, 1, 131_071, 777]]) {
    await using server = serve(parts, "end");
    assertEquals(await received(server, 10_000), parts);
  }
});

Deno.test("NativeHttp.send() gives up a server that falls silent", async () => {
  await using server = serve([1000], "stall");
  await assertRejects(() => received(server, 200), NativeHttpError);
});
