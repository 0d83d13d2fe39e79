/** SshFiles against a real sshd: the same questions that libguestfs is asked. */
import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { GuestTree } from "../../src/live/guest_tree.ts";
import { SshFiles } from "../../src/live/ssh_files.ts";
import { parseSurvey } from "../../src/live/survey.ts";
import { surveyScript } from "../../src/live/survey_script.ts";
import { MigrateError } from "../../src/model/error.ts";
import { runCommand } from "../../src/run/command.ts";
import { LIVE_NEEDS, LiveRoot } from "../support/live_root.ts";
import { testNeeding } from "../support/needs.ts";

/** A folder with what confuses readers. */
async function fill(at: (name: string) => string): Promise<void> {
  for (const name of ["usr/lib", "etc/empty", "etc/it's here"]) {
    await Deno.mkdir(at(name), { recursive: true });
  }
  await Deno.writeTextFile(at("usr/lib/os-release"), 'ID=test\nNAME="Tést"\n');
  await Deno.writeTextFile(at("etc/nothing"), "");
  await Deno.writeTextFile(at("etc/it's here/a b"), "quoted");
  await Deno.writeFile(at("etc/latin1"), new Uint8Array([0xe9]));
  await Deno.writeFile(at("big"), new Uint8Array(5 * 1024 * 1024));
  await Deno.writeFile(at("huge"), new Uint8Array(17 * 1024 * 1024).fill(7));
  await runCommand("mkfifo", [at("etc/pipe")]);
  await Deno.symlink("usr/lib", at("lib"));
  await Deno.symlink("../lib/os-release", at("etc/os-release"));
  await Deno.symlink("nowhere", at("etc/dangling"));
  await Deno.symlink("loop", at("etc/loop"));
}

testNeeding(LIVE_NEEDS, "SshFiles reads a guest that it knows nothing of", async () => {
  await using live = await LiveRoot.start();
  const at = (name: string): string => live.folder.file(name);
  await fill(at);
  const files = new SshFiles(live.root, { tree: new GuestTree(), contents: new Map() });
  const text = 'ID=test\nNAME="Tést"\n';
  assertEquals(await files.readText(at("etc/os-release")), text);
  assertEquals(await files.readText(at("etc/nothing")), "");
  assertEquals(await files.readText(at("etc/it's here/a b")), "quoted");
  for (const name of ["etc/dangling", "none", "none/none", "etc/os-release/x", "etc/loop"]) {
    assertEquals([await files.readText(at(name)), await files.exists(at(name))], [null, false], name);
  }
  for (const [name, reason] of [["etc/latin1", /UTF-8/], ["big", /bytes/], ["etc", /regular/]] as const) {
    const error = await assertRejects(() => files.readText(at(name)), MigrateError);
    assertEquals(error.code, "guest/unsupported");
    assertMatch(error.message, reason);
  }
  assertMatch((await assertRejects(() => files.readText(at("etc/pipe")), MigrateError)).message, /regular/);
  assertEquals([await files.sizeBytes(at("lib/os-release")), await files.sizeBytes(at("etc"))], [21, null]);
  assertEquals([await files.list(at("lib")), await files.list(at("etc/empty"))], [["os-release"], []]);
  assertEquals([await files.list(at("none")), await files.list(at("big"))], [[], []]);
  assertEquals(await files.realPath(at("etc/os-release")), at("usr/lib/os-release"));
  assertEquals(await files.readLink(at("etc/os-release")), "../lib/os-release");
  assertEquals([await files.readLink(at("lib/os-release")), await files.readLink(at("none"))], [null, null]);
});

testNeeding(
  LIVE_NEEDS,
  "SshFiles.download() gets several files at once, and large ones as they come",
  async () => {
    await using live = await LiveRoot.start();
    const at = (name: string): string => live.folder.file(name);
    await fill(at);
    const long = `${"long-name-".repeat(15)}.ko`; // longer than the 100 bytes of a tar header
    await Deno.writeTextFile(at(long), "module");
    const files = new SshFiles(live.root, { tree: new GuestTree(), contents: new Map() });
    await Promise.all(
      ["big", long, "etc/os-release"].map((name) => files.download(at(name), at(`copy-${name.length}`))),
    );
    assertEquals((await Deno.stat(at("copy-3"))).size, 5 * 1024 * 1024);
    assertEquals(await Deno.readTextFile(at(`copy-${long.length}`)), "module");
    assertStringIncludes(await Deno.readTextFile(at("copy-14")), "ID=test");
    await files.sizeBytes(at("huge"));
    await files.download(at("huge"), at("copy-huge"));
    assertEquals((await Deno.readFile(at("copy-huge"))).every((byte) => byte === 7), true);
    await assertRejects(() => files.download(at("none"), at("copy")), MigrateError, "does not exist");
    await files.downloadTar(at("lib"), at("lib.tar"));
    assertStringIncludes((await runCommand("tar", ["-tf", at("lib.tar")])).stdout, "./os-release");
  },
);

testNeeding(LIVE_NEEDS, "surveyScript() tells facts, folders and files in one answer", async () => {
  await using live = await LiveRoot.start();
  const { facts, tree, contents } = parseSurvey(await live.root.bytes(surveyScript()));
  assertEquals(facts.get("release"), (await runCommand("uname", ["-r"])).stdout.trim());
  assertStringIncludes(facts.get("mountinfo"), " / / ");
  assertEquals(facts.missing, []);
  assertEquals(tree.names("/")?.includes("etc"), true);
  const passwd = tree.resolve("/etc/passwd");
  assertEquals(passwd.state === "found" && passwd.entry.sizeBytes, (await Deno.stat("/etc/passwd")).size);
  const release = tree.resolve("/etc/os-release");
  assertEquals(
    new TextDecoder().decode(contents.get(release.state === "found" ? release.path : "")),
    await Deno.readTextFile("/etc/os-release"),
  );
  assertEquals([contents.has("/etc/passwd"), contents.has("/etc/shadow")], [false, false]);
});

Deno.test("parseSurvey() refuses an answer that is cut short", () => {
  let message = "";
  try {
    parseSurvey(new TextEncoder().encode("init\tsystemd\0\0f\t1\t\t/a\0"));
  } catch (error) {
    message = (error as Error).message;
  }
  assertStringIncludes(message, "cut short");
});
