import { assertEquals } from "@std/assert";
import { dirname } from "@std/path";
import { indexKey, moduleIndex } from "../../../../src/fix/linux/initramfs/module_index.ts";
import { runCommand } from "../../../../src/run/command.ts";
import { testNeeding } from "../../../support/needs.ts";
import { TempFolder } from "../../../support/temp.ts";

const RELEASE = "6.1.0-test";

async function modprobe(files: Record<string, Uint8Array>, ...args: string[]): Promise<string[]> {
  await using folder = await TempFolder.create();
  const directory = folder.file(`lib/modules/${RELEASE}`);
  await Deno.mkdir(directory, { recursive: true });
  for (const [name, bytes] of Object.entries(files)) await Deno.writeFile(`${directory}/${name}`, bytes);
  for (const { value } of DEP) { // modprobe looks whether the files are there
    const path = `${directory}/${value.split(":")[0]}`;
    await Deno.mkdir(dirname(path), { recursive: true });
    await Deno.writeTextFile(path, "");
  }
  const env = { PATH: `${Deno.env.get("PATH")}:/usr/sbin:/sbin` };
  const config = folder.file("none");
  await Deno.mkdir(config);
  const common = ["-C", config, "-d", folder.path, "-S", RELEASE];
  const { stdout } = await runCommand("modprobe", [...common, ...args], { env });
  return stdout.trim().split("\n").map((line) => line.replace(`insmod ${directory}/`, "").trim());
}

const DEP = [
  { key: "h2k", value: "drivers/h2k.ko: drivers/h2k_ring.ko" },
  { key: "h2k_ring", value: "drivers/h2k_ring.ko:" },
  { key: "h2k_pci", value: "drivers/h2k_pci.ko.xz: drivers/h2k.ko drivers/h2k_ring.ko" },
  { key: "h3k", value: "fs/h3k.ko:" },
];

testNeeding(
  { programs: ["/usr/sbin/modprobe"] },
  "moduleIndex() writes a modules.dep.bin that modprobe reads",
  async () => {
    const files = { "modules.dep.bin": moduleIndex(DEP) };
    assertEquals(await modprobe(files, "-D", "h2k_pci"), [
      "drivers/h2k_ring.ko",
      "drivers/h2k.ko",
      "drivers/h2k_pci.ko.xz",
    ]);
    assertEquals(await modprobe(files, "-D", "h3k"), ["fs/h3k.ko"]);
  },
);

testNeeding(
  { programs: ["/usr/sbin/modprobe"] },
  "moduleIndex() does not depend on the order in which keys share prefixes",
  async () => {
    const files = { "modules.dep.bin": moduleIndex(DEP.toReversed()) };
    assertEquals((await modprobe(files, "-D", "h2k")).at(-1), "drivers/h2k.ko");
    assertEquals((await modprobe(files, "-D", "h2k_ring")).at(-1), "drivers/h2k_ring.ko");
  },
);

testNeeding(
  { programs: ["/usr/sbin/modprobe"] },
  "moduleIndex() writes device patterns that modprobe resolves",
  async () => {
    const aliases = [
      { key: "pci:v00001AF4d*sv*sd*bc*sc*i*", value: "virtio_pci" },
      { key: "pci:v00001AF4d0000105Asv*sd*bc*sc*i*", value: "other" },
      { key: "virtio:d00000002v*", value: "virtio_blk" },
    ];
    const files = { "modules.alias.bin": moduleIndex(aliases), "modules.dep.bin": moduleIndex(DEP) };
    const device = "pci:v00001AF4d00001001sv00001AF4sd00000002bc01sc00i00";
    assertEquals(await modprobe(files, "-R", device), ["virtio_pci"]);
    assertEquals(await modprobe(files, "-R", "virtio:d00000002v00001AF4"), ["virtio_blk"]);
  },
);

Deno.test("moduleIndex() keeps one of equal values", () => {
  assertEquals(moduleIndex([DEP[0]!, DEP[0]!]), moduleIndex([DEP[0]!]));
});

Deno.test("indexKey() turns dashes to underscores except in brackets", () => {
  assertEquals(indexKey("acpi*:PNP-0A[0-9]:snd-x"), "acpi*:PNP_0A[0-9]:snd_x");
});
