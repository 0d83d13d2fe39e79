import { assertEquals, assertThrows } from "@std/assert";
import { folderNames } from "../../../../src/orchestrator/vsphere_exporter.ts";
import { MigrateError } from "../../../../src/model/error.ts";
import { selectVms } from "../../../../src/source/vsphere/machines/selection.ts";
import { vm } from "./sample_vm.ts";

const VMS = [
  vm({ id: "vm-1", name: "web-01", path: "/DC0/vm/shop/web-01" }),
  vm({ id: "vm-2", name: "web-02", path: "/DC0/vm/shop/web-02" }),
  vm({ id: "vm-3", name: "db (old)", path: "/DC0/vm/db (old)" }),
];
const ids = (...selectors: string[]): string[] => selectVms(VMS, selectors).map((one) => one.id);

Deno.test("selectVms() takes names, ids and paths, each machine once", () => {
  assertEquals(ids("web-02", "vm-1", "/DC0/vm/shop/web-02"), ["vm-2", "vm-1"]);
  assertEquals(ids("db (old)"), ["vm-3"]);
});

Deno.test("selectVms() takes globs over names and over paths", () => {
  assertEquals(ids("WEB-??"), ["vm-1", "vm-2"]);
  assertEquals(ids("/DC0/vm/*"), ["vm-3"]);
  assertEquals(ids("/DC0/**"), ["vm-1", "vm-2", "vm-3"]);
  assertEquals(ids("db (*"), ["vm-3"]);
});

Deno.test("selectVms() without a selector takes all", () => {
  assertEquals(ids().length, 3);
});

Deno.test("selectVms() refuses a selector that names nothing", () => {
  const error = assertThrows(() => ids("web-01", "web-3"), MigrateError, 'the VM "web-3"');
  assertEquals(error.code, "source/missing");
});

Deno.test("folderNames() are safe, and differ", () => {
  const named = (name: string, id: string) => vm({ name, id });
  assertEquals(
    folderNames([named("a/b c", "vm-1"), named("..", "vm-2"), named("x", "vm-3"), named("X", "vm-4")]),
    ["a_b_c", "vm", "x_vm-3", "X_vm-4"],
  );
});
