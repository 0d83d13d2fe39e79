/**
 * Parts of the disks that cannot be read: an error when the root may be among them, else something to know.
 *
 * @module
 */
import type { Concern } from "../model/concern.ts";
import { MigrateError } from "../model/error.ts";
import type { Storage } from "./filesystems.ts";
import type { LuksKey } from "./luks_keys.ts";
import type { RootSearch } from "./roots.ts";

/** What was asked for. */
interface Asked {
  readonly root?: string;
  readonly luksKeys?: readonly LuksKey[];
}

/** One thing that cannot be read. */
interface Unreadable {
  readonly id: string;
  readonly what: string;
  readonly reason: string;
  readonly hint: string;
}

/** Everything that cannot be read, what a person can cure most easily first. */
export function unreadable(storage: Storage, search: RootSearch, asked: Asked = {}): Unreadable[] {
  const tried = asked.luksKeys?.length ?? 0;
  return [
    ...storage.locked.map((device) => ({
      id: "guest/locked",
      what: `open ${device}`,
      reason: tried === 0
        ? "it is encrypted (LUKS) and no key is given"
        : "no key that is given opens it (LUKS)",
      hint:
        `Name a file with its passphrase: --luks-key ${device}=file:PATH (or env:VARIABLE, or keyfile:PATH).`,
    })),
    ...storage.incomplete.map((device) => ({
      id: "guest/incomplete",
      what: `use ${device}`,
      reason: "a disk that holds a part of it is missing",
      hint:
        "Name all disks of the machine, boot disk first: hyper2kvm convert disk-1.vmdk disk-2.vmdk -o DIR.",
    })),
    ...search.unmountable.map(({ device, reason }) => ({
      id: "guest/unmountable",
      what: `mount ${device}`,
      reason,
      hint: "The filesystem may be damaged: check it in the source VM and convert again.",
    })),
  ];
}

/**
 * For disks without a root.
 *
 * @throws {MigrateError} `guest/unsupported` when the user named a root, or something cannot be read
 */
export function refuseUnreadable(storage: Storage, search: RootSearch, asked: Asked): void {
  const [first] = unreadable(storage, search, asked);
  if (first !== undefined) {
    throw new MigrateError("guest/unsupported", `Cannot ${first.what}: ${first.reason}.`, {
      stage: "inspect",
      hint: first.hint,
    });
  }
  if (asked.root === undefined) return;
  const list = storage.filesystems.map(({ device, type }) => `${device} (${type})`).join(", ") || "none";
  throw new MigrateError("guest/unsupported", `Cannot use ${asked.root} as root: it holds no Linux system.`, {
    stage: "inspect",
    hint: `Filesystems: ${list}.`,
  });
}

/** For disks with a root: what was not read, and other systems that may have been meant. */
export function besideRoot(
  chosen: { readonly device: string; readonly rivals: readonly string[] },
  storage: Storage,
  search: RootSearch,
  asked: Asked,
): Concern[] {
  const concerns = unreadable(storage, search, asked).map(({ id, what, reason, hint }): Concern => ({
    id,
    severity: "warning",
    message: `Cannot ${what}: ${reason}. It is converted as it is.`,
    hint,
  }));
  if (chosen.rivals.length === 0) return concerns;
  return [...concerns, {
    id: "guest/several-roots",
    severity: "warning",
    message: `${chosen.device} was taken as root; ${chosen.rivals.join(", ")} look the same.`,
    hint: `Name the one that boots: --root ${chosen.rivals[0]}.`,
  }];
}
