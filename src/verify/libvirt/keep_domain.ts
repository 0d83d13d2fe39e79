/**
 * The machine of a boot proof that stays in libvirt, for a person to look into it: as it was proved, with the same
 * isolated network, on fresh overlays of its own, so that the verified image is not written by it either.
 *
 * @module
 */
import { callLibvirt } from "../../libvirt/calls.ts";
import { defineDomain } from "../../libvirt/define.ts";
import { MigrateError } from "../../model/error.ts";
import { overlaysOn } from "../proof_disks.ts";
import type { GuestPlan } from "../proof_guest.ts";
import { proofDomainXml } from "./domain.ts";

/** How a machine is kept. */
export interface KeepRequest {
  /** The machine of the proof. */
  readonly plan: GuestPlan;
  /** The libvirt that ran it. */
  readonly uri: string;
  /** Gives the path of its overlay on a disk, by the number of the disk from 1; the folder stays. */
  readonly overlay: (number: number) => string;
  /** Whether it gets a screen. */
  readonly graphics: boolean;
  /** Aborted on Ctrl-C. */
  readonly signal: AbortSignal;
}

/** A machine that was kept; it is shut off. */
export interface KeptDomain {
  /** Its name. */
  readonly name: string;
  /** The libvirt that has it. */
  readonly uri: string;
  /** Its disks: overlays on the image, to be removed with it. */
  readonly disks: readonly string[];
}

/**
 * Removes the machine that an earlier proof of the same image has kept. Before the boot, so that nobody waits for
 * nothing.
 *
 * @throws {MigrateError} `usage/output-exists` when it runs, or when another machine has its name; `libvirt/failed`
 */
export async function makeRoom({ plan, uri, overlay, signal }: KeepRequest): Promise<void> {
  const name = keptName(plan);
  const disks = plan.disks.map((_disk, index) => overlay(index + 1));
  await callLibvirt("undefine", { uri, name, disks }, { signal });
  if (!await callLibvirt("isDefined", { uri, name }, { signal })) return;
  throw new MigrateError("usage/output-exists", `Cannot keep ${name}: ${uri} has a machine of that name.`, {
    stage: "prove",
    hint: `Shut it down and remove it: virsh --connect '${uri}' undefine --nvram ${name}`,
  });
}

/**
 * Defines the machine.
 *
 * @throws {MigrateError} `libvirt/failed`, `library/missing`, `run/cancelled`
 */
export async function keepDomain(request: KeepRequest): Promise<KeptDomain> {
  const { plan, uri, overlay, graphics, signal } = request;
  const name = keptName(plan);
  const disks = await overlaysOn(plan.disks, overlay, signal);
  const accelerator = plan.accelerator === "kvm" ? "kvm" : "qemu";
  const xml = proofDomainXml({ ...plan, name, accelerator, disks, kept: { graphics } });
  await defineDomain({ xml, name, uri, replace: false, signal });
  return { name, uri, disks: disks.map(({ path }) => path) };
}

function keptName({ name }: GuestPlan): string {
  return `${name.replaceAll("/", "_").trim()}-kept`;
}
