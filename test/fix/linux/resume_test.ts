import { assertEquals, assertStringIncludes } from "@std/assert";
import { resume, stabilizeResume } from "../../../src/fix/linux/resume.ts";
import { contextOf, LEFTOVERS, MBR_FILESYSTEMS, openSample, SWAP_UUID } from "../../support/sample_guests.ts";

const DEVICES = { filesystems: MBR_FILESYSTEMS, root: "/dev/sda1" };
const after = (text: string): string => stabilizeResume(text, DEVICES).text;

Deno.test("stabilizeResume() names the device by UUID and keeps quotes, comments and other lines", () => {
  assertEquals(
    after(`# resume\nMODULES=most\nRESUME="/dev/sda2" # swap\n`),
    `# resume\nMODULES=most\nRESUME="UUID=${SWAP_UUID}" # swap\n`,
  );
});

for (
  const line of [
    "RESUME=none",
    "RESUME=auto",
    `RESUME=UUID=${SWAP_UUID}`,
    "RESUME=/dev/mapper/vg-swap",
    "#RESUME=/dev/sda2",
  ]
) {
  Deno.test(`stabilizeResume() leaves ${line} as it is`, () => assertEquals(after(line), line));
}

Deno.test("stabilizeResume() says which device no disk has", () => {
  assertStringIncludes(stabilizeResume("RESUME=/dev/sdb7", DEVICES).unresolved[0]!, "/dev/sdb7");
});

Deno.test("resume.plan() edits the files of conf.d, and not their backups", async () => {
  const { files, guest } = await openSample(LEFTOVERS);
  files.set("/etc/initramfs-tools/conf.d/resume.hyper2kvm-orig", "RESUME=/dev/sda2\n");
  const { changes } = await resume.plan(contextOf(files, guest));
  assertEquals(changes.map(({ path }) => path), ["/etc/initramfs-tools/conf.d/resume"]);
});
