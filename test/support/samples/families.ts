/**
 * Families that cannot be installed here, a file each.
 *
 * @module
 */
import { ARCH } from "./families/arch.ts";
import { CENTOS_6 } from "./families/centos6.ts";
import type { Family } from "./families/family.ts";
import { FEDORA_40 } from "./families/fedora40.ts";
import { RHEL_8 } from "./families/rhel8.ts";
import { SUSE_15 } from "./families/suse15.ts";

export { type Family, type FamilyPartition, ROOT_UUIDS } from "./families/family.ts";

/** Every family. */
export const FAMILIES: readonly Family[] = [RHEL_8, FEDORA_40, SUSE_15, ARCH, CENTOS_6];
