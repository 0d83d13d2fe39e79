import { assertEquals } from "@std/assert";
import { putAway, whereIs } from "../../src/watch/put_away.ts";
import type { QueueItem } from "../../src/watch/queue.ts";
import { isSameContent, sameBytes } from "../../src/watch/same_content.ts";
import { TempFolder } from "../support/temp.ts";

function item(state: QueueItem["state"], ...paths: string[]): QueueItem {
  return {
    ...{ id: 7, path: paths[0]!, name: "web", kind: "source", state, attempts: 1, interruptions: 0 },
    ...{
      arrivedAt: "",
      changedAt: "",
      notBeforeMs: 0,
      isPutAway: false,
      summary: "Cannot read it.\nCopy it again.",
    },
    files: paths.map((path) => ({ path, sizeBytes: 0, mtimeMs: 0 })),
  };
}

async function write(folder: TempFolder, ...paths: string[]): Promise<void> {
  for (const path of paths) {
    if (path.includes("/")) {
      await Deno.mkdir(folder.file(path.split("/").slice(0, -1).join("/")), { recursive: true });
    }
    await Deno.writeTextFile(folder.file(path), path);
  }
}

Deno.test("putAway() moves a machine with its folder, which is removed when it is empty", async () => {
  await using folder = await TempFolder.create();
  await write(folder, "web/web.vmx", "web/web.vmdk");
  assertEquals(await putAway(folder.path, item("done", "web/web.vmx", "web/web.vmdk")), "done/web/web.vmx");
  assertEquals(await folder.names(), ["done"]);
  assertEquals(await folder.names("done/web"), ["web.vmdk", "web.vmx"]);
});

Deno.test("putAway() says beside a failed source why", async () => {
  await using folder = await TempFolder.create();
  await write(folder, "web.raw");
  await putAway(folder.path, item("failed", "web.raw"));
  assertEquals(
    await Deno.readTextFile(folder.file("failed/web.raw.error.txt")),
    "Cannot read it.\nCopy it again.\n",
  );
});

Deno.test("putAway() never replaces what was put away before, and goes on after a kill", async () => {
  await using folder = await TempFolder.create();
  await write(folder, "done/web.vmx", "web.vmx", "web.vmdk");
  const files = item("done", "web.vmx", "web.vmdk");
  // A kill after the second file had been moved.
  await Deno.mkdir(folder.file("done/web.7"));
  await Deno.rename(folder.file("web.vmdk"), folder.file("done/web.7/web.vmdk"));
  await putAway(folder.path, files);
  assertEquals(await folder.names("done/web.7"), ["web.vmdk", "web.vmx"]);
  assertEquals(await whereIs(folder.path, files), [
    folder.file("done/web.7/web.vmx"),
    folder.file("done/web.7/web.vmdk"),
  ]);
});

Deno.test("isSameContent() compares with where the other one was put", async () => {
  await using folder = await TempFolder.create();
  await Deno.mkdir(folder.file("done"));
  await Deno.writeTextFile(folder.file("done/a.raw"), "bytes");
  await Deno.writeTextFile(folder.file("b.raw"), "bytes");
  assertEquals(await isSameContent(folder.path, item("running", "b.raw"), item("done", "a.raw")), true);
  await Deno.writeTextFile(folder.file("b.raw"), "bytez");
  assertEquals(await isSameContent(folder.path, item("running", "b.raw"), item("done", "a.raw")), false);
  await Deno.remove(folder.file("done/a.raw"));
  assertEquals(await isSameContent(folder.path, item("running", "b.raw"), item("done", "a.raw")), false);
});

Deno.test("sameBytes() sees one other byte behind the first chunk", async () => {
  await using folder = await TempFolder.create();
  const bytes = new Uint8Array(1024 * 1024 + 9);
  await Deno.writeFile(folder.file("a"), bytes);
  await Deno.writeFile(folder.file("b"), bytes);
  assertEquals(await sameBytes(folder.file("a"), folder.file("b")), true);
  bytes[bytes.length - 1] = 1;
  await Deno.writeFile(folder.file("b"), bytes);
  assertEquals(await sameBytes(folder.file("a"), folder.file("b")), false);
});
