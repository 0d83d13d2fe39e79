import { assertEquals } from "@std/assert";
import { concernsOf, type ExportWish } from "../../../../src/source/vsphere/machines/concerns.ts";
import { chooseMode } from "../../../../src/source/vsphere/modes/choose.ts";
import { disk, vm } from "./sample_vm.ts";

type Own = Parameters<typeof vm>[0];

const ALL = { running: true, deltas: true, rawDevices: true };
const NONE = { running: false, deltas: false, rawDevices: false };

function concerns(own: Own, wish: Partial<ExportWish> = {}): string[] {
  return concernsOf(vm(own), { carries: ALL, shutsDown: false, ...wish })
    .filter((one) => one.id !== "vsphere/change-tracking")
    .map(({ id, severity }) => `${id.replace("vsphere/", "")} ${severity}`);
}

Deno.test("concernsOf() blocks what a mode cannot take along", () => {
  assertEquals(concerns({}), []);
  assertEquals(concerns({ power: "on" }), ["powered-on warning"]);
  assertEquals(concerns({ power: "on" }, { carries: NONE }), ["powered-on critical"]);
  assertEquals(concerns({ power: "on" }, { carries: NONE, shutsDown: true }), []);
  assertEquals(concerns({ power: "suspended" }, { shutsDown: true }), ["powered-on critical"]);
  assertEquals(concerns({ encrypted: true, disks: [] }), ["encrypted critical", "no-disks critical"]);
  const delta = { disks: [disk({ parents: ["[ds] web/base.vmdk"], raw: true })] };
  assertEquals(concerns(delta), ["delta-disk information", "raw-device warning"]);
  assertEquals(concerns(delta, { carries: NONE }), ["delta-disk critical", "raw-device critical"]);
});

Deno.test("concernsOf() tells a linked clone from a snapshot", () => {
  const clone = { disks: [disk({ parents: ["[ds] golden/golden.vmdk"] })] };
  assertEquals(concerns(clone), ["linked-clone information"]);
  assertEquals(concerns(clone, { carries: NONE }), ["linked-clone critical"]);
});

Deno.test("concernsOf() blocks an independent disk only where a snapshot is needed", () => {
  const own = { disks: [disk({ mode: "independent_persistent" })] };
  assertEquals(concerns(own), ["independent-disk information"]);
  assertEquals(concerns({ ...own, power: "on" }), ["powered-on warning", "independent-disk critical"]);
});

Deno.test("concernsOf() warns of what stays behind, and of what is in disorder", () => {
  assertEquals(
    concerns({ tpm: true, passthrough: ["GPU"], disks: [disk({ shared: true, encrypted: true })] }),
    ["encrypted-disk critical", "shared-disk warning", "passthrough warning", "tpm warning"],
  );
  const snapshots = [{ id: "s", name: "s", createdAt: "", children: [] }];
  assertEquals(concerns({ snapshots, consolidationNeeded: true }), [
    "snapshots information",
    "consolidation warning",
  ]);
});

Deno.test("concernsOf() says what it means that change tracking is off", () => {
  const said = (own: Own, needsChangeTracking?: true): string[] =>
    concernsOf(vm(own), {
      carries: { ...ALL, ...(needsChangeTracking === undefined ? {} : { needsChangeTracking }) },
      shutsDown: false,
    }).map((one) => one.severity);
  assertEquals([said({}), said({}, true), said({ changeTracking: true }, true)], [["information"], [
    "warning",
  ], []]);
});

Deno.test("chooseMode() prefers the mode that can be resumed, and says why not", () => {
  const gib = 1024 ** 3;
  assertEquals(chooseMode(vm(), false).mode, "datastore");
  assertEquals(chooseMode(vm({ storageBytes: gib / 4 }), false).mode, "nfc");
  const rdm = chooseMode(vm({ disks: [disk({ raw: true })] }), false);
  assertEquals(rdm, {
    mode: "nfc",
    reason: "datastore cannot take it: Hard disk 1 is a device of the storage (RDM).",
  });
});
