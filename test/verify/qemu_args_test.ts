import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { machineArgs, type ProofMachine } from "../../src/verify/qemu_args.ts";

const MACHINE: ProofMachine = {
  name: "web",
  disks: [{ path: "/w/a.qcow2", format: "qcow2" }, { path: "/w/b.qcow2", format: "qcow2" }],
  bus: "virtio",
  accelerator: "tcg",
  memoryMiB: 1024,
  cpus: 2,
  nics: [{ mac: "00:50:56:8a:12:34" }],
  agentSocket: "/w/agent",
  serialLog: "/w/serial.log",
  qemuLog: "/w/qemu.log",
  viewLog: "/w/view",
  viewSerialLog: "/w/view-serial",
  qmpSocket: "/w/qmp",
};

/** The values of one option, in order. */
function valuesOf(option: string, change: Partial<ProofMachine> = {}): string[] {
  const args = machineArgs({ ...MACHINE, ...change });
  return args.flatMap((arg, index) => arg === option ? [args[index + 1] ?? ""] : []);
}

function devices(change: Partial<ProofMachine> = {}): string[] {
  return valuesOf("-device", change);
}

Deno.test("machineArgs() puts the disks on virtio in boot order", () => {
  assertEquals(devices().filter((device) => device.includes("drive=")), [
    "virtio-blk-pci,drive=disk0,bootindex=1",
    "virtio-blk-pci,drive=disk1,bootindex=2",
  ]);
});

Deno.test("machineArgs() passes paths to the block layer unchanged", () => {
  const [first] = valuesOf("-blockdev", { disks: [{ path: '/w/a,b "c".qcow2', format: "qcow2" }] });
  assertEquals(JSON.parse(first ?? "").file.filename, '/w/a,b "c".qcow2');
});

Deno.test("machineArgs() knows the other buses", () => {
  const drive = (bus: ProofMachine["bus"]): string[] =>
    devices({ bus }).filter((device) => device.includes("drive=")).map((device) =>
      device.split(",drive")[0] ?? ""
    );
  assertEquals(drive("scsi"), ["scsi-hd,bus=scsi0.0,scsi-id=0", "scsi-hd,bus=scsi0.0,scsi-id=1"]);
  assertEquals(drive("sata"), ["ide-hd,bus=ide.0", "ide-hd,bus=ide.1"]);
  assertEquals(drive("ide"), ["ide-hd,bus=ide.0,unit=0", "ide-hd,bus=ide.0,unit=1"]);
  assertEquals(valuesOf("-machine", { bus: "ide" }), ["pc,graphics=off"]);
});

Deno.test("machineArgs() isolates each network card and keeps its MAC", () => {
  assertEquals(valuesOf("-netdev"), ["user,id=net0,restrict=on"]);
  assert(devices().includes("virtio-net-pci,netdev=net0,mac=00:50:56:8a:12:34,romfile="));
});

Deno.test("machineArgs() makes no network without a card", () => {
  assertEquals(valuesOf("-netdev", { nics: [] }), []);
});

Deno.test("machineArgs() runs TCG on several threads and KVM with the host's CPU", () => {
  assertEquals([valuesOf("-accel"), valuesOf("-cpu")], [["tcg,thread=multi"], ["max"]]);
  const change = { accelerator: "kvm" } as const;
  assertEquals([valuesOf("-accel", change), valuesOf("-cpu", change)], [["kvm"], ["host"]]);
});

Deno.test("machineArgs() opens the port of the inside view and two serial ports", () => {
  assert(devices().includes("virtserialport,chardev=view,name=org.hyper2kvm.proof.0"));
  assertEquals(valuesOf("-serial"), ["chardev:console", "chardev:viewserial"]);
});

Deno.test("machineArgs() doubles the commas in paths of files", () => {
  const chardevs = valuesOf("-chardev", { serialLog: "/w/a,b.log" });
  assertStringIncludes(chardevs.join("\n"), "logfile=/w/a,,b.log");
});

Deno.test("machineArgs() gives a UEFI machine its firmware and its own variables", () => {
  const flash = { path: "/w/vars", format: "raw" };
  const uefi = { code: { path: "/usr/share/code.fd", format: "raw" }, vars: flash, smm: false };
  assertEquals(valuesOf("-drive", { uefi }), [
    "if=pflash,unit=0,format=raw,file=/usr/share/code.fd,readonly=on",
    "if=pflash,unit=1,format=raw,file=/w/vars",
  ]);
  assertEquals(valuesOf("-machine", { uefi: { ...uefi, smm: true } }), ["q35,graphics=off,smm=on"]);
});

Deno.test("machineArgs() ends the machine when the guest restarts", () => {
  assert(machineArgs(MACHINE).includes("-no-reboot"));
});
