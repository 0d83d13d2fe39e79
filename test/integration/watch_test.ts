/** A folder that is watched by the real program: killed, started again, and what it made. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { cliCommand, runCli } from "../support/cli.ts";
import { testNeeding } from "../support/needs.ts";
import { processesNaming } from "../support/processes.ts";
import {
  makeSmallGuest,
  readSmallGuest,
  SMALL_GUEST_PROGRAMS,
  SMALL_GUEST_UUID,
} from "../support/small_guest.ts";
import { TempFolder } from "../support/temp.ts";

const NEEDS = { programs: [...SMALL_GUEST_PROGRAMS, "supermin"], libraries: ["libguestfs.so.0"] };

testNeeding(NEEDS, "watch killed in the middle of three disks ends with three right outputs", async () => {
  await using folder = await TempFolder.create();
  await Deno.mkdir(folder.file("in"));
  const names = ["one", "two", "three"];
  for (const name of names) await makeSmallGuest(folder.file(`in/${name}.qcow2`), name);
  const options = ["-o", folder.file("out"), "--settle", "0.3", "--once"];
  const env = { HYPER2KVM_BOOT_PROOF: "false" };

  const child = cliCommand(["watch", folder.file("in"), ...options, "--progress", "json"], env).spawn();
  const stdout = child.stdout.cancel();
  let seen = "", isKilled = false;
  for await (const chunk of child.stderr.pipeThrough(new TextDecoderStream())) {
    seen += chunk;
    // The second one in the queue, while its appliance runs.
    if (isKilled || !/"vm":"three","stage":"inspect"/.test(seen)) continue;
    isKilled = true;
    child.kill("SIGKILL");
  }
  await stdout;
  assertEquals((await child.status).signal, "SIGKILL", seen);
  const stopped = await runCli(["status", folder.file("in")]);
  assertEquals(stopped.status, 1, stopped.stdout);
  assertStringIncludes(stopped.stdout, "stopped; the next start goes on with it");

  const { status, stderr } = await runCli(["watch", folder.file("in"), ...options], env);
  assertEquals(status, 0, stderr);
  assertStringIncludes(stderr, "going on where the last run stopped");
  for (const name of names) {
    const image = folder.file(`out/${name}/${name}.qcow2`);
    assertEquals(await readSmallGuest(image, "/etc/hostname"), `${name}\n`);
    assertStringIncludes(await readSmallGuest(image, "/etc/fstab"), `UUID=${SMALL_GUEST_UUID} /`);
    assertEquals((await folder.names(`out/${name}`)).filter((one) => /partial|work/.test(one)), []);
  }
  assertEquals(await folder.names("in/done"), ["one.qcow2", "three.qcow2", "two.qcow2"]);
  assertEquals((await runCli(["status", folder.file("in")])).status, 0);
  assertEquals(await processesNaming(folder.path), []);
});
