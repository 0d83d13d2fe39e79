import { assertEquals } from "@std/assert";
import { cloudInit } from "../../../src/fix/linux/cloud_init.ts";
import type { CloudInit } from "../../../src/fix/linux/cloud_seed.ts";
import type { FixPlan } from "../../../src/fix/fix.ts";
import { type Change, withoutSecrets } from "../../../src/model/change.ts";
import { contextOf, DEBIAN, LEFTOVERS, openSample, type Sample } from "../../support/sample_guests.ts";

const SEED = { userData: "#cloud-config\npassword: geheim\n", metaData: {} };

async function planOf(sample: Sample, place: CloudInit["place"] = "guest"): Promise<FixPlan> {
  const { files, guest } = await openSample(sample);
  return await cloudInit.plan(contextOf(files, guest, undefined, { cloudInit: { seed: SEED, place } }));
}

const summary = (change: Change): unknown => [change.path, change.kind === "text" && (change.mode ?? 0o644)];

Deno.test("cloudInit.plan() writes a seed that only root reads, and has cloud-init take it", async () => {
  const { changes, concerns } = await planOf(LEFTOVERS);
  assertEquals(changes.map(summary), [
    ["/var/lib/cloud/seed/nocloud/user-data", 0o600],
    ["/var/lib/cloud/seed/nocloud/meta-data", 0o600],
    ["/etc/cloud/cloud.cfg.d/99-zz-hyper2kvm.cfg", 0o644],
    ["/etc/cloud/cloud-init.disabled", 0o644], // deleted
  ]);
  assertEquals(concerns, []);
});

Deno.test("cloudInit.plan() warns of a guest without cloud-init", async () => {
  assertEquals((await planOf(DEBIAN)).concerns.map(({ id }) => id), ["cloud-init/not-installed"]);
});

Deno.test("cloudInit.plan() leaves the guest alone when the data goes beside the disks", async () => {
  const { changes, leftAlone } = await planOf(DEBIAN, "iso");
  assertEquals([changes.length, leftAlone.length], [0, 1]);
});

Deno.test("withoutSecrets() keeps the data for cloud-init out of reports", async () => {
  const { changes } = await planOf(LEFTOVERS);
  const shown = JSON.stringify(withoutSecrets(changes));
  assertEquals([JSON.stringify(changes).includes("geheim"), shown.includes("geheim")], [true, false]);
});
