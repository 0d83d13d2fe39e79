import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { changeScript, partialPath } from "../../src/live/change_script.ts";
import { checkScript } from "../../src/live/check_script.ts";
import { rootCommand, scriptError } from "../../src/live/remote_root.ts";
import { sudoError, wantsPassword } from "../../src/live/sudo_errors.ts";
import { liveRoomNeeded } from "../../src/live/room.ts";
import type { Change } from "../../src/model/change.ts";
import { testNeeding } from "../support/needs.ts";
import { TempFolder } from "../support/temp.ts";

const ADDRESS = { host: "web", user: "admin", path: "/" };

Deno.test("rootCommand() keeps the password out of the command", () => {
  const command = rootCommand("id", { sudo: true, password: "geheim99" });
  assertEquals(command.includes("geheim99"), false);
  assertStringIncludes(command, "IFS= read -r H2K_SUDO; export H2K_SUDO; ");
  assertStringIncludes(command, "exec sudo -A -p H2K_SUDO -- sh -c ");
  assertMatch(rootCommand("id", { sudo: true }), /^LC_ALL=C exec sudo -n -- sh -c /);
  assertMatch(rootCommand("id", { sudo: false }), /^exec sh -c /);
});

const SAYINGS = [
  ["sudo: a password is required", /sudo asks for a password/],
  ["sudo: 3 incorrect password attempts", /sudo refuses the password/],
  ["Sorry, try again.\nsudo: no password was provided", /sudo refuses the password/],
  ["admin is not in the sudoers file.", /sudo does not allow it/],
  ["Sorry, user admin is not allowed to execute '/bin/sh' as root on web.", /sudo does not allow it/],
  ["sudo: sorry, you must have a tty to run sudo", /requiretty/],
  ["sh: 1: exec: sudo: not found", /the guest has no sudo/],
  ["something new", /something new/],
] as const;

for (const [text, reason] of SAYINGS) {
  Deno.test(`sudoError() understands "${text.split("\n")[0]}"`, () => {
    const error = sudoError(ADDRESS, { sudo: true }, text);
    assertMatch(error.message, reason);
    assertEquals([error.code, error.hint === undefined], ["permission/denied", false]);
    assertEquals(wantsPassword(error), text.includes("is required"));
  });
}

Deno.test("sudoError() tells a user who is not root of --sudo", () => {
  const error = sudoError(ADDRESS, { sudo: false }, "");
  assertEquals([error.message, error.hint], [
    "Cannot change web: admin is not root there.",
    "Add --sudo, or log in as root.",
  ]);
});

Deno.test("scriptError() knows a full disk and a read-only one, and says that the old file is in place", () => {
  const full = scriptError("apply fstab to /etc/fstab", "cat: write error: No space left on device\n");
  assertEquals([full.code, full.exitStatus], ["space/full", 4]);
  const readOnly = scriptError("apply", "mkdir: cannot create directory '/x': Read-only file system");
  assertEquals([readOnly.code, readOnly.exitStatus], ["guest/unsupported", 9]);
  for (const error of [full, readOnly]) assertStringIncludes(error.hint ?? "", "The old file is in place.");
  assertEquals(scriptError("apply x", "sh: 3: it has changed").message, "Cannot apply x: it has changed.");
});

/** Runs a script as the guest would. */
async function run(script: string, stdin: string): Promise<{ success: boolean; stderr: string }> {
  const child = new Deno.Command("sh", {
    args: ["-c", script],
    stdin: "piped",
    stdout: "null",
    stderr: "piped",
  })
    .spawn();
  await ReadableStream.from([new TextEncoder().encode(stdin)]).pipeTo(child.stdin);
  const { success, stderr } = await child.output();
  return { success, stderr: new TextDecoder().decode(stderr) };
}

testNeeding(
  { programs: ["sha256sum"] },
  "changeScript() changes nothing when the content is cut off",
  async () => {
    await using folder = await TempFolder.create();
    const path = folder.file("file");
    await Deno.writeTextFile(path, "old\n");
    const change: Change = { kind: "text", fix: "x", path, before: "old\n", after: "new content\n", why: "" };
    const { script } = changeScript(folder.file("run"), change);
    const { success, stderr } = await run(script, "new con");
    assertEquals([success, await Deno.readTextFile(path)], [false, "old\n"]);
    assertStringIncludes(stderr, "its new content did not arrive");
    assertEquals(await folder.names(), ["file", "run"]);
    assertEquals((await run(script, "new content\n")).success, true);
    assertEquals(await Deno.readTextFile(path), "new content\n");
  },
);

/** What the check of a file says of a new text beside an old one. */
async function checked(path: string, before: string, after: string): Promise<string | null> {
  await using folder = await TempFolder.create();
  await Deno.writeTextFile(folder.file("old"), before);
  await Deno.writeTextFile(folder.file("new"), after);
  const head = `set -eu; fail() { echo "$1" >&2; exit 1; }; p=${folder.file("old")}; t=${
    folder.file("new")
  }\n`;
  const { success, stderr } = await run(head + checkScript(path), "");
  return success ? null : stderr;
}

testNeeding(
  { programs: ["findmnt"] },
  "checkScript() has findmnt refuse an fstab that is worse than the old",
  async () => {
    const good = "tmpfs /tmp tmpfs defaults 0 0\n";
    const bad = `${good}UUID=99999999-0000-4000-8000-000000000000 / ext4 defaults 0 1\n`;
    assertEquals(await checked("/etc/fstab", good, good), null);
    assertMatch(
      await checked("/etc/fstab", good, bad) ?? "",
      /findmnt --verify refuses the new fstab: .*99999999/,
    );
    assertEquals(await checked("/etc/fstab", bad, bad), null); // it was like that before
  },
);

testNeeding({ programs: ["findfs"] }, "checkScript() refuses a crypttab that names no device", async () => {
  const line = "root_crypt UUID=99999999-0000-4000-8000-000000000000 none luks\n";
  assertMatch(
    await checked("/etc/crypttab", "root_crypt /dev/sda2 none\n", line) ?? "",
    /no device UUID=99999999/,
  );
  assertEquals(await checked("/etc/crypttab", line, `# a comment UUID=1\n\n${line}`), null);
  assertEquals(await checked("/etc/crypttab", "", "swap /dev/vg/swap /dev/urandom swap\n"), null);
});

Deno.test("partialPath() hides the new file beside the old one", () => {
  assertEquals(partialPath("/etc/udev/rules.d/70-a.rules"), "/etc/udev/rules.d/.70-a.rules.hyper2kvm-new");
});

Deno.test("liveRoomNeeded() counts a second image for a while, and backups on the root", () => {
  const mounts = [{ device: "/dev/sda2", path: "/" }, { device: "/dev/sda1", path: "/boot" }];
  const append: Change = {
    kind: "append",
    fix: "x",
    path: "/boot/initrd",
    lengthBefore: 50_000_000,
    contentFile: "",
    contentBytes: 100_000,
    contentSha256: "",
    members: [],
    why: "",
  };
  const text: Change = {
    kind: "text",
    fix: "x",
    path: "/etc/fstab",
    before: "a".repeat(9_000),
    after: "b",
    why: "",
  };
  const needed = liveRoomNeeded([append, text], mounts);
  const boot = needed.get("/boot") ?? 0;
  assertEquals(boot > 50_100_000 && boot < 50_200_000, true, String(boot));
  assertEquals((needed.get("/") ?? 0) > 2 * 9_000, true);
});
