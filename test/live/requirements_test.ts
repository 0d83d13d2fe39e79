import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { GuestTree } from "../../src/live/guest_tree.ts";
import { requireFixable } from "../../src/live/requirements.ts";
import { MigrateError } from "../../src/model/error.ts";

interface Given {
  readonly facts?: Readonly<Record<string, string>>;
  readonly missing?: readonly string[];
  readonly paths?: readonly string[];
}

function check({ facts = {}, missing = [], paths = [] }: Given): string {
  const tree = new GuestTree();
  for (const path of ["/etc", "/sbin", ...paths]) tree.add(path, { kind: "d", sizeBytes: 0, link: "" });
  for (const path of ["/", "/etc", "/sbin"]) tree.complete(path);
  return requireFixable("web", {
    facts: { get: (name) => facts[name] ?? "", missing },
    tree,
    contents: new Map(),
  });
}

function refused(given: Given, reason: RegExp): void {
  const error = assertThrows(() => check(given), MigrateError);
  assertEquals([error.code, error.hint === undefined], ["guest/unsupported", false]);
  assertMatch(error.message, reason);
}

Deno.test("requireFixable() knows systemd, SysV init and OpenRC", () => {
  assertEquals(check({ facts: { systemd: "yes", init: "systemd" } }), "systemd");
  assertEquals(check({ facts: { init: "init" }, paths: ["/etc/init.d"] }), "sysv");
  assertEquals(check({ facts: { init: "init" }, paths: ["/etc/init.d", "/sbin/openrc"] }), "openrc");
});

Deno.test("requireFixable() refuses a guest without a supported init", () => {
  refused({ facts: { init: "runit" } }, /its first process is runit, which is no init system that is known/);
  refused({ facts: { init: "init" } }, /its first process is init/);
  refused({}, /unknown/);
});

Deno.test("requireFixable() refuses a container", () => {
  refused({ facts: { container: "yes", systemd: "yes" } }, /it is a container/);
});

Deno.test("requireFixable() refuses a root that is read-only, and one below it that is written", () => {
  const mount = (path: string, options: string): string => `1 0 8:1 / ${path} ${options} - ext4 /dev/sda1 rw`;
  const facts = { systemd: "yes" };
  refused({ facts: { ...facts, mountinfo: mount("/", "ro,relatime") } }, /\/dev\/sda1 on \/ is read-only/);
  refused(
    { facts: { ...facts, mountinfo: `${mount("/", "rw")}\n${mount("/boot", "ro")}` } },
    /on \/boot is read-only/,
  );
  assertEquals(
    check({ facts: { ...facts, mountinfo: `${mount("/", "ro")}\n${mount("/", "rw")}` } }),
    "systemd",
  );
  assertEquals(check({ facts: { ...facts, mountinfo: mount("/srv", "ro") } }), "systemd");
});

Deno.test("requireFixable() names the programs that are missing", () => {
  refused({ facts: { systemd: "yes" }, missing: ["tar", "flock"] }, /it has no tar, flock/);
});
