import { assertEquals } from "@std/assert";
import { GUEST_TOOLS } from "../../../src/fix/linux/guest_tools/catalog.ts";
import { removalCommands } from "../../../src/fix/linux/guest_tools/removal_script.ts";

const TOOLS = [{ tools: GUEST_TOOLS[0]!, packages: ["open-vm-tools"], hasUninstaller: false }];

/** Runs the commands with a dpkg that fails so many times with these words. */
async function run(failures: number, words: string): Promise<{ ok: boolean; calls: number }> {
  const script = `
count=$(mktemp)
dpkg() {
  echo x >>"$count"
  [ $(wc -l <"$count") -gt ${failures} ] || { echo '${words}'; return 1; }
}
sleep() { :; }
say() { :; }
task() {
${removalCommands(TOOLS, "dpkg", [])}
}
task >/dev/null; status=$?
wc -l <"$count"
rm -f "$count"
exit $status`;
  const { success, stdout } = await new Deno.Command("sh", { args: ["-c", script] }).output();
  return { ok: success, calls: Number(new TextDecoder().decode(stdout)) };
}

Deno.test("removalCommands() waits for dpkg's lock", async () => {
  const lock = "dpkg: error: dpkg frontend lock was locked by another process with pid 7";
  assertEquals(await run(10, lock), { ok: true, calls: 11 });
});

Deno.test("removalCommands() gives up after three other failures", async () => {
  assertEquals(await run(10, "dpkg: error: no"), { ok: false, calls: 3 });
});

Deno.test("removalCommands() has none where nothing can remove the tools", () => {
  assertEquals(removalCommands(TOOLS, null, ["vgauth.service"]), null);
});
