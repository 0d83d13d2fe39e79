import { assertEquals, assertStringIncludes } from "@std/assert";
import type { FixPlan } from "../../../src/fix/fix.ts";
import { guestAgent, wantedBy } from "../../../src/fix/linux/guest_agent.ts";
import { type MemoryEntry, MemoryFiles } from "../../support/memory_files.ts";
import { contextOf, guestOf, MBR_FILESYSTEMS } from "../../support/sample_guests.ts";

const UNIT = "/usr/lib/systemd/system/qemu-guest-agent.service";
const PORT = "dev-virtio\\x2dports-org.qemu.guest_agent.0.device";

async function planOf(entries: Record<string, MemoryEntry>, installGuestAgent = false): Promise<FixPlan> {
  const files = new MemoryFiles(entries);
  const guest = await guestOf(files, MBR_FILESYSTEMS);
  return await guestAgent.plan(contextOf(files, guest, undefined, { installGuestAgent }));
}

Deno.test("guestAgent enables an installed agent by the target that its unit names", async () => {
  const { changes } = await planOf({ [UNIT]: `[Service]\nExecStart=x\n[Install]\nWantedBy=${PORT}\n` });
  assertEquals(changes.map((one) => [one.path, one.kind === "link" && one.after]), [
    [`/etc/systemd/system/${PORT}.wants/qemu-guest-agent.service`, UNIT],
  ]);
});

Deno.test("guestAgent leaves an agent that udev starts", async () => {
  const plan = await planOf({ [UNIT]: "[Service]\nExecStart=x\n" });
  assertEquals([plan.changes, plan.leftAlone[0]?.reason], [
    [],
    "udev starts qemu-guest-agent when its port appears",
  ]);
});

Deno.test("guestAgent respects a mask", async () => {
  const masked = { "/etc/systemd/system/qemu-guest-agent.service": { link: "/dev/null" } };
  const plan = await planOf({ ...masked, [UNIT]: "[Install]\nWantedBy=multi-user.target\n" }, true);
  assertEquals([plan.changes, plan.leftAlone[0]?.reason], [
    [],
    "qemu-guest-agent is installed, and its owner has masked it",
  ]);
});

Deno.test("guestAgent installs the agent at the first boot only when asked for", async () => {
  const systemd = { "/lib/systemd/systemd": "" };
  assertEquals((await planOf(systemd)).changes, []);
  const { changes, concerns } = await planOf(systemd, true);
  assertEquals(changes.map(({ path }) => path), [
    "/usr/local/sbin/hyper2kvm-install-guest-agent",
    "/etc/systemd/system/hyper2kvm-install-guest-agent.service",
    "/etc/systemd/system/multi-user.target.wants/hyper2kvm-install-guest-agent.service",
  ]);
  assertStringIncludes(concerns[0]?.message ?? "", "At its first boot with a network");
});

Deno.test("guestAgent cannot install anything at the first boot without systemd", async () => {
  const { changes, concerns } = await planOf({}, true);
  assertEquals([changes, concerns.map(({ id }) => id)], [[], ["guest-agent/no-systemd"]]);
});

Deno.test("wantedBy() reads several targets", () => {
  assertEquals(wantedBy("[Install]\nWantedBy=a.target b.target\nWantedBy=c.target\n"), [
    "a.target",
    "b.target",
    "c.target",
  ]);
});
