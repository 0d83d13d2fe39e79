/**
 * The scripts that make one change on a running guest. A file is written beside the old one, flushed to storage and
 * renamed over it, so that whatever happens there is the old file or the new one. Owner, mode, attributes and
 * SELinux label are those of the old file; a new one gets the label that the guest's policy has for it.
 *
 * Contents come through standard input; a script that gets less than it was promised changes nothing.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { basename, dirname, join } from "@std/path";
import type {
  AppendChange,
  CommandChange,
  CopyChange,
  FileChange,
  LinkChange,
  TextChange,
} from "../model/change.ts";
import { quote } from "../ssh/arguments.ts";
import { checkScript } from "./check_script.ts";

/** A script and what it reads. */
export interface ChangeScript {
  /** For a POSIX shell, as root. */
  readonly script: string;
  /** Its standard input. */
  readonly stdin?: Uint8Array;
}

/** The functions that the scripts use; `$p` is the file, `$t` the new one beside it, `$b` the backup. */
const FUNCTIONS = `set -eu
fail() { echo "$1" >&2; exit 1; }
sha() { sha256sum <"$1" | cut -c1-64; }
size() { stat -c %s -- "$1"; }
absent() { [ ! -e "$1" ] && [ ! -L "$1" ]; }
persist() { sync "$@" 2>/dev/null || sync; }
label() { if command -v restorecon >/dev/null; then restorecon "$1" 2>/dev/null || true; fi; }
folder() { if [ ! -d "$1" ]; then folder "$(dirname "$1")"; (umask 022; mkdir "$1"); label "$1"; fi; }
attributes() { cp -a "$1" "$2" 2>/dev/null || cp "$1" "$2"; }
keep() {
  if absent "$b"; then
    mkdir -p "$(dirname "$b")"; cp -a "$p" "$b.part"; persist "$b.part"; mv -f "$b.part" "$b"
  fi
}
place() { persist "$t"; mv -fT "$t" "$p"; persist "$(dirname "$p")"; }
trap 'rm -f "$t"' EXIT
`;

/** Where a file is written before it is renamed. */
export function partialPath(path: string): string {
  return join(dirname(path), `.${basename(path)}.hyper2kvm-new`);
}

/** Where the original of a file is kept: the run's folder has a tree of its own. */
export function backupPath(runFolder: string, path: string): string {
  return join(runFolder, "files", path);
}

/** The beginning of every script on one file. */
export function scriptHead(runFolder: string, path: string): string {
  return `p=${quote(path)}; t=${quote(partialPath(path))}; b=${
    quote(backupPath(runFolder, path))
  }\n${FUNCTIONS}`;
}

/** SHA-256 of a text in hex. */
export function sha256(text: string | Uint8Array): string {
  return createHash("sha256").update(text).digest("hex");
}

/** The script for a change; a change of the kind `command` is made in two, {@linkcode rebuildScript} first. */
export function changeScript(
  runFolder: string,
  change: Exclude<FileChange, CommandChange>,
  content: Uint8Array = new Uint8Array(),
): ChangeScript {
  const head = scriptHead(runFolder, change.path);
  switch (change.kind) {
    case "text":
      return textScript(head, change);
    case "link":
      return { script: head + linkSteps(change) };
    case "copy":
      return { script: head + copySteps(change) };
    case "append":
      return { script: head + appendSteps(change), stdin: content };
  }
}

function textScript(head: string, { path, before, after, mode }: TextChange): ChangeScript {
  const unchanged = before === null
    ? `absent "$p" || fail "there is a file now where none was"`
    : `[ "$(sha "$p")" = ${sha256(before)} ] || fail "it has changed since it was read"\nkeep`;
  if (after === null) return { script: `${head}${unchanged}\nrm -f "$p"; persist "$(dirname "$p")"` };
  const start = before === null
    ? `folder "$(dirname "$p")"; : >"$t"; chmod ${(mode ?? 0o644).toString(8)} "$t"`
    : `attributes "$p" "$t"`;
  return {
    script: `${head}${unchanged}
${start}
cat >"$t"
[ "$(sha "$t")" = ${sha256(after)} ] || fail "its new content did not arrive"
${checkScript(path)}
place
${before === null ? `label "$p"` : ""}`,
    stdin: new TextEncoder().encode(after),
  };
}

function linkSteps({ before, after }: LinkChange): string {
  const unchanged = before === null
    ? `absent "$p" || fail "there is a file now where none was"`
    : `[ "$(readlink "$p")" = ${quote(before)} ] || fail "the link has changed since it was read"`;
  if (after === null) return `${unchanged}\nrm -f "$p"; persist "$(dirname "$p")"`;
  return `${unchanged}
folder "$(dirname "$p")"; rm -f "$t"; ln -s ${quote(after)} "$t"
mv -fT "$t" "$p"; persist "$(dirname "$p")"; label "$p"`;
}

function copySteps({ from, sizeBytes }: CopyChange): string {
  return `absent "$p" || fail "there is a file now where none was"
folder "$(dirname "$p")"; attributes ${quote(from)} "$t"
[ "$(size "$t")" = ${sizeBytes} ] || fail "the file to copy has changed since it was read"
place; label "$p"`;
}

/** The whole image is written anew: bytes that are added to it in place could be cut off half way. */
function appendSteps({ lengthBefore, contentBytes, contentSha256, patch }: AppendChange): string {
  const headers = patch === undefined
    ? ""
    : `head -c ${patch.offset + patch.before.length / 2} <"$t" | tail -c ${
      patch.before.length / 2
    } | od -An -v -tx1 | tr -d ' \\n' | grep -qx ${patch.before} || fail "its headers have changed since it was read"
${patchSteps(patch.offset, patch.after)}
`;
  return `[ "$(size "$p")" = ${lengthBefore} ] || fail "its length has changed since it was read"
attributes "$p" "$t"
cat >>"$t"
[ "$(size "$t")" = ${lengthBefore + contentBytes} ] || fail "what is added did not arrive"
[ "$(tail -c ${contentBytes} "$t" | sha256sum | cut -c1-64)" = ${contentSha256} ] || fail "what is added is damaged"
${headers}place`;
}

/** Puts bytes, given in hex, into the new file. */
export function patchSteps(offset: number, hex: string): string {
  const octal = [...Uint8Array.fromHex(hex)].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
  return `printf '${octal}' | dd of="$t" bs=1 seek=${offset} conv=notrunc 2>/dev/null`;
}

/** Runs the guest's own program, which writes beside the old file. */
export function rebuildScript(runFolder: string, change: CommandChange): string {
  const partial = partialPath(change.path);
  const words = change.command.map((word) => quote(word === change.path ? partial : word)).join(" ");
  return `${scriptHead(runFolder, change.path)}trap - EXIT
[ "$(size "$p")" = ${change.lengthBefore} ] || fail "its length has changed since it was read"
rm -f "$t"
${words} >&2 || { rm -f "$t"; fail "${change.command[0]} failed"; }
[ -s "$t" ] || fail "${change.command[0]} wrote no image"
chmod --reference="$p" "$t"; chown --reference="$p" "$t" || true`;
}

/** Puts a rebuilt file in place. */
export function placeScript(runFolder: string, path: string): string {
  return `${scriptHead(runFolder, path)}keep; place; label "$p"; sha "$p"`;
}

/** Removes what a run that was cut off may have left beside these files. */
export function cleanScript(paths: readonly string[]): string {
  return `rm -f ${paths.map((path) => quote(partialPath(path))).join(" ")}`;
}
