/**
 * Every change that a fix makes in a guest, as a value: what `plan` prints, `convert` applies and the
 * report keeps.
 *
 * @module
 */

/** A text file of the guest that is created, edited or deleted. */
export interface TextChange {
  /** `text`: the content before and after is in the record. */
  readonly kind: "text";
  /** The id of the fix that made it. */
  readonly fix: string;
  /** Absolute path in the guest. */
  readonly path: string;
  /** The content before, null when the file did not exist. */
  readonly before: string | null;
  /** The content after, null when the file is deleted. */
  readonly after: string | null;
  /** Why, in one sentence. */
  readonly why: string;
  /** Permission bits of a new file (default 0o644); an edited file keeps its own. */
  readonly mode?: number;
  /** Whether the content may hold passwords or keys: reports and the journal do not show it. */
  readonly secret?: true;
}

/** A stretch of a file that gets other bytes of the same number. */
export interface BytePatch {
  /** Where it begins, in bytes. */
  readonly offset: number;
  /** The bytes before, in hex. */
  readonly before: string;
  /** The bytes after, in hex. */
  readonly after: string;
}

/**
 * Bytes added at the end of a binary file of the guest (an initramfs, a unified kernel image); undone by cutting the
 * file again, and by putting its headers back where those had to say where the new bytes are.
 */
export interface AppendChange {
  /** `append`: bytes are added at the end. */
  readonly kind: "append";
  /** The id of the fix that made it. */
  readonly fix: string;
  /** Absolute path in the guest. */
  readonly path: string;
  /** The length before, in bytes: cutting the file there restores it. */
  readonly lengthBefore: number;
  /** The file on the host, in the run's work folder, that holds the bytes to add. */
  readonly contentFile: string;
  /** How many bytes are added. */
  readonly contentBytes: number;
  /** SHA-256 of the added bytes, in hex. */
  readonly contentSha256: string;
  /** What the added bytes hold, a line each (for an initramfs, its new members). */
  readonly members: readonly string[];
  /** The headers of a unified kernel image, which are replaced. */
  readonly patch?: BytePatch;
  /** Why, in one sentence. */
  readonly why: string;
}

/** A symbolic link of the guest that is made, pointed elsewhere or removed. */
export interface LinkChange {
  /** `link`: the record holds where it points before and after. */
  readonly kind: "link";
  /** The id of the fix that made it. */
  readonly fix: string;
  /** Absolute path of the link itself in the guest; its folder has its links resolved. */
  readonly path: string;
  /** Where it pointed before, as written in the link; null when nothing was there. */
  readonly before: string | null;
  /** Where it points after, as written in the link; null when it is removed. */
  readonly after: string | null;
  /** Why, in one sentence. */
  readonly why: string;
}

/** A file of the guest that is copied to a path where nothing was; undone by deleting the copy. */
export interface CopyChange {
  /** `copy`: a new file with the bytes of another. */
  readonly kind: "copy";
  /** The id of the fix that made it. */
  readonly fix: string;
  /** Absolute path of the new file in the guest. */
  readonly path: string;
  /** Absolute path of the file that is copied. */
  readonly from: string;
  /** Its length in bytes. */
  readonly sizeBytes: number;
  /** Why, in one sentence. */
  readonly why: string;
}

/** A file that a program of the guest writes anew, in the appliance; what it wrote is read back and judged. */
export interface CommandChange {
  /** `command`: the content after is not known beforehand. */
  readonly kind: "command";
  /** The id of the fix that made it. */
  readonly fix: string;
  /** Absolute path of the file that is written, an initramfs or a unified kernel image. */
  readonly path: string;
  /** Its length before, in bytes. */
  readonly lengthBefore: number;
  /** Program and arguments. */
  readonly command: readonly string[];
  /** Release of the kernel that the initramfs is for. */
  readonly release: string;
  /** Drivers that the result must hold: of each list one is enough. */
  readonly drivers: readonly (readonly string[])[];
  /** What a unified kernel image must be beside that: its arguments for the kernel, and whether it is signed. */
  readonly unified?: { readonly cmdline: string; readonly isSigned: boolean };
  /** Why, in one sentence. */
  readonly why: string;
}

/** A partition or volume of the guest that becomes larger, with the filesystem in it. */
export interface SizeChange {
  /** `size`: nothing is rewritten. */
  readonly kind: "size";
  /** The id of the fix that made it. */
  readonly fix: string;
  /** The device in the appliance, such as `/dev/sda1` or `/dev/vg0/root`. */
  readonly path: string;
  /** Bytes before. */
  readonly beforeBytes: number;
  /** Bytes after. */
  readonly afterBytes: number;
  /** Why, in one sentence. */
  readonly why: string;
}

/** A change of one file. */
export type FileChange = TextChange | AppendChange | LinkChange | CopyChange | CommandChange;

/** One change in the guest. */
export type Change = FileChange | SizeChange;

/** Something that a fix looked at and did not touch. */
export interface LeftAlone {
  /** The id of the fix. */
  readonly fix: string;
  /** Absolute path in the guest, where one file is meant. */
  readonly path?: string;
  /** Why nothing was done. */
  readonly reason: string;
}

/** The changes as reports and the journal may show them. */
export function withoutSecrets(changes: readonly Change[]): Change[] {
  const hide = (text: string | null): string | null =>
    text === null ? null : `(${new TextEncoder().encode(text).length} bytes, not shown)\n`;
  return changes.map((change) =>
    change.kind === "text" && change.secret
      ? { ...change, before: hide(change.before), after: hide(change.after) }
      : change
  );
}
