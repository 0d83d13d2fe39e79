import { assertEquals, assertStringIncludes } from "@std/assert";
import { runCli } from "../support/cli.ts";
import { makeRawDisk } from "../support/images.ts";
import { testNeeding } from "../support/needs.ts";
import { TempFolder } from "../support/temp.ts";

/** Every failure: one line, a hint, the documented status, and an output folder that was never made. */
async function fails(
  folder: TempFolder,
  args: readonly string[],
  status: number,
  message: string,
  env?: Record<string, string>,
): Promise<void> {
  const result = await runCli(["convert", ...args, "-o", folder.file("out")], env);
  assertStringIncludes(result.stderr, message);
  assertEquals(result.status, status);
  const told = result.stderr.split("\n").filter((line) => line.startsWith("hyper2kvm: "));
  assertEquals(told.length, 1, result.stderr);
  assertStringIncludes(result.stderr, "\nhint: ");
  assertEquals(await exists(folder.file("out")), false);
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

Deno.test("convert ends with 9 for a source that does not exist", async () => {
  await using folder = await TempFolder.create();
  await fails(folder, [folder.file("none.vmdk")], 9, "there is no such file");
});

Deno.test("convert ends with 9 for a file that is no disk", async () => {
  await using folder = await TempFolder.create();
  await Deno.writeTextFile(folder.file("notes.vmdk"), "just a text, longer than a few bytes");
  await fails(folder, [folder.file("notes.vmdk")], 9, "are no known disk");
});

Deno.test("convert ends with 2 for an output that exists, and leaves it as it is", async () => {
  await using folder = await TempFolder.create();
  await makeRawDisk(folder.file("web.raw"));
  await Deno.mkdir(folder.file("out"));
  await Deno.writeTextFile(folder.file("out/web.qcow2"), "precious");
  const { status, stderr } = await runCli(["convert", folder.file("web.raw"), "-o", folder.file("out")]);
  assertStringIncludes(stderr, "web.qcow2: it exists");
  assertEquals([status, await Deno.readTextFile(folder.file("out/web.qcow2"))], [2, "precious"]);
  assertEquals(await folder.names("out"), ["web.qcow2"]);
});

Deno.test("convert ends with 5 when qemu-img is not installed", async () => {
  await using folder = await TempFolder.create();
  await makeRawDisk(folder.file("web.raw"));
  await fails(folder, [folder.file("web.raw")], 5, "qemu-img and qemu-system-x86_64 cannot be found", {
    PATH: folder.path,
  });
});

Deno.test("convert ends with 2 for an unknown flag and names the one that was meant", async () => {
  await using folder = await TempFolder.create();
  await fails(folder, ["x.vmdk", "--forse"], 2, "--force");
});

/** Runs `convert` with a tmpfs of its own, with these mount options, on `folder/mounted`. */
async function convertOntoTmpfs(
  folder: TempFolder,
  options: string,
): Promise<{ code: number; stderr: string }> {
  await makeRawDisk(folder.file("web.raw"));
  await Deno.mkdir(folder.file("mounted"));
  const convert = ["convert", folder.file("web.raw"), "-o", folder.file("mounted/out")];
  const script = `mount -t tmpfs -o "$1" none "$2" && shift 2 && "$@"`;
  const cli = [Deno.execPath(), "run", "-A", "--no-check", "cli.ts", ...convert];
  const { code, stderr } = await new Deno.Command("unshare", {
    args: ["--mount", "sh", "-c", script, "sh", options, folder.file("mounted"), ...cli],
    env: { NO_COLOR: "1" },
  }).output();
  return { code, stderr: new TextDecoder().decode(stderr) };
}

const MOUNTING = { root: true, programs: ["unshare", "mount"] };

testNeeding(MOUNTING, "convert ends with 4 when the output does not fit", async () => {
  await using folder = await TempFolder.create();
  const { code, stderr } = await convertOntoTmpfs(folder, "size=1m");
  assertStringIncludes(stderr, "MiB are needed, 1 MiB are free");
  assertEquals(code, 4);
});

testNeeding(MOUNTING, "convert ends with 3 for a folder that cannot be written", async () => {
  await using folder = await TempFolder.create();
  const { code, stderr } = await convertOntoTmpfs(folder, "ro");
  assertStringIncludes(stderr, "is read-only or not yours");
  assertEquals(code, 3);
});
