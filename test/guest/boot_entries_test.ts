import { assertEquals } from "@std/assert";
import { readBootEntries } from "../../src/guest/boot_entries.ts";
import { MemoryFiles } from "../support/memory_files.ts";
import { DEBIAN, openSample, RHEL8, ROOT_UUID, SUSE, UBUNTU } from "../support/sample_guests.ts";

Deno.test("readBootEntries() reads Debian's grub.cfg", async () => {
  const { guest } = await openSample(DEBIAN);
  assertEquals(guest.bootEntries, [{
    title: "Debian GNU/Linux",
    file: "/boot/grub/grub.cfg",
    kernel: "/boot/vmlinuz-6.1.0-56-cloud-amd64",
    initrds: ["/boot/initrd.img-6.1.0-56-cloud-amd64"],
    cmdline: "root=/dev/sda1 ro console=ttyS0,115200n8",
    isDefault: true,
  }]);
});

Deno.test("readBootEntries() finds the saved default in a submenu and leaves the memory test out", async () => {
  const { guest } = await openSample(UBUNTU);
  assertEquals(guest.bootEntries.map(({ title, isDefault }) => [title, isDefault]), [
    ["Ubuntu", false],
    ["Advanced options for Ubuntu>Ubuntu, with Linux 5.15.0-100-generic", true],
  ]);
  assertEquals(guest.bootEntries[0]!.cmdline, `root=UUID=${ROOT_UUID} ro quiet splash`);
});

Deno.test("readBootEntries() fills $kernelopts into BLS entries, newest first, paths below /boot", async () => {
  const { guest } = await openSample(RHEL8);
  assertEquals(guest.bootEntries.map(({ kernel, isDefault }) => [kernel, isDefault]), [
    ["/boot/vmlinuz-4.18.0-553.el8.x86_64", true],
    ["/boot/vmlinuz-4.18.0-80.el8.x86_64", false],
  ]);
  const [entry] = guest.bootEntries;
  assertEquals(entry!.file, "/boot/loader/entries/abc-4.18.0-553.el8.x86_64.conf");
  assertEquals(entry!.initrds, ["/boot/initramfs-4.18.0-553.el8.x86_64.img"]);
  assertEquals(entry!.cmdline, "root=/dev/sda2 ro resume=/dev/sda3 console=ttyS0 rhgb quiet");
});

Deno.test("readBootEntries() takes the fallback kernelopts when there is no environment block", async () => {
  const { files } = await openSample(RHEL8);
  files.delete("/boot/grub2/grubenv");
  const entries = await readBootEntries(files);
  assertEquals(entries[0]!.cmdline, "root=/dev/sda2 ro resume=/dev/sda3 console=ttyS0 rhgb quiet");
  assertEquals(entries[0]!.isDefault, true);
});

Deno.test("readBootEntries() reads GRUB Legacy with its default by number", async () => {
  const { guest } = await openSample(SUSE);
  assertEquals(guest.bootEntries.map(({ title, isDefault }) => [title, isDefault]), [
    ["Failsafe -- SUSE Linux Enterprise Server 11", false],
    ["SUSE Linux Enterprise Server 11", true],
  ]);
  assertEquals(guest.bootEntries[1]!.initrds, ["/boot/initrd-3.0.101-63-default"]);
});

Deno.test("readBootEntries() reads systemd-boot from the mounted system partition", async () => {
  const entries = await readBootEntries(
    new MemoryFiles({
      "/efi/loader/loader.conf": "timeout 3\ndefault arch-lts*\n",
      "/efi/loader/entries/arch.conf":
        "title Arch Linux\nlinux /vmlinuz-linux\ninitrd /amd-ucode.img\ninitrd /initramfs-linux.img\noptions root=/dev/sda2 rw\n",
      "/efi/loader/entries/arch-lts.conf": "title LTS\nlinux /vmlinuz-lts\noptions root=/dev/sda2 rw\n",
      "/efi/vmlinuz-linux": "",
      "/efi/amd-ucode.img": "",
      "/efi/initramfs-linux.img": "",
      "/efi/vmlinuz-lts": "",
    }),
    "uefi",
  );
  const arch = entries.find(({ title }) => title === "Arch Linux")!;
  assertEquals(arch.initrds, ["/efi/amd-ucode.img", "/efi/initramfs-linux.img"]);
  assertEquals(arch.kernel, "/efi/vmlinuz-linux");
  assertEquals(entries.filter(({ isDefault }) => isDefault).map(({ title }) => title), ["LTS"]);
});

Deno.test("readBootEntries() reads EXTLINUX with paths relative to its folder", async () => {
  const entries = await readBootEntries(
    new MemoryFiles({
      "/boot/vmlinuz-lts": "",
      "/boot/initramfs-lts": "",
      "/boot/extlinux/extlinux.conf":
        "DEFAULT menu.c32\nLABEL lts\n  MENU DEFAULT\n  MENU LABEL Linux lts\n  LINUX ../vmlinuz-lts\n  INITRD ../initramfs-lts\n  APPEND root=/dev/sda3 quiet\n",
    }),
  );
  assertEquals(entries, [{
    title: "Linux lts",
    file: "/boot/extlinux/extlinux.conf",
    kernel: "/boot/vmlinuz-lts",
    initrds: ["/boot/initramfs-lts"],
    cmdline: "root=/dev/sda3 quiet",
    isDefault: true,
  }]);
});

Deno.test("readBootEntries() prefers the vendor's menu on a UEFI guest", async () => {
  const menu = (title: string): string =>
    `menuentry '${title}' {\n linuxefi /vmlinuz\n initrdefi /initrd\n}\n`;
  const files = new MemoryFiles({
    "/boot/grub2/grub.cfg": menu("stale"),
    "/boot/efi/EFI/redhat/grub.cfg": menu("real"),
    "/boot/vmlinuz": "",
  });
  const defaults = (await readBootEntries(files, "uefi")).filter(({ isDefault }) => isDefault);
  assertEquals(defaults.map(({ title, kernel }) => [title, kernel]), [["real", "/boot/vmlinuz"]]);
});

Deno.test("readBootEntries() resolves a path with the name of a btrfs subvolume", async () => {
  const files = new MemoryFiles({
    "/boot/grub/grub.cfg": "menuentry 'x' {\n linux /@/boot/vmlinuz-1 root=UUID=1 rootflags=subvol=@\n}\n",
    "/boot/vmlinuz-1": "",
  });
  assertEquals((await readBootEntries(files))[0]!.kernel, "/boot/vmlinuz-1");
});

Deno.test("readBootEntries() keeps a path that exists nowhere", async () => {
  const files = new MemoryFiles({ "/boot/grub/grub.cfg": "menuentry 'x' {\n linux /vmlinuz-gone ro\n}\n" });
  assertEquals((await readBootEntries(files))[0]!.kernel, "/vmlinuz-gone");
});

Deno.test("readBootEntries() finds nothing in a guest without a bootloader", async () => {
  assertEquals(await readBootEntries(new MemoryFiles({ "/etc/fstab": "" })), []);
});

Deno.test("readBootEntries() asks a Debian guest few questions", async () => {
  const files = new MemoryFiles(DEBIAN.files);
  await readBootEntries(files);
  assertEquals(
    files.calls.filter((call) => !call.startsWith("exists")).length <= 4,
    true,
    files.calls.join("\n"),
  );
  assertEquals(files.calls.length <= 6, true, files.calls.join("\n"));
});
