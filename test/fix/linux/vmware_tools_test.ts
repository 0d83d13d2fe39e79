import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { FixPlan } from "../../../src/fix/fix.ts";
import { taskPaths } from "../../../src/fix/linux/first_boot.ts";
import { vmwareTools, withoutModules } from "../../../src/fix/linux/vmware_tools.ts";
import type { TextChange } from "../../../src/model/change.ts";
import type { MemoryEntry } from "../../support/memory_files.ts";
import { MemoryFiles } from "../../support/memory_files.ts";
import { contextOf, guestOf, MBR_FILESYSTEMS } from "../../support/sample_guests.ts";

const SYSTEMD = { "/usr/lib/systemd/systemd": "program" };
const SCRIPT = taskPaths("remove-guest-tools").script;

async function planOf(entries: Record<string, MemoryEntry>, removeTools = true): Promise<FixPlan> {
  const files = new MemoryFiles(entries);
  const guest = await guestOf(files, MBR_FILESYSTEMS);
  return await vmwareTools.plan(contextOf(files, guest, undefined, { removeTools }));
}

function textOf(plan: FixPlan, path: string): string {
  const change = plan.changes.find((one): one is TextChange => one.kind === "text" && one.path === path);
  return change?.after ?? "";
}

Deno.test("vmwareTools changes nothing unless asked for, and says what is there", async () => {
  const plan = await planOf({ ...SYSTEMD, "/var/lib/dpkg/info/open-vm-tools.list": "" }, false);
  assertEquals(plan.changes, []);
  assertEquals(plan.leftAlone.map(({ reason }) => reason), [
    "the tools of VMware (open-vm-tools) stay; --remove-vmware-tools removes them",
  ]);
});

Deno.test("vmwareTools plans nothing in a guest without such tools", async () => {
  const plan = await planOf({ ...SYSTEMD, "/var/lib/dpkg/info/zlib1g:amd64.list": "" });
  assertEquals(plan, { changes: [], leftAlone: [], concerns: [] });
});

Deno.test("vmwareTools masks the units that the guest has", async () => {
  const { changes } = await planOf({
    ...SYSTEMD,
    "/var/lib/dpkg/info/open-vm-tools.list": "",
    "/usr/lib/systemd/system/open-vm-tools.service": "[Service]\n",
    "/usr/lib/systemd/system/ssh.service": "[Service]\n",
    "/etc/systemd/system/vmtoolsd.service": { link: "/lib/systemd/system/open-vm-tools.service" },
  });
  const links = changes.filter((one) => one.kind === "link" && one.after === "/dev/null");
  assertEquals(links.map((one) => [one.path, one.kind === "link" && one.before]), [
    ["/etc/systemd/system/open-vm-tools.service", null],
    ["/etc/systemd/system/vmtoolsd.service", "/lib/systemd/system/open-vm-tools.service"],
  ]);
});

Deno.test("vmwareTools puts a mask in the place of a unit that an installer wrote", async () => {
  const path = "/etc/systemd/system/vmware-tools.service";
  const { changes } = await planOf({
    ...SYSTEMD,
    "/usr/bin/vmware-uninstall-tools.pl": "",
    [path]: "[Service]\n",
  });
  const here = changes.filter((one) => one.path === path);
  assertEquals(here.map((one) => "after" in one ? one.after : ""), [null, "/dev/null"]);
});

Deno.test("vmwareTools has dpkg purge the packages at the first boot, and says so", async () => {
  const plan = await planOf({
    ...SYSTEMD,
    "/var/lib/dpkg/info/open-vm-tools.list": "",
    "/var/lib/dpkg/info/open-vm-tools-desktop:amd64.list": "",
    "/usr/lib/systemd/system/run-vmblock\\x2dfuse.mount": "",
  });
  const script = textOf(plan, SCRIPT);
  assertStringIncludes(script, "dpkg --purge open-vm-tools-desktop open-vm-tools ");
  assertStringIncludes(script, `for unit in 'run-vmblock\\x2dfuse.mount'; do`);
  assertEquals(plan.concerns.map(({ id, severity }) => [id, severity]), [
    ["vmware-tools/first-boot", "information"],
  ]);
  assertStringIncludes(plan.concerns[0]!.message, "At its first boot the guest removes open-vm-tools");
});

Deno.test("vmwareTools lets rpm look for the packages itself", async () => {
  const plan = await planOf({
    ...SYSTEMD,
    "/usr/lib/sysimage/rpm/rpmdb.sqlite": "x",
    "/usr/bin/vmtoolsd": "",
  });
  assertStringIncludes(textOf(plan, SCRIPT), `rpm -qa --qf '%{NAME}\\n' 'open-vm-tools*'`);
});

Deno.test("vmwareTools knows the packages of pacman by their folders", async () => {
  const plan = await planOf({
    ...SYSTEMD,
    "/var/lib/pacman/local/open-vm-tools-6:12.4.0-1/desc": "",
    "/var/lib/pacman/local/linux-6.9.1-1/desc": "",
  });
  assertStringIncludes(textOf(plan, SCRIPT), "pacman -R --noconfirm open-vm-tools ||");
});

Deno.test("vmwareTools runs the vendor's own removal for a tarball", async () => {
  const plan = await planOf({
    ...SYSTEMD,
    "/opt/VBoxGuestAdditions-7.0.14/uninstall.sh": "",
    "/usr/bin/vmware-uninstall-tools.pl": "",
  });
  const script = textOf(plan, SCRIPT);
  assertStringIncludes(script, "for program in /usr/bin/vmware-uninstall-tools.pl; do");
  assertStringIncludes(script, "for program in /opt/VBoxGuestAdditions-*/uninstall.sh; do");
});

Deno.test("vmwareTools writes a script that the shell can read", async () => {
  const plan = await planOf({
    ...SYSTEMD,
    "/var/lib/dpkg/info/hyperv-daemons.list": "",
    "/usr/bin/vmware-uninstall-tools.pl": "",
    "/usr/lib/systemd/system/hypervkvpd.service": "",
  });
  const sh = new Deno.Command("sh", { args: ["-n"], stdin: "piped", stderr: "piped" }).spawn();
  const writer = sh.stdin.getWriter();
  await writer.write(new TextEncoder().encode(textOf(plan, SCRIPT)));
  await writer.close();
  const { success, stderr } = await sh.output();
  assert(success, new TextDecoder().decode(stderr));
});

Deno.test("vmwareTools takes the runlevel links away in a guest without systemd, and warns", async () => {
  const plan = await planOf({
    "/var/lib/dpkg/info/open-vm-tools.list": "",
    "/etc/init.d/open-vm-tools": "",
    "/etc/rc2.d/S01open-vm-tools": { link: "../init.d/open-vm-tools" },
    "/etc/rc2.d/S02ssh": { link: "../init.d/ssh" },
  });
  assertEquals(plan.changes.map((one) => [one.kind, one.path]), [["link", "/etc/rc2.d/S01open-vm-tools"]]);
  assertEquals(plan.concerns.map(({ id, severity }) => [id, severity]), [
    ["vmware-tools/not-removed", "warning"],
  ]);
});

Deno.test("vmwareTools warns of files that no package manager owns", async () => {
  const plan = await planOf({ ...SYSTEMD, "/usr/bin/prltoolsd": "" });
  assertEquals(plan.concerns.map(({ id }) => id), ["vmware-tools/not-removed"]);
});

Deno.test("withoutModules() takes out what matches and keeps comments, options and other modules", () => {
  const text = "# vmw_balloon\nvmw-balloon\nloop max_loop=8\n\nvmw_balloon debug=1\n";
  assertEquals(withoutModules(text, [/^vmw_balloon$/]), "# vmw_balloon\nloop max_loop=8\n\n");
});
