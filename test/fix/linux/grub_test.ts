import { assert, assertEquals } from "@std/assert";
import {
  grub,
  stabilizeGrubCfg,
  stabilizeGrubenv,
  stabilizeGrubSettings,
} from "../../../src/fix/linux/grub.ts";
import type { TextChange } from "../../../src/model/change.ts";
import {
  contextOf,
  DEBIAN,
  grubenv,
  MBR_FILESYSTEMS,
  openSample,
  RHEL8,
  ROOT_UUID,
  SWAP_UUID,
  UBUNTU,
} from "../../support/sample_guests.ts";

const devices = { filesystems: MBR_FILESYSTEMS, root: "/dev/sda1" };

Deno.test("stabilizeGrubCfg() changes kernel lines and leaves all else", () => {
  const text = `set root='hd0,msdos1'
search --no-floppy --set=root /dev/sda1
# linux /k root=/dev/sda1
	linux	/boot/vmlinuz root=/dev/sda1 ro resume=/dev/sda2 console=ttyS0,115200n8
	linuxefi /vmlinuz root=/dev/sda1
	linux$sixteenbit /vmlinuz root=/dev/sda1
	module2 /vmlinuz root=/dev/sda1
set kernelopts="root=/dev/sda1 ro"
`;
  const u = `root=UUID=${ROOT_UUID}`;
  assertEquals(
    stabilizeGrubCfg(text, devices).text,
    `set root='hd0,msdos1'
search --no-floppy --set=root /dev/sda1
# linux /k root=/dev/sda1
	linux	/boot/vmlinuz ${u} ro resume=UUID=${SWAP_UUID} console=ttyS0,115200n8
	linuxefi /vmlinuz ${u}
	linux$sixteenbit /vmlinuz ${u}
	module2 /vmlinuz ${u}
set kernelopts="${u} ro"
`,
  );
});

Deno.test("stabilizeGrubCfg() leaves stable roots with a reason", () => {
  const text = "linux /k root=/dev/mapper/vg-root\nlinux /k root=LABEL=root\n";
  const result = stabilizeGrubCfg(text, devices);
  assertEquals([result.text, result.leftAlone.length], [text, 2]);
});

Deno.test("stabilizeGrubSettings() keeps quotes, comments and the console", () => {
  const text = `GRUB_CMDLINE_LINUX="console=ttyS0,115200n8 root=/dev/sda1"
GRUB_CMDLINE_LINUX_DEFAULT='resume=/dev/sda2 quiet'
GRUB_CMDLINE_LINUX_RECOVERY=root=/dev/sda1
# GRUB_CMDLINE_LINUX="root=/dev/sda1"
`;
  assertEquals(
    stabilizeGrubSettings(text, devices).text,
    `GRUB_CMDLINE_LINUX="console=ttyS0,115200n8 root=UUID=${ROOT_UUID}"
GRUB_CMDLINE_LINUX_DEFAULT='resume=UUID=${SWAP_UUID} quiet'
GRUB_CMDLINE_LINUX_RECOVERY=root=UUID=${ROOT_UUID}
# GRUB_CMDLINE_LINUX="root=/dev/sda1"
`,
  );
});

for (
  const line of [
    "GRUB_DISABLE_LINUX_UUID=true",
    'GRUB_DISABLE_LINUX_UUID="true"',
    "export GRUB_DISABLE_UUID=true # x",
  ]
) {
  Deno.test(`stabilizeGrubSettings() comments ${line} out`, () => {
    const once = stabilizeGrubSettings(`${line}\nGRUB_TIMEOUT=0\n`, devices);
    assertEquals(once.text, `#${line}\nGRUB_TIMEOUT=0\n`);
    assertEquals(stabilizeGrubSettings(once.text, devices).changed, []);
  });
}

Deno.test("stabilizeGrubSettings() leaves a setting that is off", () => {
  const text = "GRUB_DISABLE_LINUX_UUID=false\n#GRUB_DISABLE_LINUX_UUID=true\n";
  assertEquals(stabilizeGrubSettings(text, devices).text, text);
});

Deno.test("stabilizeGrubenv() keeps 1024 bytes", () => {
  const { text, changed } = stabilizeGrubenv(
    grubenv("kernelopts=root=/dev/sda1 ro", "saved_entry=x"),
    devices,
  );
  assertEquals([text.length, changed.length], [1024, 1]);
  assert(text.includes(`kernelopts=root=UUID=${ROOT_UUID} ro\nsaved_entry=x\n`));
});

Deno.test("stabilizeGrubenv() says when there is no room", () => {
  const full = grubenv(`kernelopts=root=/dev/sda1 ${"x".repeat(960)}`);
  const { text, unresolved } = stabilizeGrubenv(full, devices);
  assertEquals([text, unresolved.length], [full, 1]);
});

Deno.test("grub changes the menu and the settings of a Debian guest", async () => {
  const { files, guest } = await openSample(DEBIAN);
  const { changes } = await grub.plan(contextOf(files, guest));
  const after = new Map(changes.map((change) => [change.path, (change as TextChange).after!]));
  assertEquals([...after.keys()], ["/boot/grub/grub.cfg", "/etc/default/grub"]);
  assert(after.get("/boot/grub/grub.cfg")!.includes(` root=UUID=${ROOT_UUID} ro console=ttyS0,115200n8\n`));
  assertEquals(
    after.get("/etc/default/grub"),
    (DEBIAN.files["/etc/default/grub"] as string).replace("GRUB_DISABLE", "#GRUB_DISABLE"),
  );
});

Deno.test("grub changes kernelopts in both places of a RHEL 8 guest, and no BLS entry", async () => {
  const { files, guest } = await openSample(RHEL8);
  const { changes } = await grub.plan(contextOf(files, guest));
  assertEquals(changes.map(({ path }) => path), [
    "/boot/grub2/grub.cfg",
    "/boot/grub2/grubenv",
    "/etc/default/grub",
  ]);
});

Deno.test("grub edits the file behind a link, once", async () => {
  const { files, guest } = await openSample(RHEL8);
  const text = RHEL8.files["/boot/grub2/grubenv"]!;
  files.set("/boot/efi/EFI/redhat/grubenv", text);
  files.set("/boot/grub2/grubenv", { link: "../efi/EFI/redhat/grubenv" });
  const { changes } = await grub.plan(contextOf(files, guest));
  assertEquals(changes.map(({ path }) => path).filter((path) => path.endsWith("grubenv")), [
    "/boot/efi/EFI/redhat/grubenv",
  ]);
});

Deno.test("grub changes the options of Fedora's BLS entries and of kernel-install", async () => {
  const { files, guest } = await openSample(RHEL8);
  files.set("/boot/loader/entries/f.conf", "title F\nlinux /vmlinuz\noptions root=/dev/sda2 ro rhgb\n");
  files.set("/etc/kernel/cmdline", "root=/dev/sda2 ro rhgb\n");
  const { changes } = await grub.plan(contextOf(files, guest));
  const after = new Map(changes.map((change) => [change.path, (change as TextChange).after!]));
  assert(after.get("/boot/loader/entries/f.conf")!.endsWith(`options root=UUID=${ROOT_UUID} ro rhgb\n`));
  assertEquals(after.get("/etc/kernel/cmdline"), `root=UUID=${ROOT_UUID} ro rhgb\n`);
});

Deno.test("grub names the partition where an entry loads no initramfs", async () => {
  const { files, guest } = await openSample(DEBIAN);
  const bare = { ...guest, bootEntries: guest.bootEntries.map((entry) => ({ ...entry, initrds: [] })) };
  const { changes } = await grub.plan(contextOf(files, bare));
  assert((changes[0] as TextChange).after!.includes("root=PARTUUID=5f3c9a10-01 ro"));
});

Deno.test("grub leaves a guest with UUIDs alone", async () => {
  const { files, guest } = await openSample(UBUNTU);
  const plan = await grub.plan(contextOf(files, guest));
  assertEquals([plan.changes, plan.concerns], [[], []]);
  assertEquals(plan.leftAlone.map(({ path }) => path), ["/boot/grub/grub.cfg"]);
});

Deno.test("grub warns of a root that is on no disk", async () => {
  const { files, guest } = await openSample(DEBIAN);
  files.set("/boot/grub/grub.cfg", "menuentry x {\n linux /k root=/dev/sdz1\n}\n");
  const { concerns } = await grub.plan(contextOf(files, guest));
  assertEquals(concerns.map(({ id }) => id), ["grub/unresolved"]);
});

Deno.test("stabilizeGrubCfg() changes no argument whose name only ends like one", () => {
  const text = "linux /k rd.root=/dev/sda1 noresume=/dev/sda1 x-root=/dev/sda1\n";
  assertEquals(stabilizeGrubCfg(text, devices).text, text);
});

Deno.test("stabilizeGrubCfg() keeps the mapping of cryptdevice", () => {
  assertEquals(
    stabilizeGrubCfg("linux /k cryptdevice=/dev/sda1:root:allow-discards\n", devices).text,
    `linux /k cryptdevice=UUID=${ROOT_UUID}:root:allow-discards\n`,
  );
});
