import { assertEquals } from "@std/assert";
import type { TargetMachine } from "../../src/libvirt/target_machine.ts";
import { v2vBus, v2vFirmware, withV2vHardware } from "../../src/v2v/hardware.ts";
import type { V2VMachine } from "../../src/v2v/output_xml.ts";

const disk = (bus: string): V2VMachine["disks"][number] => ({ path: "/out/a", format: "qcow2", bus });

const OURS: TargetMachine = {
  name: "win",
  osType: "windows",
  memoryBytes: 2 ** 31,
  cpus: 2,
  firmware: "bios",
  tpm: false,
  disks: ["/out/a", "/out/b"].map((path) => ({ path, format: "qcow2", bus: "sata" })),
  nics: [{
    mac: "00:50:56:8a:12:34",
    macOrigin: "source",
    attachment: { kind: "network", name: "default" },
    targetModel: "e1000e",
  }],
  accelerator: "kvm",
  graphics: "vnc",
};

Deno.test("withV2vHardware() takes firmware, buses, cards and the system's name", () => {
  const osId = "http://microsoft.com/win/2k19";
  const v2v: V2VMachine = {
    disks: [disk("virtio"), disk("ide")],
    firmware: "uefi",
    nicModels: ["virtio"],
    osId,
  };
  const machine = withV2vHardware(OURS, v2v);
  assertEquals(machine.disks.map(({ path, bus }) => [path, bus]), [["/out/a", "virtio"], ["/out/b", "sata"]]);
  assertEquals([machine.firmware, machine.nics[0]?.targetModel, machine.osId], ["uefi", "virtio", osId]);
});

Deno.test("withV2vHardware() gives an Intel card to a guest without a virtio driver", () => {
  const v2v: V2VMachine = { disks: [disk("ide")], firmware: "bios", nicModels: ["e1000"] };
  assertEquals(withV2vHardware(OURS, v2v).nics.map(({ targetModel }) => targetModel), ["e1000e"]);
});

Deno.test("v2vFirmware() keeps Secure Boot where the source has it", () => {
  const uefi: V2VMachine = { disks: [], firmware: "uefi", nicModels: [] };
  assertEquals(v2vFirmware("uefi-secure-boot", uefi), "uefi-secure-boot");
  assertEquals(v2vFirmware("uefi-secure-boot", { ...uefi, firmware: "bios" }), "bios");
});

Deno.test("v2vBus() knows virtio-scsi and falls back to SATA", () => {
  const v2v: V2VMachine = { disks: [disk("scsi")], firmware: "bios", nicModels: [] };
  assertEquals([v2vBus(v2v, 0), v2vBus(v2v, 1)], ["scsi", "sata"]);
});
