/**
 * The machine that the boot proof starts, as qemu's arguments: what the libvirt definition promises (q35,
 * virtio), on an isolated network, with its consoles in files.
 *
 * @module
 */
import type { Accelerator } from "../run/context.ts";
import { AGENT_PORT, type DiskBus, type ProofDisk, type ProofNic, VIEW_PORT } from "./proof_guest.ts";

export { type DiskBus, type ProofDisk, VIEW_PORT };

/** UEFI firmware of the host, with a throw-away copy of its variables. */
export interface UefiFlash {
  /** Firmware image, never written. */
  readonly code: ProofDisk;
  /** Variable store of this machine. */
  readonly vars: ProofDisk;
  /** Whether it needs System Management Mode, as firmware with Secure Boot does. */
  readonly smm: boolean;
}

/** A machine for the boot proof. */
export interface ProofMachine {
  /** Name of the VM, as the process list shows it. */
  readonly name: string;
  /** Disks in boot order. */
  readonly disks: readonly ProofDisk[];
  /** Where the disks sit; `ide` makes an i440FX machine, everything else a q35. */
  readonly bus: DiskBus;
  /** UEFI firmware; without it the machine has a BIOS. */
  readonly uefi?: UefiFlash;
  /** What runs the guest. */
  readonly accelerator: Accelerator;
  /** Memory in MiB. */
  readonly memoryMiB: number;
  /** Virtual CPUs. */
  readonly cpus: number;
  /** Network cards. */
  readonly nics: readonly ProofNic[];
  /** File that receives the first serial console. */
  readonly serialLog: string;
  /** File that receives this command line, and what qemu says. */
  readonly qemuLog: string;
  /** File that receives what the guest writes to the virtio port. */
  readonly viewLog: string;
  /** File that receives the second serial port, for guests without virtio ports. */
  readonly viewSerialLog: string;
  /** Path of the socket that qemu makes for the guest agent. */
  readonly agentSocket: string;
  /** Path of the control socket that qemu makes. */
  readonly qmpSocket: string;
}

/** Arguments of qemu-system-x86_64 for a machine. */
export function machineArgs(machine: ProofMachine): string[] {
  return [
    ...["-name", `guest=${escaped(`hyper2kvm-proof-${machine.name}`)}`, "-nodefaults", "-no-user-config"],
    ...["-machine", machineType(machine), ...acceleratorArgs(machine.accelerator)],
    ...["-m", String(machine.memoryMiB), "-smp", String(machine.cpus)],
    ...(machine.uefi === undefined ? [] : flashArgs(machine.uefi)),
    ...diskArgs(machine.disks, machine.bus),
    ...machine.nics.flatMap(nicArgs),
    ...["-vga", "std", "-display", "none", "-no-reboot", "-rtc", "base=utc"],
    ...["-object", "rng-builtin,id=rng0", "-device", "virtio-rng-pci,rng=rng0"],
    ...portArgs(machine),
    ...["-chardev", `socket,id=qmp,path=${escaped(machine.qmpSocket)},server=on,wait=off`],
    ...["-mon", "chardev=qmp,mode=control"],
  ];
}

/** The machine with `graphics=off`: SeaBIOS and boot loaders in text mode then write to the serial port too. */
function machineType({ bus, uefi }: ProofMachine): string {
  const type = bus === "ide" ? "pc" : "q35";
  return `${type},graphics=off${uefi?.smm ? ",smm=on" : ""}`;
}

function acceleratorArgs(accelerator: Accelerator): string[] {
  return accelerator === "kvm"
    ? ["-accel", "kvm", "-cpu", "host"]
    : ["-accel", "tcg,thread=multi", "-cpu", "max"];
}

function flashArgs({ code, vars, smm }: UefiFlash): string[] {
  const drive = (disk: ProofDisk, unit: number, more: string): string[] => [
    "-drive",
    `if=pflash,unit=${unit},format=${disk.format},file=${escaped(disk.path)}${more}`,
  ];
  return [
    ...(smm ? ["-global", "driver=cfi.pflash01,property=secure,value=on"] : []),
    ...drive(code, 0, ",readonly=on"),
    ...drive(vars, 1, ""),
  ];
}

function diskArgs(disks: readonly ProofDisk[], bus: DiskBus): string[] {
  const controller = bus === "scsi" ? ["-device", "virtio-scsi-pci,id=scsi0"] : [];
  return [
    ...controller,
    ...disks.flatMap((disk, index) => [...blockArgs(disk, index), ...device(bus, index)]),
  ];
}

/** The image; flushes are dropped, because the overlay does not outlive the run. */
function blockArgs({ path, format }: ProofDisk, index: number): string[] {
  const node = {
    driver: format,
    "node-name": `disk${index}`,
    discard: "unmap",
    cache: { "no-flush": true },
    file: { driver: "file", filename: path, cache: { "no-flush": true } },
  };
  return ["-blockdev", JSON.stringify(node)];
}

function device(bus: DiskBus, index: number): string[] {
  const common = `drive=disk${index},bootindex=${index + 1}`;
  switch (bus) {
    case "virtio":
      return ["-device", `virtio-blk-pci,${common}`];
    case "scsi":
      return ["-device", `scsi-hd,bus=scsi0.0,scsi-id=${index},${common}`];
    case "sata":
      return ["-device", `ide-hd,bus=ide.${index},${common}`];
    case "ide":
      return ["-device", `ide-hd,bus=ide.${Math.floor(index / 2)},unit=${index % 2},${common}`];
  }
}

/** A card on a network of its own: DHCP answers, nothing else does. Without a ROM it never boots from there. */
function nicArgs({ mac, targetModel = "virtio" }: ProofNic, index: number): string[] {
  const driver = targetModel === "virtio" ? "virtio-net-pci" : targetModel;
  return [
    ...["-netdev", `user,id=net${index},restrict=on`],
    ...["-device", `${driver},netdev=net${index},mac=${mac},romfile=`],
  ];
}

function portArgs({ serialLog, viewLog, viewSerialLog, agentSocket }: ProofMachine): string[] {
  return [
    // Its standard input is the keyboard of this console.
    ...[
      "-chardev",
      `stdio,id=console,signal=off,logfile=${escaped(serialLog)}`,
      "-serial",
      "chardev:console",
    ],
    ...["-chardev", `file,id=viewserial,path=${escaped(viewSerialLog)}`, "-serial", "chardev:viewserial"],
    ...["-chardev", `file,id=view,path=${escaped(viewLog)}`],
    ...["-device", "virtio-serial-pci", "-device", `virtserialport,chardev=view,name=${VIEW_PORT}`],
    ...["-chardev", `socket,id=agent,path=${escaped(agentSocket)},server=on,wait=off`],
    ...["-device", `virtserialport,chardev=agent,name=${AGENT_PORT}`],
  ];
}

/** A value inside a comma-separated option: commas are doubled (qemu(1), "Options"). */
function escaped(value: string): string {
  return value.replaceAll(",", ",,");
}
