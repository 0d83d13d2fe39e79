import { assertEquals, assertStringIncludes } from "@std/assert";
import { BootWatch, type WatchOptions } from "../../src/verify/boot_watch.ts";

const LIMITS = { suspectMs: 1_000, loginGraceMs: 500, timeoutMs: 10_000 };

function watching(options: Partial<WatchOptions> = {}): BootWatch {
  return new BootWatch({ ...LIMITS, ...options });
}

async function captured(name: string): Promise<string> {
  return await Deno.readTextFile(new URL(`../testdata/${name}`, import.meta.url));
}

/** A boot that is up to its init. */
const UP = "SeaBIOS (version 1)\r\n[    0.000000] Linux version 6.1\r\nWelcome to Debian GNU/Linux 12!\r\n";

Deno.test("BootWatch.judge() says booted at the login prompt", () => {
  const watch = watching();
  watch.readConsole(UP, 100);
  assertEquals(watch.judge(100), undefined);
  watch.readConsole("\r\nvmguest login: ", 200);
  assertEquals(watch.judge(200)?.verdict, "booted");
});

Deno.test("BootWatch.readConsole() returns each milestone once, with its time", () => {
  const watch = watching();
  assertEquals(watch.readConsole("SeaBIOS (version 1)\r\n", 5).map(({ name, atMs }) => [name, atMs]), [[
    "firmware",
    5,
  ]]);
  assertEquals(watch.readConsole("SeaBIOS (version 1)\r\n", 9), []);
});

Deno.test("BootWatch.judge() says failed at once on a fatal line", async () => {
  const watch = watching({ expected: {} });
  watch.readConsole(await captured("console/initramfs_no_root.log"), 100);
  const judgement = watch.judge(100);
  assertEquals(judgement?.verdict, "failed");
  assertStringIncludes(judgement?.summary ?? "", "/dev/sda1 does not exist");
  assertStringIncludes(judgement?.summary ?? "", "root-mounted");
});

Deno.test("BootWatch.judge() waits after a suspect line, and fails when nothing follows", () => {
  const watch = watching();
  watch.readConsole("error: no such device: 0f0f.\r\n", 100);
  assertEquals(watch.judge(1_099), undefined);
  assertEquals(watch.judge(1_100)?.verdict, "failed");
});

Deno.test("BootWatch.judge() forgets a suspect line when the boot goes on", () => {
  const watch = watching();
  watch.readConsole("error: no such device: 0f0f.\r\n", 100);
  watch.readConsole(UP, 200);
  assertEquals(watch.judge(9_999), undefined);
});

Deno.test("BootWatch.judge() wants the inside view where one is expected", async () => {
  const watch = watching({ expected: {} });
  watch.readConsole(`${UP}\r\nvmguest login: `, 100);
  assertEquals(watch.judge(200), undefined);
  watch.readView(await captured("inside_view.json"), 300);
  assertEquals(watch.judge(300)?.verdict, "booted");
});

Deno.test("BootWatch.judge() says failed when the inside view never comes", () => {
  const watch = watching({ expected: {} });
  watch.readConsole(`${UP}\r\nvmguest login: `, 100);
  const judgement = watch.judge(10_000);
  assertEquals(judgement?.verdict, "failed");
  assertStringIncludes(judgement?.summary ?? "", "no inside view");
});

Deno.test("BootWatch.judge() says failed when the guest is not as promised", async () => {
  const watch = watching({ expected: { rootDriver: "virtio_blk" } });
  watch.readView(await captured("inside_view.json"), 300);
  const judgement = watch.judge(300);
  assertEquals(judgement?.verdict, "failed");
  assertStringIncludes(judgement?.summary ?? "", "expected virtio_blk, found ata_piix");
});

Deno.test("BootWatch.judge() takes the inside view of a guest with a silent console", async () => {
  const watch = watching({ expected: {} });
  watch.readConsole("SeaBIOS (version 1)\r\n", 100);
  watch.readView(await captured("inside_view.json"), 300);
  assertEquals(watch.judge(300)?.verdict, "booted");
});

Deno.test("BootWatch.judge() waits a moment for the prompt of a guest that uses its console", async () => {
  const watch = watching({ expected: {} });
  watch.readConsole(UP, 100);
  watch.readView(await captured("inside_view.json"), 300);
  assertEquals(watch.judge(799), undefined);
  assertEquals(watch.judge(800)?.verdict, "booted");
});

Deno.test("BootWatch.judge() says unclear of a silent console without an inside view", () => {
  const judgement = watching().judge(10_000);
  assertEquals(judgement?.verdict, "unclear");
  assertStringIncludes(judgement?.summary ?? "", "within 10 s");
});

Deno.test("BootWatch.judge() says unclear of a guest that waits for a passphrase", () => {
  const watch = watching();
  watch.readConsole("Please unlock disk sda2_crypt: ", 100);
  assertEquals(watch.judge(100)?.verdict, "unclear");
});

Deno.test("BootWatch.judge() says failed when the guest restarts", () => {
  const watch = watching();
  watch.readConsole(UP, 100);
  watch.end("it restarted or powered off");
  const judgement = watch.judge(200);
  assertEquals(judgement?.verdict, "failed");
  assertStringIncludes(judgement?.summary ?? "", "milestone network was not reached");
});

Deno.test("BootWatch.judge() names the filesystem that emergency mode is about", () => {
  const watch = watching();
  watch.readConsole("Welcome to Debian GNU/Linux 12 (bookworm)!\n", 100);
  watch.readConsole("[DEPEND] Dependency failed for data.mount - /data.\n", 200);
  assertEquals(watch.judge(9_000)?.verdict, undefined); // it may be one that need not be there
  watch.readConsole("You are in emergency mode. After logging in\n", 300);
  const { verdict, summary } = watch.judge(300) ?? {};
  assertEquals(verdict, "failed");
  assertStringIncludes(summary ?? "", "Dependency failed for data.mount - /data.");
  assertStringIncludes(summary ?? "", "milestone network was not reached");
});
