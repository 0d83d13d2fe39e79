/**
 * A machine with the hardware of VMware, as far as qemu has it: a paravirtual SCSI controller and a vmxnet3 card.
 * Its port 22 is reachable on a port of loopback.
 *
 * @module
 */
import { ChildGroup, runCommand } from "../../src/run/command.ts";
import { freePort } from "./free_port.ts";
import { GUEST_MAC } from "./guests/rootfs.ts";
import type { SshGuest } from "./guests/ssh.ts";
import type { TempFolder } from "./temp.ts";

/** How long a boot may take: emulation on a busy machine. */
const BOOT_LIMIT_MS = 240_000;

/** A running machine; disposing of it pulls the plug. */
export class VmwareMachine implements AsyncDisposable {
  readonly #qemu: ChildGroup;
  readonly #folder: TempFolder;
  readonly #guest: SshGuest;
  /** The port of loopback that leads to the guest's SSH. */
  readonly port: number;
  /** Its disk: an overlay on the sample guest. */
  readonly disk: string;

  private constructor(qemu: ChildGroup, folder: TempFolder, guest: SshGuest, port: number, disk: string) {
    this.#qemu = qemu;
    this.#folder = folder;
    this.#guest = guest;
    this.port = port;
    this.disk = disk;
  }

  /** Boots a guest, and waits until its SSH server answers. */
  static async boot(guest: SshGuest, folder: TempFolder): Promise<VmwareMachine> {
    const disk = folder.file("disk.qcow2");
    await runCommand("qemu-img", ["create", "-q", "-f", "qcow2", "-b", guest.raw, "-F", "raw", disk]);
    const port = freePort();
    const qemu = new ChildGroup("qemu-system-x86_64", {
      args: machineArgs(disk, port, folder.file("console.log")),
      stdin: "null",
      stdout: "null",
      stderr: "null", // slirp tells of every packet that comes before the card is up
    });
    const machine = new VmwareMachine(qemu, folder, guest, port, disk);
    try {
      await machine.#answers();
      await Deno.writeTextFile(folder.file("known_hosts"), `[127.0.0.1]:${port} ${guest.hostKey}\n`);
      return machine;
    } catch (error) {
      await machine[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** `--ssh-opt` values that use the guest's key and know its host key. */
  options(knownHosts = "known_hosts", key = this.#guest.key): string[] {
    return [
      `UserKnownHostsFile=${this.#folder.file(knownHosts)}`,
      "GlobalKnownHostsFile=/dev/null",
      `IdentityFile=${key}`,
      "IdentitiesOnly=yes",
      "IdentityAgent=none",
      "StrictHostKeyChecking=yes",
    ];
  }

  /** Runs a command in the guest as a user. */
  async run(command: string, user = "root"): Promise<string> {
    const options = this.options().flatMap((option) => ["-o", option]);
    const { stdout } = await runCommand("ssh", [
      ...options,
      ...["-T", "-p", String(this.port), `${user}@127.0.0.1`, command],
    ]);
    return stdout;
  }

  /** Has the guest shut itself down, and waits until the machine is off. */
  async powerOff(): Promise<void> {
    await this.run("(sleep 1; systemctl poweroff) >/dev/null 2>&1 &");
    await this.#qemu.process.status;
  }

  /** Ends qemu. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#qemu[Symbol.asyncDispose]();
  }

  /** Waits for the server's banner: qemu itself accepts connections from the first moment on. */
  async #answers(): Promise<void> {
    let ended = false;
    this.#qemu.process.status.then(() => ended = true);
    for (const deadline = Date.now() + BOOT_LIMIT_MS; Date.now() < deadline && !ended;) {
      if (await hasBanner(this.port)) return;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    const console = await Deno.readTextFile(this.#folder.file("console.log"));
    throw new Error(`The guest does not come up:\n${console.split("\n").slice(-20).join("\n")}`);
  }
}

function machineArgs(disk: string, port: number, consoleLog: string): string[] {
  return [
    ...["-nodefaults", "-no-user-config", "-machine", "pc", "-accel", "tcg,thread=multi", "-cpu", "max"],
    ...["-smp", "2", "-m", "1024", "-display", "none", "-no-reboot", "-rtc", "base=utc"],
    ...["-smbios", "type=1,manufacturer=VMware,, Inc.,product=VMware Virtual Platform"],
    ...["-device", "pvscsi,id=scsi0", "-drive", `if=none,id=disk0,file=${disk},format=qcow2,cache=unsafe`],
    ...["-device", "scsi-hd,bus=scsi0.0,drive=disk0"],
    ...["-netdev", `user,id=net0,restrict=on,hostfwd=tcp:127.0.0.1:${port}-:22`],
    ...["-device", `vmxnet3,netdev=net0,mac=${GUEST_MAC},romfile=`],
    ...["-chardev", `file,id=console,path=${consoleLog}`, "-serial", "chardev:console"],
    ...["-device", "virtio-rng-pci"],
  ];
}

async function hasBanner(port: number): Promise<boolean> {
  try {
    using connection = await Deno.connect({ hostname: "127.0.0.1", port });
    const bytes = new Uint8Array(4);
    return await connection.read(bytes) === 4 && new TextDecoder().decode(bytes) === "SSH-";
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused || error instanceof Deno.errors.ConnectionReset) {
      return false;
    }
    throw error;
  }
}
