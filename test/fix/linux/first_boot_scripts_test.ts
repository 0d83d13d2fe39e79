import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { firstBootScripts, readFirstBootScripts } from "../../../src/fix/linux/first_boot_scripts.ts";
import { MigrateError } from "../../../src/model/error.ts";
import { contextOf, DEBIAN, LEFTOVERS, openSample } from "../../support/sample_guests.ts";
import { TempFolder } from "../../support/temp.ts";

const SCRIPT = { name: "set up; web.sh", text: "#!/bin/sh\ntrue\n" };

Deno.test("firstBootScripts.plan() writes the script, and a unit that runs and then removes it", async () => {
  const { files, guest } = await openSample(LEFTOVERS);
  const { changes } = await firstBootScripts.plan(
    contextOf(files, guest, undefined, { firstBoot: [SCRIPT, SCRIPT] }),
  );
  const path = "/usr/local/sbin/hyper2kvm-first-boot-1-set_up__web.sh";
  assertEquals(changes.slice(0, 4).map((one) => one.path), [
    path,
    "/usr/local/sbin/hyper2kvm-first-boot-1",
    "/etc/systemd/system/hyper2kvm-first-boot-1.service",
    "/etc/systemd/system/multi-user.target.wants/hyper2kvm-first-boot-1.service",
  ]);
  const runner = changes[1]!;
  assertStringIncludes(runner.kind === "text" ? runner.after! : "", `${path} || return 1\nrm -f ${path}`);
  assertEquals(changes.length, 8);
});

Deno.test("firstBootScripts.plan() says that a guest without systemd cannot run them", async () => {
  const { files, guest } = await openSample(DEBIAN);
  const { changes, concerns } = await firstBootScripts.plan(
    contextOf(files, guest, undefined, { firstBoot: [SCRIPT] }),
  );
  assertEquals([changes.length, concerns.map(({ id }) => id)], [0, ["first-boot/no-systemd"]]);
});

Deno.test("readFirstBootScripts() refuses what the guest could not run", async () => {
  await using folder = await TempFolder.create();
  const cases = [["no-shebang", "echo\n", "interpreter"], ["binary", "#!/\xff\xfe", "no text"]] as const;
  for (const [name, content, reason] of cases) {
    await Deno.writeFile(folder.file(name), Uint8Array.from(content, (one) => one.charCodeAt(0)));
    const error = await assertRejects(() => readFirstBootScripts([folder.file(name)]), MigrateError, reason);
    assertEquals(error.code, "usage/bad-value");
  }
  await assertRejects(() => readFirstBootScripts([folder.file("none")]), MigrateError, "no such file");
});
