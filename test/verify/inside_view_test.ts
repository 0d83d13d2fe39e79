import { assert, assertEquals, assertExists, assertStringIncludes } from "@std/assert";
import { runCommand } from "../../src/run/command.ts";
import { parseInsideView } from "../../src/verify/inside_report.ts";
import { insideViewFiles } from "../../src/verify/inside_view.ts";
import { testNeeding } from "../support/needs.ts";
import { TempFolder } from "../support/temp.ts";

function textOf(end: string, ...args: Parameters<typeof insideViewFiles>): string {
  const file = insideViewFiles(...args).find(({ path }) => path.endsWith(end));
  assertExists(file);
  return file.text;
}

Deno.test("insideViewFiles() starts the unit with multi-user.target, without a link", () => {
  assertStringIncludes(
    textOf("multi-user.target.d/50-hyper2kvm-proof.conf"),
    "Wants=hyper2kvm-proof.service",
  );
});

Deno.test("insideViewFiles() makes a unit that does not keep the system starting", () => {
  assertStringIncludes(textOf(".service"), "Type=simple");
});

Deno.test("insideViewFiles() waits for the addresses of the cards that it is told", () => {
  assertStringIncludes(
    textOf(".sh", { addressedMacs: ["00:50:56:8A:12:34"] }),
    "wanted_macs='00:50:56:8a:12:34'",
  );
});

Deno.test("insideViewFiles() lets nothing but MAC addresses into the script", () => {
  assertStringIncludes(textOf(".sh", { addressedMacs: ["'; reboot; '"] }), "wanted_macs=''");
});

testNeeding({ programs: ["findmnt"] }, "insideViewFiles() makes a script whose report is read", async () => {
  await using folder = await TempFolder.create();
  const port = folder.file("port");
  const script = textOf(".sh").replace("/dev/ttyS1", port).replace(/^modprobe .*$/m, "");
  await runCommand("sh", ["-c", script]);
  const view = parseInsideView(await Deno.readTextFile(port));
  assertExists(view);
  assertEquals(view.kernel, Deno.osRelease());
  assert(view.uptimeSeconds > 0);
});

testNeeding(
  { programs: ["findmnt"] },
  "insideViewFiles() makes a script that escapes what it quotes",
  async () => {
    const functions = textOf(".sh").split("\nwait_for_start() {")[0];
    const odd = 'a "b" \\c\td';
    const { stdout } = await runCommand("sh", [
      "-c",
      `${functions}\nprintf '%s\\n' "$ODD" '' x | quote_lines`,
    ], {
      env: { ODD: odd },
    });
    assertEquals(JSON.parse(stdout), ['a "b" \\c d', "", "x"]);
  },
);
