import { assertEquals } from "@std/assert";
import { withChoices } from "../../src/libvirt/machine_request.ts";
import type { Machine } from "../../src/model/source.ts";

const MACHINE: Machine = {
  nics: [],
  cpus: 8,
  coresPerSocket: 4,
  memoryBytes: 1024 ** 3,
  firmware: "uefi-secure-boot",
};
const NOTHING = { uefi: false, bios: false, vcpus: undefined, memory: undefined };

Deno.test("withChoices() changes nothing that is not asked for", () => {
  assertEquals(withChoices(MACHINE, NOTHING), MACHINE);
});

Deno.test("withChoices() takes CPUs, whose sockets are then not the source's, and memory", () => {
  const { coresPerSocket: _cores, ...rest } = MACHINE;
  assertEquals(withChoices(MACHINE, { ...NOTHING, vcpus: 2, memory: 512 }), {
    ...rest,
    cpus: 2,
    memoryBytes: 512 * 1024 ** 2,
  });
});

Deno.test("withChoices() takes the firmware, --uefi without Secure Boot", () => {
  assertEquals(withChoices(MACHINE, { ...NOTHING, bios: true }).firmware, "bios");
  assertEquals(withChoices(MACHINE, { ...NOTHING, uefi: true }).firmware, "uefi");
  assertEquals(withChoices({ nics: [] }, { ...NOTHING, uefi: true }).firmware, "uefi");
});
