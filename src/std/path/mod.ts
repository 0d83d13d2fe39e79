/**
 * The parts of `@std/path` that are used here, for hosts that cannot reach JSR. They follow POSIX alone, and load nothing:
 * a thread that wants no more than a file name does not start all of Node's compatibility for it.
 *
 * @module
 */

const SLASH = "/";

/** Whether a path starts at the root. */
export function isAbsolute(path: string): boolean {
  return path.startsWith(SLASH);
}

/** Resolves `.`, `..` and doubled slashes; a slash at the end stays. */
export function normalize(path: string): string {
  if (path === "") return ".";
  const parts: string[] = [];
  for (const part of path.split(SLASH)) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.length > 0 && parts.at(-1) !== "..") parts.pop();
    else if (!isAbsolute(path)) parts.push(part);
  }
  const body = parts.join(SLASH);
  const end = path.endsWith(SLASH) && body !== "" ? SLASH : "";
  return isAbsolute(path) ? `${SLASH}${body}${end}` : body === "" ? dotOf(path) : body + end;
}

const dotOf = (path: string): string => path.endsWith(SLASH) ? "./" : ".";

/** Joins paths and normalizes the whole. */
export function join(...paths: readonly string[]): string {
  return normalize(paths.filter((path) => path !== "").join(SLASH));
}

/** The absolute path of what the last absolute one and those after it name, seen from the current folder. */
export function resolve(...paths: readonly string[]): string {
  const from = paths.findLastIndex(isAbsolute);
  const used = from < 0 ? [Deno.cwd(), ...paths] : paths.slice(from);
  const path = join(...used);
  return path.length > 1 && path.endsWith(SLASH) ? path.slice(0, -1) : path;
}

/** The path of `to` as seen from the folder `from`; empty when they are the same. */
export function relative(from: string, to: string): string {
  const [start, end] = [from, to].map((path) => resolve(path).split(SLASH).filter((part) => part !== ""));
  let common = 0;
  while (common < start!.length && start![common] === end![common]) common++;
  return [...start!.slice(common).map(() => ".."), ...end!.slice(common)].join(SLASH);
}

/** The path without slashes at its end; the root stays. */
const trimmed = (path: string): string => path.replace(/(?<=.)\/+$/s, "");

/** The folder of what a path names. */
export function dirname(path: string): string {
  const whole = trimmed(path);
  const slash = whole.lastIndexOf(SLASH);
  if (slash < 0) return ".";
  return trimmed(whole.slice(0, slash)) || SLASH;
}

/** The last part of a path, without `suffix` where that is not all of it. */
export function basename(path: string, suffix = ""): string {
  const whole = trimmed(path);
  const name = whole.slice(whole.lastIndexOf(SLASH) + 1);
  return suffix !== "" && name !== suffix && name.endsWith(suffix) ? name.slice(0, -suffix.length) : name;
}

/** The extension of the last part of a path with its dot; a name that begins with a dot has none for that. */
export function extname(path: string): string {
  const name = basename(path);
  const dot = name.lastIndexOf(".");
  return dot > 0 && name !== ".." ? name.slice(dot) : "";
}

/** The path of a `file:` URL. */
export function fromFileUrl(url: string | URL): string {
  const { protocol, pathname } = new URL(url);
  if (protocol !== "file:") throw new TypeError(`${protocol} is no protocol of files`);
  return decodeURIComponent(pathname);
}

/** The `file:` URL of a path. */
export function toFileUrl(path: string): URL {
  return new URL(`file://${encodeURI(resolve(path)).replaceAll(/[?#]/g, encodeURIComponent)}`);
}
