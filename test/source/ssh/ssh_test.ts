import { assertEquals, assertThrows } from "@std/assert";
import { MigrateError } from "../../../src/model/error.ts";
import { parseSshAddress } from "../../../src/ssh/address.ts";
import { commandArgs, masterArgs, quote, readCommand, statAllCommand } from "../../../src/ssh/arguments.ts";
import { connectionError, remoteFileError } from "../../../src/ssh/errors.ts";
import { referencesIn, relativeReference } from "../../../src/source/ssh/references.ts";
import { runCommand } from "../../../src/run/command.ts";
import { TempFolder } from "../../support/temp.ts";

Deno.test("parseSshAddress() reads user, host, port and a path with escapes", () => {
  assertEquals(parseSshAddress("ssh://root@esxi:2222/vmfs/volumes/ds%201/vm/vm.vmdk"), {
    user: "root",
    host: "esxi",
    port: 2222,
    path: "/vmfs/volumes/ds 1/vm/vm.vmdk",
  });
  assertEquals(parseSshAddress("ssh://[fe80::1]/a"), { host: "fe80::1", path: "/a" });
  assertEquals(parseSshAddress("ssh://host/100%.raw"), { host: "host", path: "/100%.raw" });
});

for (
  const address of [
    "ssh://host",
    "ssh://host/",
    "ssh://host/vm/",
    "ssh://-oProxyCommand=x/a",
    "ssh://-l@host/a",
    "ssh://host:0/a",
    "ssh://host:99999/a",
    "ssh://user:secret@host/a",
  ]
) {
  Deno.test(`parseSshAddress() refuses ${address}`, () => {
    const error = assertThrows(() => parseSshAddress(address), MigrateError);
    assertEquals([error.code, error.message.includes("secret")], ["usage/bad-value", false]);
  });
}

Deno.test("masterArgs() puts the user's options first and the host behind --", () => {
  const address = { host: "esxi", user: "root", path: "/a" };
  const choices = { identity: "/k", port: 22, options: ["ProxyJump=bastion", "BatchMode=no"] };
  assertEquals(masterArgs(address, choices, "/t/100%/s"), [
    ..."-M -T -o ControlPersist=no -o LogLevel=ERROR -o ProxyJump=bastion -o BatchMode=no".split(" "),
    ..."-i /k -p 22 -l root -o BatchMode=yes -o ConnectTimeout=15".split(" "),
    ..."-o ServerAliveInterval=10 -o ServerAliveCountMax=3".split(" "),
    ..."-o ControlPath=/t/100%%/s -- esxi".split(" "),
    "cat >/dev/null",
  ]);
});

Deno.test("masterArgs() prefers the port of the address", () => {
  const args = masterArgs({ host: "h", port: 2222, path: "/a" }, { port: 22, options: [] }, "/s");
  assertEquals(args.slice(args.indexOf("-p"), args.indexOf("-p") + 2), ["-p", "2222"]);
});

Deno.test("commandArgs() makes no connection of its own", () => {
  const args = commandArgs({ host: "h", path: "/a" }, { options: ["ProxyCommand=nc"] }, "/s", "true");
  assertEquals(args.indexOf("ProxyCommand=false") < args.indexOf("ProxyCommand=nc"), true);
  assertEquals(args.slice(-3), ["--", "h", "true"]);
});

Deno.test("readCommand() quotes the path and starts at a block", () => {
  assertEquals(readCommand("/a b/it's", 3), `dd if='/a b/it'\\''s' bs=1048576 skip=3 2>/dev/null`);
  assertEquals(quote("$(x)`y`"), "'$(x)`y`'");
});

const SAYINGS = [
  ["No ED25519 host key is known for h and you have requested strict checking.", "network/failed"],
  ["Host key verification failed.", "network/failed"],
  ["@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @", "network/failed"],
  ["root@h: Permission denied (publickey).", "permission/denied"],
  ["ssh: connect to host h port 22: Connection refused", "network/failed"],
  ["ssh: Could not resolve hostname h: Name or service not known", "network/failed"],
  ["command-line: line 0: Bad configuration option: nonsense", "usage/bad-value"],
  ["something new", "network/failed"],
  ["", "network/failed"],
] as const;

for (const [text, code] of SAYINGS) {
  Deno.test(`connectionError() makes ${code} of "${text}"`, () => {
    const error = connectionError({ host: "h", path: "/a" }, text);
    assertEquals([error.code, error.message.split("\n").length], [code, 1]);
    assertEquals((error.hint ?? "") !== "", true);
  });
}

Deno.test("remoteFileError() tells a missing file from a lost connection", () => {
  const address = { host: "h", path: "/a" };
  assertEquals(remoteFileError(address, "/a", 44, "No such file").code, "source/missing");
  assertEquals(remoteFileError(address, "/a", 46, "").code, "permission/denied");
  assertEquals(remoteFileError(address, "/a", 255, "").code, "network/failed");
});

Deno.test("referencesIn() finds extents and the parent of a descriptor", () => {
  const text =
    `# Disk DescriptorFile\nparentFileNameHint="base.vmdk"\nRW 8 FLAT "a-flat.vmdk" 0\nRW 8 ZERO\n` +
    `RW 8 FLAT "a-flat.vmdk" 8\n`;
  assertEquals(referencesIn(text), ["a-flat.vmdk", "base.vmdk"]);
});

Deno.test("referencesIn() finds a parent that a descriptor names in a comment, as qemu does", () => {
  assertEquals(referencesIn(`# Disk DescriptorFile\n# parentFileNameHint="base.vmdk"\n`), ["base.vmdk"]);
});

Deno.test("referencesIn() finds the disks of a VMX that are present", () => {
  const text = `.encoding = "UTF-8"\nscsi0:0.fileName = "a.vmdk"\nide1:0.fileName = "cd.iso"\n` +
    `sata0:1.filename = "b.vmdk"\nscsi0:1.fileName = "c.vmdk"\nscsi0:1.present = "FALSE"\n`;
  assertEquals(referencesIn(text), ["a.vmdk", "b.vmdk"]);
});

Deno.test("referencesIn() finds the files of an OVF, and none in a disk", () => {
  const text = `<?xml version="1.0"?><Envelope><References><File ovf:id="f" ovf:href="a.vmdk"/></References>`;
  assertEquals(referencesIn(text), ["a.vmdk"]);
  assertEquals(referencesIn("KDMV\0\0RW 8 FLAT"), []);
});

Deno.test("relativeReference() keeps a name in the folder", () => {
  assertEquals(relativeReference("snap/./a.vmdk", "/ds/vm"), "snap/a.vmdk");
  assertEquals(relativeReference("/ds/vm/a.vmdk", "/ds/vm"), "a.vmdk");
  for (const name of ["/ds/other/a.vmdk", "../a.vmdk", "a/../../b", "C:\\a.vmdk", "/ds/vm/../x", ""]) {
    assertEquals(relativeReference(name, "/ds/vm"), null, name);
  }
});

Deno.test("statAllCommand() prints a line for each file, whatever its name", async () => {
  await using folder = await TempFolder.create();
  await Deno.writeTextFile(folder.file("it's $HOME"), "12345");
  await Deno.utime(folder.file("it's $HOME"), 7, 7);
  await Deno.mkdir(folder.file("folder"));
  const names = ["none", "it's $HOME", "folder"].map((name) => folder.file(name));
  const { stdout } = await runCommand("sh", ["-c", statAllCommand(names)]);
  assertEquals(stdout, "-\n5 7\n-\n");
});
