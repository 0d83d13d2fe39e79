/**
 * What virt-v2v's definition says of the hardware that the guest has drivers for, taken into ours.
 *
 * @module
 */
import type { TargetBus, TargetMachine } from "../libvirt/target_machine.ts";
import type { Firmware } from "../model/source.ts";
import type { V2VMachine } from "./output_xml.ts";

/** Our machine with the firmware, the buses and the cards that virt-v2v found drivers for. */
export function withV2vHardware(machine: TargetMachine, v2v: V2VMachine): TargetMachine {
  return {
    ...machine,
    firmware: v2vFirmware(machine.firmware, v2v),
    ...(machine.osId === undefined && v2v.osId !== undefined ? { osId: v2v.osId } : {}),
    disks: machine.disks.map((disk, index) => ({ ...disk, bus: v2vBus(v2v, index) })),
    nics: machine.nics.map((nic, index) => {
      const model = v2v.nicModels[index];
      return model === undefined ? nic : { ...nic, targetModel: model === "virtio" ? "virtio" : "e1000e" };
    }),
  };
}

/** Firmware by what virt-v2v made; Secure Boot is the source's to say. */
export function v2vFirmware(ours: Firmware, { firmware }: V2VMachine): Firmware {
  return firmware === "uefi" && ours === "uefi-secure-boot" ? ours : firmware;
}

/** The bus of a disk; IDE, which the machine does not have, becomes SATA. */
export function v2vBus({ disks }: V2VMachine, index: number): TargetBus {
  const bus = disks[index]?.bus;
  return bus === "virtio" || bus === "scsi" ? bus : "sata";
}
