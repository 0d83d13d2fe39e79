/** How many streams a download has, against a server whose bytes come when the test says so. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { MigrateError } from "../../../../src/model/error.ts";
import type { Datastores, RemoteFile } from "../../../../src/source/vsphere/datastore.ts";
import { fetchRanges } from "../../../../src/source/vsphere/transfer/download.ts";
import { joinRanges, type Range } from "../../../../src/source/vsphere/transfer/ranges.ts";
import type { Sink } from "../../../../src/source/vsphere/transfer/write_buffer.ts";
import { ManualTime } from "../../../support/manual_time.ts";

const MIB = 1024 ** 2;
const SIZE = 256 * MIB;
const FILE = { datastore: "ds", path: "web/web-flat.vmdk" };

/** A datastore that gives each of its streams a MiB when it is told to. */
class Server {
  /** Streams that are open. */
  open = 0;
  /** The most at the same time. */
  most = 0;
  /** What it has given, in MiB. */
  sentMib = 0;
  /** Set for a server that breaks. */
  failure: Error | undefined;
  #waiting: (() => void)[] = [];

  /** One stream; the offset of each MiB is in its first bytes. */
  async *read(_file: unknown, [start, end]: Range): AsyncGenerator<Uint8Array> {
    this.most = Math.max(this.most, ++this.open);
    try {
      for (let at = start; at < end; at += MIB) {
        await new Promise<void>((resolve) => this.#waiting.push(resolve));
        if (this.failure !== undefined) throw this.failure;
        this.sentMib++;
        const block = new Uint8Array(Math.min(MIB, end - at));
        new DataView(block.buffer).setFloat64(0, at);
        yield block;
      }
    } finally {
      this.open--;
    }
  }

  /** Gives so many MiB to each stream that takes them. */
  async give(mib = 1): Promise<void> {
    for (let left = mib; left > 0; left--) {
      for (const goOn of this.#waiting.splice(0)) goOn();
      await new Promise((resolve) => setTimeout(resolve, 0)); // the streams take them
    }
  }
}

/** A download of the file into memory of which only the ranges are kept. */
class Download implements Sink {
  /** What has come. */
  ranges: readonly Range[] = [];
  /** Whether it has ended. */
  isDone = false;
  /** Its end. */
  readonly end: Promise<void>;
  /** Set for storage that takes nothing. */
  readonly #until: Promise<void>;

  /** Begins. */
  constructor(server: Server, streams?: number, until: Promise<void> = Promise.resolve()) {
    this.#until = until;
    const remote = { sizeBytes: SIZE } as RemoteFile;
    const { signal } = new AbortController();
    const known = { file: FILE, remote };
    this.end = fetchRanges(server as unknown as Datastores, known, [[0, SIZE]], this, { streams, signal })
      .finally(() => this.isDone = true);
    this.end.catch(() => {}); // a test that wants to hear of it awaits it
  }

  async write(offset: number, bytes: Uint8Array): Promise<void> {
    await this.#until;
    assertEquals(new DataView(bytes.buffer, bytes.byteOffset).getFloat64(0), offset);
    const before = this.ranges.reduce((sum, [start, end]) => sum + end - start, 0);
    this.ranges = joinRanges([...this.ranges, [offset, offset + bytes.length]]);
    const after = this.ranges.reduce((sum, [start, end]) => sum + end - start, 0);
    assertEquals(after - before, bytes.length, "nothing comes twice");
  }
}

/** Gives what is left, and checks that all of it came. */
async function toEnd(server: Server, download: Download): Promise<void> {
  while (!download.isDone) await server.give();
  await download.end;
  assertEquals(download.ranges, [[0, SIZE]]);
}

Deno.test("fetchRanges() opens more streams while each brings as much as the first, 8 at most", async () => {
  using time = new ManualTime();
  const server = new Server();
  const download = new Download(server);
  const seen = [server.open];
  for (let second = 0; second < 4; second++) {
    await server.give(4);
    time.pass(1_000);
    seen.push(server.open);
  }
  assertEquals(seen, [1, 2, 4, 8, 8]);
  await toEnd(server, download);
  assertEquals([server.most, time.intervals], [8, 0]);
});

Deno.test("fetchRanges() goes back to fewer streams when more bring nothing", async () => {
  using time = new ManualTime();
  const server = new Server();
  const download = new Download(server);
  await server.give(4);
  time.pass(1_000);
  await server.give(2); // from two streams: as much in all
  time.pass(1_000);
  assertEquals(server.open, 2); // each brings its piece to an end
  await server.give(64);
  assertEquals([server.open, time.intervals], [1, 0]);
  await toEnd(server, download);
  assertEquals(server.most, 2);
});

Deno.test("fetchRanges() has exactly as many streams as it is told, and does not tune them", async () => {
  using time = new ManualTime();
  const server = new Server();
  const download = new Download(server, 3);
  assertEquals([server.open, time.intervals], [3, 0]);
  await server.give(4);
  time.pass(10_000);
  assertEquals(server.open, 3);
  await toEnd(server, download);
  assertEquals(server.most, 3);
});

Deno.test("fetchRanges() takes no more than it can write: 3 MiB a stream", async () => {
  const server = new Server();
  const storage = Promise.withResolvers<void>();
  const download = new Download(server, 4, storage.promise);
  await server.give(20);
  assert(server.sentMib <= 4 * 3, `${server.sentMib} MiB are in memory`);
  storage.resolve();
  await toEnd(server, download);
});

Deno.test("fetchRanges() that fails leaves neither timer nor stream", async () => {
  using time = new ManualTime();
  const server = new Server();
  const download = new Download(server);
  await server.give(2);
  server.failure = new MigrateError("source/damaged", "Cannot download: it has changed.");
  await server.give(2);
  await assertRejects(() => download.end, MigrateError, "it has changed");
  assertEquals([server.open, time.intervals], [0, 0]);
});
