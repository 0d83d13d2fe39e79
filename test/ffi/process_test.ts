import { assertEquals } from "@std/assert";
import { isRunningChild, killChild } from "../../ffi/process.ts";

Deno.test("isRunningChild() knows a child from other processes", async () => {
  const child = new Deno.Command("sleep", { args: ["60"] }).spawn();
  assertEquals(isRunningChild(child.pid), true);
  assertEquals(isRunningChild(Deno.ppid), false);
  child.kill("SIGKILL");
  await child.status;
  assertEquals(isRunningChild(child.pid), false);
});

Deno.test("killChild() ends a child", async () => {
  const child = new Deno.Command("sleep", { args: ["60"] }).spawn();
  assertEquals(killChild(child.pid), true);
  assertEquals((await child.status).signal, "SIGKILL");
});

Deno.test("killChild() leaves a process alone that is not a child", async () => {
  // A grandchild, whose number the shell prints.
  const shell = new Deno.Command("sh", { args: ["-c", "sleep 60 & echo $!; wait"], stdout: "piped" }).spawn();
  const reader = shell.stdout.getReader();
  const pid = Number(new TextDecoder().decode((await reader.read()).value));
  assertEquals(killChild(pid), false);
  Deno.kill(pid, "SIGTERM"); // it still runs
  shell.kill("SIGTERM");
  await shell.status;
  await reader.cancel();
});
