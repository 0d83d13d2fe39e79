/**
 * Paths inside an unpacked initramfs, its own links followed.
 *
 * The kernel removes a link that is in the way of a directory of a later archive, so a path through `/lib`
 * must be resolved before anything is added below it (init/initramfs.c, clean_path).
 *
 * @module
 */
import { type CpioMember, isLink } from "./cpio_reader.ts";

/** Members of an initramfs by name. */
export type Tree = ReadonlyMap<string, CpioMember>;

/** How many links are followed, as in Linux. */
const MAX_LINKS = 40;

/** The path with every link of the initramfs resolved; what does not exist stays as it is. */
export function resolveInTree(tree: Tree, path: string): string {
  let done: string[] = [];
  let rest = path.split("/");
  let links = 0;
  while (rest.length > 0) {
    const [part, ...after] = rest as [string, ...string[]];
    rest = after;
    if (part === "" || part === ".") continue;
    if (part === "..") {
      done.pop();
      continue;
    }
    const member = tree.get([...done, part].join("/"));
    if (member === undefined || !isLink(member) || ++links > MAX_LINKS) {
      done.push(part);
      continue;
    }
    const target = new TextDecoder().decode(member.content ?? new Uint8Array());
    if (target.startsWith("/")) done = [];
    rest = [...target.split("/"), ...rest];
  }
  return done.join("/");
}

/** The text of a file whose content was kept, undefined when there is none. */
export function textInTree(tree: Tree, path: string): string | undefined {
  const content = tree.get(resolveInTree(tree, path))?.content;
  return content === undefined ? undefined : new TextDecoder().decode(content);
}

/** Where the modules of a release are, or belong: the directory, links resolved. */
export function moduleDirectory(tree: Tree, release: string): string {
  const roots = ["lib/modules", "usr/lib/modules"].map((path) => resolveInTree(tree, path));
  const used = roots.find((root) => moduleReleases(tree, root).includes(release));
  return `${used ?? roots[0]}/${release}`;
}

/** The kernel releases that the initramfs has a module directory for. */
export function releasesInTree(tree: Tree): readonly string[] {
  const roots = ["lib/modules", "usr/lib/modules"].map((path) => resolveInTree(tree, path));
  return [...new Set(roots.flatMap((root) => moduleReleases(tree, root)))];
}

function moduleReleases(tree: Tree, root: string): readonly string[] {
  const releases = new Set<string>();
  for (const name of tree.keys()) {
    const release = name.startsWith(`${root}/`) ? name.slice(root.length + 1).split("/")[0] : undefined;
    if (release) releases.add(release);
  }
  return [...releases];
}
