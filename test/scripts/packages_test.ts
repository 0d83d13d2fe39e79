import { assertEquals } from "@std/assert";
import { COMPONENTS } from "../../scripts/packages.ts";

/** What Debian's essential packages hold: there on every machine. */
const ESSENTIAL = [
  ..."find findfs findmnt flock gzip mount nsenter setpriv sha256sum tar unshare".split(" "),
];

/** What comes with a row of the table as a dependency of its package. */
const COMES_WITH: Readonly<Record<string, string>> = {
  "qemu-io": "qemu-img",
  "scp": "ssh",
  "ssh-keygen": "ssh",
  "supermin": "libguestfs",
  "virt-xml-validate": "virsh",
  "virtlogd": "libvirtd",
};

/** The programs that tests say they need, by their names without folders. */
async function programsOfTests(folder: URL): Promise<Set<string>> {
  const programs = new Set<string>();
  for await (const entry of Deno.readDir(folder)) {
    const path = new URL(`${entry.name}${entry.isDirectory ? "/" : ""}`, folder);
    if (entry.isDirectory) {
      for (const program of await programsOfTests(path)) programs.add(program);
    } else if (entry.name.endsWith(".ts")) {
      const lists = (await Deno.readTextFile(path)).matchAll(/\bprograms: \[([^\]]*)\]/g);
      for (const [, list] of lists) {
        for (const [, program] of list!.matchAll(/"([^"]+)"/g)) programs.add(program!.split("/").at(-1)!);
      }
    }
  }
  return programs;
}

Deno.test("COMPONENTS has every program that a test needs", async () => {
  const listed = new Set([...COMPONENTS.map(({ name }) => name), ...ESSENTIAL]);
  const programs = await programsOfTests(new URL("../", import.meta.url));
  const unlisted = [...programs].filter((name) => !listed.has(COMES_WITH[name] ?? name)).sort();
  assertEquals(unlisted, []);
});
