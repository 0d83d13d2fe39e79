import { assertEquals } from "@std/assert";
import { Appliance, removeSockets } from "../../src/guest/appliance.ts";
import { TempFolder } from "../support/temp.ts";

Deno.test("Appliance.pid() is null before qemu has written its pid file", async () => {
  await using folder = await TempFolder.create();
  assertEquals(await new Appliance(folder.path).pid(), null);
});

Deno.test("Appliance.kill() leaves a process alone that is no child", async () => {
  await using folder = await TempFolder.create();
  const appliance = new Appliance(folder.path);
  await Deno.writeTextFile(appliance.pidFile, `${Deno.ppid}\n`);
  await appliance.kill();
  assertEquals(await appliance.pid(), null);
});

Deno.test("Appliance.kill() ends a child, and forget() removes the pid file", async () => {
  await using folder = await TempFolder.create();
  const appliance = new Appliance(folder.path);
  const child = new Deno.Command("sleep", { args: ["60"] }).spawn();
  await Deno.writeTextFile(appliance.pidFile, `${child.pid}\n`);
  assertEquals(await appliance.pid(), child.pid);
  await appliance.kill();
  assertEquals((await child.status).signal, "SIGKILL");
  await appliance.forget();
  assertEquals(await Array.fromAsync(Deno.readDir(folder.path)), []);
});

Deno.test("removeSockets() removes the socket folders on record, and no other folder", async () => {
  await using folder = await TempFolder.create();
  const sockets = folder.file("libguestfsAbC123");
  const precious = folder.file("precious");
  await Deno.mkdir(sockets);
  await Deno.writeTextFile(`${sockets}/guestfsd.sock`, "");
  await Deno.mkdir(precious);
  await Deno.writeTextFile(folder.file("appliance-1.sockets"), sockets);
  await Deno.writeTextFile(folder.file("appliance-2.sockets"), precious);
  await Deno.writeTextFile(folder.file("appliance-3.sockets"), folder.file("libguestfsGone00"));
  await removeSockets(folder.path);
  const left = (await Array.fromAsync(Deno.readDir(folder.path))).filter((entry) => entry.isDirectory).map((
    entry,
  ) => entry.name);
  assertEquals(left, ["precious"]);
});
