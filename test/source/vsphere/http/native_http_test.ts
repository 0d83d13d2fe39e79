import { assert, assertEquals, assertRejects } from "@std/assert";
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

/** A server that sends so many bytes every so many milliseconds. */
function trickle(partBytes: number, everyMs: number): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => {
    let timer: ReturnType<typeof setInterval>;
    return new Response(
      new ReadableStream({
        start: (controller) => {
          timer = setInterval(() => controller.enqueue(new Uint8Array(partBytes)), everyMs);
        },
        cancel: () => clearInterval(timer),
      }),
    );
  });
}

function client({ addr }: Deno.HttpServer<Deno.NetAddr>, stallMs: number): NativeHttp {
  const signal = new AbortController().signal;
  return new NativeHttp(`http://127.0.0.1:${addr.port}`, { pem: undefined, signal, stallMs });
}

async function received(server: Deno.HttpServer<Deno.NetAddr>, stallMs: number): Promise<number[]> {
  using http = client(server, stallMs);
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

Deno.test("NativeHttp.send() leaves what it yields until the one after the next", async () => {
  await using server = serve([1_000_000, 1_000_000, 1_000_000, 1_000_000], "end");
  using http = client(server, 10_000);
  const reply = await http.send({ method: "GET", path: "/" });
  let last: { readonly bytes: Uint8Array; readonly copy: Uint8Array } | undefined;
  for await (const bytes of reply.body) {
    if (last !== undefined) assert(last.copy.every((value, at) => value === last!.bytes[at]));
    last = { bytes, copy: bytes.slice() };
  }
});

Deno.test("NativeHttp.send() waits for less from a server that sends little", async () => {
  await using server = trickle(16 * 1024, 150);
  using http = client(server, 10_000);
  const reply = await http.send({ method: "GET", path: "/" });
  const lengths: number[] = [];
  for await (const { length } of reply.body) if (lengths.push(length) === 4) break;
  assertEquals(lengths, [8, 4, 2, 2].map((parts) => parts * 16 * 1024));
});
