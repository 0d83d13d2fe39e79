import { assertEquals, assertStringIncludes } from "@std/assert";
import { bootDefaults, MAX_VIRTIO_BLK, targetMachine, type TargetRequest } from "../../src/libvirt/target.ts";
import type { Guest } from "../../src/model/guest.ts";
import type { DiscoveredSource, Machine, Nic } from "../../src/model/source.ts";

const GUEST: Guest = {
  osType: "linux",
  root: "/dev/sda1",
  rootReason: "the only root",
  distro: "debian",
  productName: "Debian GNU/Linux 12 (bookworm)",
  version: "12",
  arch: "x86_64",
  hostname: "shop",
  filesystems: [],
  mounts: [],
  firmware: "bios",
  kernels: [],
  bootEntries: [],
  interfaces: [],
};
const NIC: Nic = { mac: "00:50:56:8a:12:34", macOrigin: "source", network: "VM Network", model: "vmxnet3" };

function source(machine: Partial<Machine> = {}): DiscoveredSource {
  return {
    kind: "vmdk",
    location: "/in/shop.vmdk",
    name: "shop",
    disks: [],
    machine: { nics: [], ...machine },
  };
}

function request(changes: Partial<TargetRequest> = {}): TargetRequest {
  return {
    source: source({ cpus: 4, memoryBytes: 8 * 1024 ** 3 }),
    guest: GUEST,
    nics: [NIC],
    outputs: [{ path: "/out/shop.qcow2", format: "qcow2" }, { path: "/out/shop-2.qcow2", format: "qcow2" }],
    accelerator: "kvm",
    ...changes,
  };
}

const ids = (changes: Partial<TargetRequest>): string[] =>
  targetMachine(request(changes)).concerns.map((concern) => concern.id);

Deno.test("targetMachine() keeps CPUs, memory, disks in order and addresses", () => {
  const { machine } = targetMachine(request());
  assertEquals([machine.cpus, machine.memoryBytes], [4, 8 * 1024 ** 3]);
  assertEquals(machine.disks.map((disk) => [disk.path, disk.bus]), [
    ["/out/shop.qcow2", "virtio"],
    ["/out/shop-2.qcow2", "virtio"],
  ]);
  assertEquals(machine.nics.map((nic) => [nic.mac, nic.targetModel]), [["00:50:56:8a:12:34", "virtio"]]);
  assertEquals(machine.osId, "http://debian.org/debian/12");
});

Deno.test("targetMachine() says which defaults it took", () => {
  const { machine, concerns } = targetMachine(request({ source: source(), nics: [] }));
  assertEquals([machine.cpus, machine.memoryBytes], [2, 2 * 1024 ** 3]);
  assertEquals(concerns.map((concern) => [concern.id, concern.severity]), [[
    "machine/defaults",
    "information",
  ]]);
  assertStringIncludes(concerns[0]?.message ?? "", "2 CPUs and 2 GiB of memory");
});

Deno.test("targetMachine() puts many disks on virtio-scsi", () => {
  const outputs = (count: number): TargetRequest["outputs"] =>
    Array.from({ length: count }, (_, index) => ({ path: `/out/${index}`, format: "raw" }));
  const buses = (count: number): Set<string> =>
    new Set(targetMachine(request({ outputs: outputs(count) })).machine.disks.map((disk) => disk.bus));
  assertEquals(buses(MAX_VIRTIO_BLK), new Set(["virtio"]));
  assertEquals(buses(MAX_VIRTIO_BLK + 1), new Set(["scsi"]));
});

Deno.test("targetMachine() starts Windows on SATA and an Intel card", () => {
  const guest: Guest = { ...GUEST, osType: "windows", distro: "windows", productName: "Windows 10 Pro" };
  const { machine } = targetMachine(request({ guest }));
  assertEquals([machine.disks[0]?.bus, machine.nics[0]?.targetModel], ["sata", "e1000e"]);
  assertEquals(machine.osId, "http://microsoft.com/win/10");
});

Deno.test("targetMachine() starts a system that it does not know on SATA and an Intel card", () => {
  const { machine } = targetMachine(request({ guest: { ...GUEST, osType: "unknown" } }));
  assertEquals([machine.disks[0]?.bus, machine.nics[0]?.targetModel], ["sata", "e1000e"]);
});

Deno.test("targetMachine() maps networks by address before name, and warns of those that nobody mapped", () => {
  const br0 = { kind: "bridge", name: "br0" } as const;
  const br1 = { kind: "bridge", name: "br1" } as const;
  const attachment = (networks: TargetRequest["networks"]): unknown =>
    targetMachine(request(networks === undefined ? {} : { networks })).machine.nics[0]?.attachment;
  assertEquals(attachment({ "VM Network": br0 }), br0);
  assertEquals(attachment({ "VM Network": br0, [NIC.mac]: br1 }), br1);
  assertEquals(attachment(undefined), { kind: "network", name: "default" });
  assertEquals(ids({}), ["machine/network"]);
  assertEquals(ids({ networks: { "VM Network": br0 } }), []);
});

Deno.test("targetMachine() warns when source and disk disagree on the firmware", () => {
  const disagreeing = source({ cpus: 1, memoryBytes: 1024 ** 3, firmware: "uefi-secure-boot" });
  assertEquals(ids({ source: disagreeing, nics: [] }), ["machine/firmware"]);
  assertEquals(ids({ source: disagreeing, nics: [], guest: { ...GUEST, firmware: "uefi" } }), []);
});

Deno.test("targetMachine() says when the definition asks for emulation", () => {
  assertEquals(targetMachine(request({ accelerator: "tcg" })).machine.accelerator, "qemu");
  assertEquals(ids({ accelerator: "tcg", nics: [] }), ["machine/emulated"]);
});

Deno.test("targetMachine() warns of a guest for another architecture", () => {
  assertEquals(ids({ guest: { ...GUEST, arch: "aarch64" }, nics: [] }), ["machine/arch"]);
});

Deno.test("bootDefaults() takes the firmware of the source, then of the disk, then BIOS", () => {
  const uefi: Guest = { ...GUEST, firmware: "uefi" };
  assertEquals(bootDefaults(source({ firmware: "uefi-secure-boot" }), GUEST).firmware, "uefi-secure-boot");
  assertEquals(bootDefaults(source(), uefi).firmware, "uefi");
  assertEquals(bootDefaults(source()).firmware, "bios");
});

Deno.test("targetMachine() keeps the UUID on request, and says when the source has none", () => {
  const uuid = "564d1234-0000-4000-8000-000000000001";
  const known = source({ cpus: 1, memoryBytes: 1024 ** 3, uuid });
  assertEquals(targetMachine(request({ source: known })).machine.uuid, undefined);
  assertEquals(targetMachine(request({ source: known, keepUuid: true })).machine.uuid, uuid);
  assertEquals(ids({ keepUuid: true, nics: [] }), ["machine/uuid"]);
});

Deno.test("targetMachine() puts Windows on virtio in its final stage only", () => {
  const guest: Guest = { ...GUEST, osType: "windows", productName: "Windows Server 2019 Standard" };
  const buses = (windowsStage?: "bootstrap" | "final"): unknown[] => {
    const { machine } = targetMachine(request({ guest, ...(windowsStage ? { windowsStage } : {}) }));
    return [machine.disks[0]?.bus, machine.nics[0]?.targetModel];
  };
  assertEquals([buses(), buses("bootstrap")], [["sata", "e1000e"], ["sata", "e1000e"]]);
  assertEquals(buses("final"), ["virtio", "virtio"]);
});

Deno.test("targetMachine() uses virtio-scsi on request", () => {
  const { machine } = targetMachine(request({ diskBus: "scsi" }));
  assertEquals(machine.disks.map(({ bus }) => bus), ["scsi", "scsi"]);
});
