/** Changes on a running guest, made and undone over a real sshd in a temporary folder. */
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { applyLive } from "../../src/live/apply.ts";
import { partialPath, sha256 } from "../../src/live/change_script.ts";
import { RunRecords } from "../../src/live/run_record.ts";
import { undoLast } from "../../src/live/undo.ts";
import { RemoteRoot } from "../../src/live/remote_root.ts";
import type { AppendChange, FileChange, TextChange } from "../../src/model/change.ts";
import { MigrateError } from "../../src/model/error.ts";
import { connect, LIVE_NEEDS, LiveRoot } from "../support/live_root.ts";
import { testNeeding } from "../support/needs.ts";

const signal = new AbortController().signal;

function text(path: string, before: string | null, after: string | null): TextChange {
  return { kind: "text", fix: "test", path, before, after, why: "" };
}

async function append(
  live: LiveRoot,
  path: string,
  lengthBefore: number,
  content: Uint8Array,
): Promise<AppendChange> {
  const contentFile = live.folder.file("content");
  await Deno.writeFile(contentFile, content);
  const facts = { lengthBefore, contentFile, contentBytes: content.length, contentSha256: sha256(content) };
  return { kind: "append", fix: "test", path, ...facts, members: [], why: "" };
}

async function apply(live: LiveRoot, changes: readonly FileChange[], root = live.root): Promise<void> {
  await using records = await RunRecords.open(root, live.folder.file("state"));
  const options = { root, records, workDir: live.folder.path, signal, drivers: new Set<string>() };
  const { record } = await applyLive(changes, options);
  if (record.changes.length > 0) await records.mark(record.id, "finished");
}

async function undo(live: LiveRoot, dryRun = false): ReturnType<typeof undoLast> {
  await using records = await RunRecords.open(live.root, live.folder.file("state"));
  return await undoLast({ root: live.root, records, dryRun, signal });
}

/** Every kind of change on files of their own, and the folder as it was. */
async function everyKind(live: LiveRoot): Promise<readonly FileChange[]> {
  const at = (name: string): string => live.folder.file(name);
  await Deno.mkdir(at("g"));
  await Deno.writeTextFile(at("g/edited"), "old\n", { mode: 0o640 });
  await Deno.chown(at("g/edited"), 1, 1);
  await Deno.writeTextFile(at("g/deleted"), "gone\n");
  await Deno.writeTextFile(at("g/image"), "12345678");
  await Deno.symlink("a", at("g/link"));
  await Deno.writeTextFile(at("g/unit"), "a file in the place of a link\n");
  return [
    text(at("g/edited"), "old\n", "new\n"),
    text(at("g/deleted"), "gone\n", null),
    { ...text(at("g/sub/new"), null, "#!/bin/sh\n"), mode: 0o755 },
    { kind: "link", fix: "test", path: at("g/link"), before: "a", after: "b", why: "" },
    { kind: "link", fix: "test", path: at("g/sub/link"), before: null, after: "/dev/null", why: "" },
    { kind: "copy", fix: "test", path: at("g/copy"), from: at("g/image"), sizeBytes: 8, why: "" },
    await append(live, at("g/image"), 8, new Uint8Array([65, 66, 67, 68])),
    text(at("g/unit"), "a file in the place of a link\n", null),
    { kind: "link", fix: "test", path: at("g/unit"), before: null, after: "/dev/null", why: "" },
  ];
}

testNeeding(LIVE_NEEDS, "applyLive() makes every kind of change and keeps owner and mode", async () => {
  await using live = await LiveRoot.start();
  const at = (name: string): string => live.folder.file(name);
  await apply(live, await everyKind(live));
  assertEquals(await live.folder.names("g"), ["copy", "edited", "image", "link", "sub", "unit"]);
  assertEquals(await Deno.readTextFile(at("g/edited")), "new\n");
  const { mode, uid } = await Deno.stat(at("g/edited"));
  assertEquals([(mode ?? 0) & 0o777, uid], [0o640, 1]);
  assertEquals(((await Deno.stat(at("g/sub/new"))).mode ?? 0) & 0o777, 0o755);
  assertEquals(((await Deno.stat(at("g/sub"))).mode ?? 0) & 0o777, 0o755);
  assertEquals([await Deno.readLink(at("g/link")), await Deno.readLink(at("g/unit"))], ["b", "/dev/null"]);
  assertEquals(await Deno.readTextFile(at("g/image")), "12345678ABCD");
  const [run] = (await live.folder.names("state")).filter((name) => name !== "lock");
  assertEquals(await Deno.readTextFile(at(`state/${run}/files${at("g/edited")}`)), "old\n");
});

testNeeding(LIVE_NEEDS, "undoLast() gives everything back, and the run before next", async () => {
  await using live = await LiveRoot.start();
  const at = (name: string): string => live.folder.file(name);
  await apply(live, await everyKind(live));
  await apply(live, [text(at("g/edited"), "new\n", "newer\n")]);
  assertEquals((await undo(live, true)).restored, [at("g/edited")]);
  assertEquals(await Deno.readTextFile(at("g/edited")), "newer\n");
  assertEquals((await undo(live)).restored, [at("g/edited")]);
  assertEquals(await Deno.readTextFile(at("g/edited")), "new\n");
  const undone = await undo(live);
  assertEquals([undone.restored.length, undone.leftAlone], [8, []]);
  assertEquals(await live.folder.names("g"), ["deleted", "edited", "image", "link", "sub", "unit"]);
  assertEquals(await live.folder.names("g/sub"), []);
  assertEquals([await Deno.readTextFile(at("g/edited")), await Deno.readTextFile(at("g/image"))], [
    "old\n",
    "12345678",
  ]);
  const { mode, uid } = await Deno.stat(at("g/edited"));
  assertEquals([(mode ?? 0) & 0o777, uid, await Deno.readLink(at("g/link"))], [0o640, 1, "a"]);
  assertStringIncludes(await Deno.readTextFile(at("g/unit")), "in the place of a link");
  assertEquals((await assertRejects(() => undo(live), MigrateError)).code, "source/missing");
});

testNeeding(LIVE_NEEDS, "undoLast() leaves a file alone that somebody has changed since", async () => {
  await using live = await LiveRoot.start();
  const path = live.folder.file("file");
  await Deno.writeTextFile(path, "old\n");
  await apply(live, [text(path, "old\n", "new\n")]);
  await Deno.writeTextFile(path, "somebody's\n");
  const { restored, leftAlone } = await undo(live);
  assertEquals([restored, leftAlone.map((one) => one.path)], [[], [path]]);
  assertEquals(await Deno.readTextFile(path), "somebody's\n");
});

testNeeding(LIVE_NEEDS, "applyLive() refuses a file that has changed since it was read", async () => {
  await using live = await LiveRoot.start();
  const path = live.folder.file("file");
  await Deno.writeTextFile(path, "other\n");
  const error = await assertRejects(() => apply(live, [text(path, "old\n", "new\n")]), MigrateError);
  assertEquals([error.code, await Deno.readTextFile(path)], ["fix/failed", "other\n"]);
  assertStringIncludes(error.message, "it has changed since it was read");
});

testNeeding(
  LIVE_NEEDS,
  "applyLive() leaves the old file when the connection is cut, and goes on next time",
  async () => {
    await using live = await LiveRoot.start();
    const [small, image] = [live.folder.file("small"), live.folder.file("image")];
    await Deno.writeTextFile(small, "old\n");
    await Deno.writeFile(image, new Uint8Array(1024));
    const content = new Uint8Array(64 * 1024 * 1024).fill(1);
    const changes = [text(small, "old\n", "new\n"), await append(live, image, 1024, content)];
    const cut = assertRejects(() => apply(live, changes), MigrateError);
    while ((await sizeOf(partialPath(image))) < 2 * 1024 * 1024) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    assertEquals(await live.server.dropConnections() > 0, true);
    const error = await cut;
    assertEquals(error.code, "network/failed");
    assertStringIncludes(error.hint ?? "", "Run the same command again");
    assertEquals([await Deno.readTextFile(small), await sizeOf(image)], ["new\n", 1024]);

    await using session = await connect(live.server);
    const root = await RemoteRoot.open(session, { sudo: false });
    await apply(live, changes.slice(1), root);
    assertEquals(await sizeOf(image), 1024 + content.length);
    assertEquals((await live.folder.names()).filter((name) => name.endsWith("hyper2kvm-new")), []);
    // Both runs are one: a single undo gives back both files.
    await using records = await RunRecords.open(root, live.folder.file("state"));
    const { restored } = await undoLast({ root, records, dryRun: false, signal });
    assertEquals([restored.length, await Deno.readTextFile(small), await sizeOf(image)], [2, "old\n", 1024]);
  },
);

testNeeding(LIVE_NEEDS, "RunRecords.open() refuses a second run at the same time", async () => {
  await using live = await LiveRoot.start();
  const folder = live.folder.file("state");
  {
    await using _records = await RunRecords.open(live.root, folder);
    const error = await assertRejects(() => RunRecords.open(live.root, folder), MigrateError);
    assertEquals([error.code, error.exitStatus], ["run/busy", 1]);
  }
  await using _records = await RunRecords.open(live.root, folder);
});

async function sizeOf(path: string): Promise<number> {
  return await Deno.stat(path).then(({ size }) => size, () => 0);
}
