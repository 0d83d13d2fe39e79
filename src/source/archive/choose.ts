/**
 * Which member of an archive is the disk, where several could be.
 *
 * @module
 */
import { basename } from "@std/path";
import type { Concern } from "../../model/concern.ts";
import { MigrateError } from "../../model/error.ts";
import type { Member } from "./member.ts";

/** A member that a kind can read. */
export interface Candidate {
  /** The member. */
  readonly member: Member;
  /** Its kind. */
  readonly kind: string;
  /**
   * What it is: a `machine` names its disks, a `descriptor` names its extents; a `bootable` disk has a boot
   * signature or a format that hides it; `other` disks have none; an `archive` may hold disks.
   */
  readonly role: Role;
}

/** Roles, the preferred first. */
export const ROLES = ["machine", "descriptor", "bootable", "other", "archive"] as const;

/** One of the roles. */
export type Role = (typeof ROLES)[number];

/** The choice, and what to tell of it. */
export interface Choice {
  /** What is read. */
  readonly candidate: Candidate;
  /** Why, where there was a choice. */
  readonly concern?: Concern;
}

/** Most names that a text lists. */
const MAX_NAMES = 8;

/**
 * The members that `--member` asks for, by full name or, where only one has it, by file name; all without it.
 *
 * @throws {MigrateError} `source/missing` with the names that there are
 */
export function wantedMembers(
  members: readonly Member[],
  wanted: string | undefined,
  path: string,
): readonly Member[] {
  if (wanted === undefined) return members;
  const exact = members.filter(({ name }) => name === wanted);
  const found = exact.length > 0 ? exact : members.filter(({ name }) => basename(name) === wanted);
  if (found.length === 1) return found;
  const reason = found.length === 0 ? "there is no such member" : `${found.length} members have this name`;
  throw new MigrateError("source/missing", `Cannot take ${wanted} from ${path}: ${reason}.`, {
    hint: `It has ${list(members.map(({ name }) => name))}.`,
  });
}

/** Picks by role, then by size; null when there is no candidate. */
export function chooseDisk(candidates: readonly Candidate[]): Choice | null {
  const [best, ...others] = candidates.toSorted((a, b) =>
    ROLES.indexOf(a.role) - ROLES.indexOf(b.role) || b.member.sizeBytes - a.member.sizeBytes ||
    a.member.name.localeCompare(b.member.name)
  );
  if (best === undefined) return null;
  const rivals = others.filter(({ role }) => isDisk(role) === isDisk(best.role));
  if (rivals.length === 0 || !isDisk(best.role) && best.role !== "archive") return { candidate: best };
  return { candidate: best, concern: explain(best, rivals) };
}

function isDisk(role: Role): boolean {
  return role === "bootable" || role === "other";
}

function explain({ member, role }: Candidate, rivals: readonly Candidate[]): Concern {
  const why = role === "bootable"
    ? "the largest that can boot"
    : "the largest, though nothing shows that it boots";
  return {
    id: "source/member",
    severity: "information",
    message: `${member.name} was taken (${why}), not ${list(rivals.map((one) => one.member.name))}.`,
    hint: "--member NAME takes another.",
  };
}

/** Some names for a text. */
export function list(names: readonly string[]): string {
  const more = names.length - MAX_NAMES;
  return names.slice(0, MAX_NAMES).join(", ") + (more > 0 ? ` and ${more} more` : "");
}
