/** Kill the program anywhere and start it again: what the README promises. */
import { assert, assertEquals } from "@std/assert";
import type { Report } from "../../src/model/report.ts";
import { cliCommand, runCli } from "../support/cli.ts";
import { ensureGuest } from "../support/guests.ts";
import { testNeeding } from "../support/needs.ts";
import { seeded } from "../support/seeded.ts";
import { processesNaming } from "../support/processes.ts";
import { TempFolder } from "../support/temp.ts";

const NEEDS = { programs: ["qemu-img", "qemu-system-x86_64"], libraries: ["libguestfs.so.0"] };

/** What a finished conversion without boot proof has in its output folder. */
const FINISHED = ["journal.sqlite", "report.html", "report.json", "report.md", "web.qcow2", "web.xml"];

/** Starts the program, kills it alone at the sign, and waits for the end; false when it ended before. */
async function killAt(args: readonly string[], sign: RegExp | number): Promise<boolean> {
  const child = cliCommand([...args, "--progress", "json"]).spawn();
  const stdout = child.stdout.cancel();
  const timer = typeof sign === "number" ? setTimeout(() => child.kill("SIGKILL"), sign) : undefined;
  let seen = "", isKilled = false;
  for await (const chunk of child.stderr.pipeThrough(new TextDecoderStream())) {
    seen += chunk;
    if (isKilled || typeof sign === "number" || !sign.test(seen)) continue;
    isKilled = true;
    child.kill("SIGKILL");
  }
  clearTimeout(timer);
  await stdout;
  return (await child.status).signal === "SIGKILL";
}

async function reportOf(folder: TempFolder): Promise<Report> {
  return JSON.parse(await Deno.readTextFile(folder.file("out/report.json"))) as Report;
}

testNeeding(NEEDS, "convert killed at seeded moments finishes when it is started again", async () => {
  await using folder = await TempFolder.create();
  const { vmdk } = await ensureGuest("bios");
  const args = ["convert", vmdk, "-o", folder.file("out"), "--name", "web", "--no-boot-proof"];
  const random = seeded(6);
  const kills = Number(Deno.env.get("HYPER2KVM_TEST_KILLS") ?? 3);
  for (let kill = 0; kill < kills; kill++) await killAt(args, 300 + random() * 9_000);
  const { status, stderr } = await runCli(args);
  assertEquals(status, 0, stderr);
  assertEquals((await reportOf(folder)).status, "succeeded");
  assertEquals(await folder.names("out"), FINISHED);
  assertEquals(await processesNaming(folder.path), []);
  const check = await new Deno.Command("qemu-img", { args: ["check", folder.file("out/web.qcow2")] })
    .output();
  assertEquals(check.code, 0);
});

testNeeding(
  NEEDS,
  "convert killed after the copy goes on behind it, and then says that it is finished",
  async () => {
    await using folder = await TempFolder.create();
    const { vmdk } = await ensureGuest("bios");
    const args = ["convert", vmdk, "-o", folder.file("out"), "--name", "web"];
    assert(await killAt(args, /"stage":"prove"/));
    const before = (await Deno.stat(folder.file("out/web.qcow2"))).mtime;

    const again = [...args, "--no-boot-proof"];
    const { status, stderr } = await runCli(again);
    assertEquals(status, 0, stderr);
    const stages = (await reportOf(folder)).vms[0]?.stages.map((one) => `${one.stage} ${one.status}`);
    assertEquals(stages, [
      ...["discover done", "preflight done"],
      ...["open skipped", "inspect skipped", "fix skipped", "copy skipped", "verify skipped"],
      "define done",
    ]);
    assertEquals((await Deno.stat(folder.file("out/web.qcow2"))).mtime, before);

    const third = await runCli([...again, "--json"]);
    assertEquals(third.status, 0, third.stderr);
    const concerns = (JSON.parse(third.stdout) as Report).vms[0]?.concerns.map((one) => one.id);
    assert(concerns?.includes("run/finished"));
    assertEquals((await folder.names("out")).filter((name) => name.startsWith(".")), []);
  },
);

testNeeding(NEEDS, "a second run on an output folder is refused with the first one's pid", async () => {
  await using folder = await TempFolder.create();
  const { vmdk } = await ensureGuest("bios");
  const args = ["convert", vmdk, "-o", folder.file("out"), "--no-boot-proof"];
  const first = cliCommand([...args, "--progress", "json"]).spawn();
  const stdout = first.stdout.cancel();
  let seen = "", second: Awaited<ReturnType<typeof runCli>> | undefined;
  for await (const chunk of first.stderr.pipeThrough(new TextDecoderStream())) {
    seen += chunk;
    if (second !== undefined || !seen.includes('"stage":"open"')) continue;
    second = await runCli(args);
    first.kill("SIGINT");
  }
  await stdout;
  assertEquals((await first.status).code, 130, seen);
  assertEquals(second?.status, 1);
  assert(second?.stderr.includes(`process ${first.pid} is at work there`), second?.stderr);
});
