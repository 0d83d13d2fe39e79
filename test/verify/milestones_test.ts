import { assertEquals, assertStringIncludes } from "@std/assert";
import { MILESTONES } from "../../src/model/proof.ts";
import { ConsoleReader, type ConsoleSign, plainConsole } from "../../src/verify/milestones.ts";

/** A console of a real guest; middle lines of long ones are left out. */
async function captured(name: string): Promise<string> {
  return await Deno.readTextFile(new URL(`../testdata/console/${name}.log`, import.meta.url));
}

function signsOf(text: string): ConsoleSign[] {
  return new ConsoleReader().push(text);
}

function milestonesOf(signs: readonly ConsoleSign[]): string[] {
  return signs.flatMap((sign) => sign.type === "milestone" ? [sign.name] : []);
}

/** Weight and reason of each sign of trouble. */
function troubleOf(signs: readonly ConsoleSign[]): string[] {
  return signs.flatMap((sign) => sign.type === "trouble" ? [`${sign.weight}: ${sign.reason}`] : []);
}

Deno.test("plainConsole() leaves out escape sequences and carriage returns", () => {
  assertEquals(plainConsole("\x1b[0;32m  OK  \x1b[0m] up\r\n\x1b]0;title\x07x"), "  OK  ] up\n\nx");
});

Deno.test("plainConsole() ends a line where the cursor moves", () => {
  assertEquals(plainConsole("SeaBIOS\x1b[01;01H\x1b[0mGRUB"), "SeaBIOS\nGRUB");
});

Deno.test("ConsoleReader.push() finds every milestone of a boot in order", async () => {
  const signs = signsOf(await captured("debian_login"));
  assertEquals(milestonesOf(signs), [...MILESTONES]);
  assertEquals(troubleOf(signs), []);
});

Deno.test("ConsoleReader.push() shows the line of each milestone", async () => {
  const lines = Object.fromEntries(
    signsOf(await captured("debian_login")).flatMap((sign) =>
      sign.type === "milestone" ? [[sign.name, sign.line]] : []
    ),
  );
  assertStringIncludes(lines["root-mounted"] ?? "", "EXT4-fs (sda1): mounted filesystem");
  assertEquals(lines.init, "Welcome to Debian GNU/Linux 12 (bookworm)!");
  assertStringIncludes(lines.login ?? "", "vmguest login:");
});

Deno.test("ConsoleReader.push() takes the milestones before a login prompt as reached with it", async () => {
  const signs = signsOf(await captured("quiet_login"));
  const implied = signs.flatMap((sign) => sign.type === "milestone" && sign.implied ? [sign.name] : []);
  assertEquals(milestonesOf(signs), [...MILESTONES]);
  assertEquals(implied, ["kernel", "root-mounted", "init", "network"]);
});

Deno.test("ConsoleReader.push() finds the same whatever pieces the text comes in", async () => {
  for (const name of ["debian_login", "quiet_login", "initramfs_no_root", "ovmf_nothing_bootable"]) {
    const text = await captured(name);
    const reader = new ConsoleReader();
    const bits = [...text].flatMap((character) => reader.push(character));
    assertEquals(milestonesOf(bits), milestonesOf(signsOf(text)), name);
    assertEquals(new Set(troubleOf(bits)), new Set(troubleOf(signsOf(text))), name);
  }
});

Deno.test("ConsoleReader.push() does not take the systemd of a dracut initramfs for the guest's init", () => {
  // The greeting of dracut 057 on Fedora and RHEL 9.
  const text = "[    1.0] systemd[1]: Running in initrd.\r\n\r\n" +
    "Welcome to \x1b[0;34mRocky Linux 9.4 (Blue Onyx) dracut-057-53.git20240104.el9 (Initramfs)\x1b[0m!\r\n";
  assertEquals(milestonesOf(signsOf(text)), []);
});

Deno.test("ConsoleReader.push() knows other inits and bootloaders", () => {
  const last = (text: string): string | undefined => milestonesOf(signsOf(text)).at(-1);
  assertEquals(last("INIT: version 2.88 booting\n"), "init");
  assertEquals(last("   OpenRC 0.45.2 is starting up Linux 6.1 (x86_64)\n"), "init");
  assertEquals(last("SYSLINUX 6.04 EDD\n"), "bootloader");
});

for (
  const [name, missing, trouble] of [
    ["seabios_nothing_bootable", "bootloader", "fatal: the firmware finds nothing to boot from"],
    ["ovmf_nothing_bootable", "bootloader", "fatal: the firmware finds nothing to boot from"],
    ["grub_no_filesystem", "kernel", "fatal: GRUB finds no menu and waits at its prompt"],
    ["kernel_panic", "root-mounted", "fatal: the kernel panicked"],
    ["initramfs_no_root", "root-mounted", "fatal: the root device does not exist"],
    ["emergency_mode", "login", "fatal: the guest stopped in emergency mode"],
  ] as const
) {
  Deno.test(`ConsoleReader.push() recognises ${name.replaceAll("_", " ")}`, async () => {
    const reader = new ConsoleReader();
    const found = troubleOf(reader.push(await captured(name)));
    assertEquals(found.find((one) => one.startsWith("fatal")), trouble);
    assertEquals(reader.missing, missing);
  });
}

Deno.test("ConsoleReader.push() recognises the emergency shell of dracut", () => {
  // Text of dracut's dracut-emergency.sh.
  const text = "Warning: /dev/disk/by-uuid/0f0f does not exist\r\n\r\n" +
    'Generating "/run/initramfs/rdsosreport.txt"\r\n\r\n\r\nEntering emergency mode. Exit the shell to continue.\r\n';
  assertEquals(troubleOf(signsOf(text))[0]?.startsWith("fatal: the initramfs cannot mount"), true);
});

Deno.test("ConsoleReader.push() only suspects a GRUB error that may be followed by a boot", () => {
  assertEquals(troubleOf(signsOf("error: no such device: 0f0f-1234.\r\n")), [
    "suspect: GRUB reports an error",
  ]);
});

Deno.test("ConsoleReader.push() sees that a guest waits for a passphrase", () => {
  const [sign] = troubleOf(signsOf("Please unlock disk sda2_crypt: "));
  assertEquals(sign, "waiting: the guest waits for the passphrase of a disk");
});

Deno.test("ConsoleReader.push() tells of each time that a guest asks, once", () => {
  const reader = new ConsoleReader();
  const pieces = [
    "Please unlock disk sda2_crypt: ",
    "\r\ncryptsetup: bad password\r\n",
    "Please unlock disk sda2_crypt: ",
  ];
  assertEquals(pieces.map((piece) => troubleOf(reader.push(piece)).length), [1, 0, 1]);
});

Deno.test("ConsoleReader.push() knows the question of systemd, with its picture", () => {
  const line = "\u{1f510} Please enter passphrase for disk QEMU (luks-1): (press TAB for no echo) ";
  assertEquals(troubleOf(signsOf(line)).length, 1);
});

Deno.test("ConsoleReader.push() waits for the rest of an escape sequence", () => {
  const reader = new ConsoleReader();
  reader.push("vm\x1b[0");
  reader.push("m1\n");
  assertEquals(reader.tail, ["vm1"]);
});

Deno.test("ConsoleReader.tail holds the last lines and the open one", async () => {
  const reader = new ConsoleReader();
  reader.push(await captured("initramfs_no_root"));
  assertEquals(reader.tail.slice(-2), [
    "ALERT!  /dev/sda1 does not exist.  Dropping to a shell!",
    "(initramfs)",
  ]);
});
