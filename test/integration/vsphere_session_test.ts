/** Sessions on the vCenter simulator, and the faults that they must survive. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { MigrateError } from "../../src/model/error.ts";
import { readInventory } from "../../src/source/vsphere/inventory.ts";
import { VsphereSession } from "../../src/source/vsphere/session.ts";
import { parseThumbprint } from "../../src/source/vsphere/http/trust.ts";
import { vsphereTest as test } from "../support/vsphere_bed.ts";

test("session survives being killed before every call", async ({ sim }) => {
  await using session = await sim.session();
  const calls = ["CreateContainerView", "RetrievePropertiesEx", "CurrentTime"];
  for (const Method of calls) await sim.order({ Method, Action: "logout" });
  assertEquals((await readInventory(session)).vms.length, 2);
  await session.call("CurrentTime", { type: "ServiceInstance", id: "ServiceInstance" });
  assertEquals((await sim.counts()).hits["Login"], 4);
});

test("session survives 503 and dropped connections", async ({ sim }) => {
  await sim.order({ Method: "RetrieveServiceContent", Action: "drop" });
  await sim.order({ Method: "Login", Action: "status", Status: 503 });
  await sim.order({ Method: "RetrievePropertiesEx", Action: "drop", Count: 2 });
  await sim.order({ Method: "CreateContainerView", Action: "status", Status: 503 });
  await using session = await sim.session();
  assertEquals((await readInventory(session)).vms.length, 2);
});

test("session gives up on a server that stays away", async ({ sim }) => {
  await sim.order({ Method: "CurrentTime", Action: "status", Status: 503, Count: 99 });
  await using session = await sim.session();
  const call = () => session.call("CurrentTime", { type: "ServiceInstance", id: "ServiceInstance" });
  const error = await assertRejects(call, MigrateError, "503");
  assertEquals(error.code, "network/failed");
});

test("session keeps itself alive and logs out", async ({ sim }) => {
  {
    await using _session = await VsphereSession.open({ ...await sim.sessionOptions(), keepAliveMs: 100 });
    await new Promise((resolve) => setTimeout(resolve, 700));
  }
  const { hits } = await sim.counts();
  assert(hits["CurrentTime"]! >= 3);
  assertEquals(hits["Logout"], 1);
});

test("session refuses a wrong password", async ({ sim }) => {
  const options = { ...await sim.sessionOptions(), password: "wrong-one" };
  const error = await assertRejects(() => VsphereSession.open(options), MigrateError, "password is wrong");
  assertEquals(error.code, "permission/denied");
  assert(!`${error.message}${error.hint}`.includes("wrong-one"));
});

test("session trusts an authority, a thumbprint, or anything, as asked", async ({ sim }) => {
  const options = await sim.sessionOptions();
  const unknown = { ...options, trust: { kind: "ca" as const } };
  const error = await assertRejects(() => VsphereSession.open(unknown), MigrateError, "Cannot trust");
  const thumbprint = parseThumbprint(/--thumbprint (\S+)/.exec(error.hint!)![1]!);
  for (const trust of [{ kind: "pin" as const, thumbprint }, { kind: "insecure" as const }]) {
    await using session = await VsphereSession.open({ ...options, trust });
    assertEquals(session.content.apiType, "VirtualCenter");
  }
});

test("session refuses a certificate that changed, and shows both thumbprints", async ({ sim }) => {
  const options = await sim.sessionOptions();
  const unknown = { ...options, trust: { kind: "ca" as const } };
  const { hint } = await assertRejects(() => VsphereSession.open(unknown), MigrateError);
  const thumbprint = parseThumbprint(/--thumbprint (\S+)/.exec(hint!)![1]!);
  await using session = await VsphereSession.open({ ...options, trust: { kind: "pin", thumbprint } });
  await sim.order({ Method: "", Action: "certificate" });
  const error = await assertRejects(() => readInventory(session), MigrateError, thumbprint.hex);
  assertEquals(/[0-9A-F:]{95}/g[Symbol.match](error.message)?.length, 2);
});
