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
  assertEquals([...Deno.readDirSync(folder.file("out"))].length, 1);
});

Deno.test("convert ends with 5 when qemu-img is not installed", async () => {
  await using folder = await TempFolder.create();
  await makeRawDisk(folder.file("web.raw"));
  await fails(folder, [folder.file("web.raw")], 5, "Cannot run qemu-img", { PATH: folder.path });
});

Deno.test("convert ends with 2 for an unknown flag and names the one that was meant", async () => {
  await using folder = await TempFolder.create();
  await fails(folder, ["x.vmdk", "--forse"], 2, "--force");
});

testNeeding(
  { root: true, programs: ["unshare", "mount"] },
  "convert ends with 4 when the output does not fit",
  async () => {
    await using folder = await TempFolder.create();
    await makeRawDisk(folder.file("web.raw"));
    await Deno.mkdir(folder.file("small"));
    const args = ["convert", folder.file("web.raw"), "-o", folder.file("small/out")];
    const cli = [Deno.execPath(), "run", "-A", "--no-check", "cli.ts", ...args];
    const script = `mount -t tmpfs -o size=1m none "$1" && shift && "$@"`;
    const { code, stderr } = await new Deno.Command("unshare", {
      args: ["--mount", "sh", "-c", script, "sh", folder.file("small"), ...cli],
      env: { NO_COLOR: "1" },
    }).output();
    assertStringIncludes(new TextDecoder().decode(stderr), "GiB are needed, 0.0 GiB are free");
    assertEquals(code, 4);
  },
);

testNeeding(
  { root: true, programs: ["setpriv"] },
  "convert ends with 3 for a folder that the user may not write",
  async () => {
    await using folder = await TempFolder.create();
    await makeRawDisk(folder.file("web.raw"));
    await Deno.mkdir(folder.file("closed"), { mode: 0o755 });
    await Deno.chmod(folder.path, 0o755);
    const args = ["convert", folder.file("web.raw"), "-o", folder.file("closed/out")];
    // Without its capabilities root is held to the mode like everyone; the cache stays where root's is.
    const { code, stderr } = await new Deno.Command("setpriv", {
      args: [
        "--bounding-set=-all",
        "--inh-caps=-all",
        "--reuid=65534",
        "--clear-groups",
        Deno.execPath(),
        "run",
        "-A",
        "--no-check",
        "--cached-only",
        "cli.ts",
        ...args,
      ],
      env: { NO_COLOR: "1", HOME: "/nonexistent" },
    }).output();
    assertStringIncludes(new TextDecoder().decode(stderr), "permission denied");
    assertEquals(code, 3);
  },
);
