/**
 * SELinux labels of files that are new in a guest: a file gets the label of its folder, as a system with
 * SELinux gives it to most new files. Where that fails, the guest labels everything at its next boot.
 *
 * @module
 */
import { dirname } from "@std/path";
import type { GuestSession } from "./session.ts";
import { hasErrno } from "./failure.ts";
import { GuestfsError } from "../../ffi/guestfs/handle.ts";
import type { TextChange } from "../model/change.ts";

/** The extended attribute that holds a label. */
const ATTRIBUTE = "security.selinux";
/** A file that makes the guest's init scripts label every file (selinux-policy: fixfiles onboot). */
const RELABEL = "/.autorelabel";
const SETTINGS = "/etc/selinux/config";
/** errno.h: no such attribute (ENODATA), or a filesystem that has none (EOPNOTSUPP). */
const UNLABELLED = [61, 95] as const;

/** Whether /etc/selinux/config turns SELinux on; a permissive guest may be made enforcing again. */
export function usesSelinux(config: string): boolean {
  return /^\s*SELINUX\s*=\s*(enforcing|permissive)\s*$/m.test(config);
}

/** Labels new files of one guest. */
export class Labels {
  readonly #session: GuestSession;
  readonly #byFolder = new Map<string, Promise<Uint8Array | null>>();
  #failed = false;

  /** Sets labels through this session, whose guest is mounted. */
  constructor(session: GuestSession) {
    this.#session = session;
  }

  /** Makes a folder and those above it, and labels each that is new. */
  async makeFolder(path: string): Promise<void> {
    const missing: string[] = [];
    for (let one = path; one !== "/" && !await this.#session.call("exists", one); one = dirname(one)) {
      missing.unshift(one);
    }
    if (missing.length === 0) return;
    await this.#session.call("mkdir_p", path);
    for (const one of missing) await this.label(one);
  }

  /** Gives a new file, folder or link the label of its folder; a folder without one asks for nothing. */
  async label(path: string): Promise<void> {
    const label = await this.#labelOf(dirname(path));
    if (label === null) return;
    const text = new TextDecoder().decode(label).replace(/\0$/, "");
    try {
      // The length counts the NUL at the end where the folder's label has one: C adds it again.
      await this.#session.call("lsetxattr", ATTRIBUTE, text, label.length, path);
    } catch (error) {
      if (!(error instanceof GuestfsError)) throw error;
      this.#failed = true; // the guest labels it at its next boot
    }
  }

  /** The change that makes the guest label itself; null when every label could be set, or SELinux is off. */
  async relabelChange(): Promise<TextChange | null> {
    if (!this.#failed || await this.#session.call("exists", RELABEL)) return null;
    if (!await this.#session.call("is_file", SETTINGS)) return null;
    if (!usesSelinux(await this.#session.call("cat", SETTINGS))) return null;
    return {
      kind: "text",
      fix: "selinux",
      path: RELABEL,
      before: null,
      after: "",
      why:
        "SELinux is on and the labels of new files could not be set here: the guest sets them when it boots.",
    };
  }

  #labelOf(folder: string): Promise<Uint8Array | null> {
    const known = this.#byFolder.get(folder);
    if (known !== undefined) return known;
    const asked = this.#ask(folder);
    this.#byFolder.set(folder, asked);
    return asked;
  }

  async #ask(folder: string): Promise<Uint8Array | null> {
    try {
      return await this.#session.call("lgetxattr", folder, ATTRIBUTE);
    } catch (error) {
      if (!(error instanceof GuestfsError)) throw error;
      if (!hasErrno(error, ...UNLABELLED)) this.#failed = true;
      return null;
    }
  }
}
