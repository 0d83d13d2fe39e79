/** The boot proof under libvirt: machines without a system, which take seconds. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { Connection } from "../../ffi/libvirt/mod.ts";
import { MigrateError } from "../../src/model/error.ts";
import type { BootProof } from "../../src/model/proof.ts";
import { type BootOptions, proveBoot } from "../../src/verify/boot.ts";
import type { VerifyResult as WholeResult } from "../../src/verify/image_and_boot.ts";
import { asking, RESTARTING, SILENT, speaking, writeBootSector } from "../support/boot_sectors.ts";
import { CLI, cliCommand } from "../support/cli.ts";
import { DAEMON_NEEDS, startLibvirt, type TestLibvirt } from "../support/libvirt_daemon.ts";
import { testNeeding } from "../support/needs.ts";
import { processesNaming } from "../support/processes.ts";
import { TempFolder } from "../support/temp.ts";

type VerifyResult = Partial<WholeResult>;

interface Trial {
  readonly libvirt: TestLibvirt;
  readonly folder: TempFolder;
  readonly disk: string;
  boot(change?: Partial<BootOptions>): Promise<BootProof>;
}

/** A folder that QEMU's user may pass through, with a disk in it; nothing may be left behind. */
async function withDisk(
  sector: readonly number[] | null,
  test: (trial: Trial) => Promise<void>,
  isTaken = false,
): Promise<void> {
  await using libvirt = await startLibvirt();
  await using folder = await TempFolder.create();
  await Deno.chmod(folder.path, 0o711);
  const disk = folder.file("disk.raw");
  await writeBootSector(disk, sector);
  const before = await Deno.readFile(disk);
  const boot = (change: Partial<BootOptions> = {}): Promise<BootProof> =>
    proveBoot({
      vm: "tiny",
      disks: [{ path: disk, format: "raw" }],
      firmware: "bios",
      nics: [{ mac: "52:54:00:12:34:56" }, { mac: "52:54:00:12:34:57", targetModel: "e1000e" }],
      accelerator: "tcg",
      uri: libvirt.uri,
      evidenceDir: folder.file("evidence"),
      workDir: folder.path,
      signal: new AbortController().signal,
      emit: () => {},
      ...change,
    });
  await test({ libvirt, folder, disk, boot });
  assertEquals(await Deno.readFile(disk), before, "The disk must not change.");
  const { uid, gid } = await Deno.stat(disk);
  // Nobody is left to give it back after a kill, and libvirt does not give back what a defined machine ran from.
  if (!isTaken) {
    assertEquals([uid, gid], [Deno.uid(), Deno.gid()], "The disk must belong to whom it belonged.");
  }
  assertEquals(await libvirt.leftovers(), []);
  assertEquals(await processesNaming(folder.path), []);
}

testNeeding(
  DAEMON_NEEDS,
  "proveBoot() watches a domain of libvirt through its console to the login",
  async () => {
    await withDisk(speaking("\r\ntiny login: "), async ({ boot, libvirt, folder, disk }) => {
      const second = folder.file("second.raw");
      await writeBootSector(second, null);
      const disks = [disk, second].map((path) => ({ path, format: "raw" as const }));
      const proof = await boot({ disks });
      assertEquals([proof.verdict, proof.runner, proof.missing], ["booted", libvirt.uri, undefined]);
      // SeaBIOS speaks before any system does: nothing of the console was missed.
      assertStringIncludes(await Deno.readTextFile(proof.serialLog ?? ""), "SeaBIOS");
      const png = await Deno.readFile(proof.screenshots.at(-1) ?? "");
      assertEquals([...png.subarray(1, 4)], [...new TextEncoder().encode("PNG")]);
      assertEquals(await folder.names(), ["disk.raw", "evidence", "second.raw"]);
    });
  },
);

testNeeding(DAEMON_NEEDS, "proveBoot() types a passphrase on the console of libvirt's domain", async () => {
  await withDisk(asking("\r\nPlease unlock disk x: ", "sesame", "\r\ntiny login: "), async ({ boot }) => {
    assertEquals((await boot({ passphrases: ["sesame"] })).verdict, "booted");
  });
});

testNeeding(DAEMON_NEEDS, "proveBoot() learns from libvirt that the guest restarts", async () => {
  await withDisk(RESTARTING, async ({ boot }) => {
    const proof = await boot();
    assertEquals(proof.verdict, "failed");
    assertStringIncludes(proof.summary, "it restarted or powered off");
  });
});

testNeeding(DAEMON_NEEDS, "proveBoot() starts UEFI under libvirt, and its NVRAM goes with it", async () => {
  await withDisk(null, async ({ boot, folder }) => {
    const proof = await boot({ firmware: "uefi" });
    assertEquals([proof.verdict, proof.missing], ["failed", "bootloader"]);
    assertEquals(await folder.names(), ["disk.raw", "evidence"]);
  });
});

testNeeding(DAEMON_NEEDS, "proveBoot() runs two domains of libvirt at once, and is cancelled", async () => {
  await withDisk(SILENT, async ({ boot, folder }) => {
    const cancel = new AbortController();
    const first = boot({ vm: "one", timeoutMs: 2_000 });
    const second = assertRejects(() => boot({ vm: "two", signal: cancel.signal }), MigrateError, "Cancelled");
    assertEquals((await first).verdict, "unclear");
    cancel.abort();
    await second;
    assertEquals(await folder.names(), ["disk.raw", "evidence"]);
  });
});

testNeeding(DAEMON_NEEDS, "proveBoot() says that QEMU's user cannot reach the disk", async () => {
  await withDisk(SILENT, async ({ boot, folder }) => {
    await Deno.chmod(folder.path, 0o700);
    const error = await assertRejects(() => boot(), MigrateError) as MigrateError;
    assertEquals(error.code, "libvirt/failed");
    assertStringIncludes(error.message, "Permission denied");
    assertStringIncludes(error.hint ?? "", "/var/lib/libvirt/images");
  });
});

/** The command line, on the host of a libvirt. */
async function verifyInside(
  libvirt: TestLibvirt,
  args: readonly string[],
): Promise<{ readonly status: number; readonly result: VerifyResult; readonly stderr: string }> {
  const [program = "", ...rest] = libvirt.inside([Deno.execPath(), "run", "-A", "--no-check", CLI, "verify"]);
  const { code, stdout, stderr } = await new Deno.Command(program, { args: [...rest, ...args] }).output();
  const text = new TextDecoder().decode(stdout);
  return {
    status: code,
    result: text === "" ? {} : JSON.parse(text),
    stderr: new TextDecoder().decode(stderr),
  };
}

testNeeding(
  { ...DAEMON_NEEDS, programs: [...DAEMON_NEEDS.programs, "nsenter"] },
  "verify --keep-domain keeps the machine of the proof, and the log of its QEMU",
  async () => {
    await withDisk(speaking("\r\ntiny login: "), async ({ libvirt, folder, disk }) => {
      const args = [disk, "--json", "--keep-domain"];
      const machine = ["--bios", "--memory", "600", "--vcpus", "1", "--headless"];
      const { status, result, stderr } = await verifyInside(libvirt, [...args, ...machine]);
      assertEquals([status, result.proof?.runner], [0, "qemu:///system"], stderr);
      const overlay = folder.file("evidence/disk-kept-1.qcow2");
      assertEquals(result.kept, { name: "disk-kept", uri: "qemu:///system", disks: [overlay] });
      // libvirt's own log of a machine that never comes again goes into the evidence.
      assertStringIncludes(await Deno.readTextFile(result.proof?.qemuLog ?? ""), "guest=hyper2kvm-proof-");
      const logs = await Array.fromAsync(Deno.readDir(`${libvirt.logFolder}/qemu`), ({ name }) => name);
      assertEquals(logs, []);

      using connection = Connection.open(libvirt.uri);
      {
        using kept = connection.findDomain("disk-kept");
        const xml = kept!.xml({ inactive: true });
        assertStringIncludes(xml, "<memory unit='KiB'>614400</memory>");
        assertStringIncludes(xml, "<vcpu placement='static'>1</vcpu>");
        assertStringIncludes(xml, `<source file='${overlay}'/>`);
        assert(!xml.includes("<graphics"), xml);
      }
      // The next one takes its place; a failed proof keeps it, too.
      const again = await verifyInside(libvirt, [...args, "--uefi", "--boot-timeout", "1"]);
      assertEquals([again.status, again.result.proof?.verdict], [8, "unclear"], again.stderr);
      using kept = connection.findDomain("disk-kept");
      const xml = kept!.xml({ inactive: true });
      for (const part of ["<graphics type='vnc'", "firmware='efi'"]) assertStringIncludes(xml, part);
      kept!.create();
      const running = await verifyInside(libvirt, args);
      assertEquals(running.status, 2);
      assertStringIncludes(running.stderr, "has a machine of that name");
      kept!.destroy();
      kept!.undefine({ nvram: true });
      await Deno.remove(overlay);
    }, true);
  },
);

testNeeding(
  DAEMON_NEEDS,
  "verify --uri killed half way leaves no domain, and the next one no folder",
  async () => {
    await withDisk(SILENT, async ({ libvirt, folder, disk }) => {
      // With UEFI, whose variables are a file more.
      const args = ["verify", disk, "--uefi", "--uri", libvirt.uri, "--boot-timeout"];
      const child = cliCommand([...args, "600"]).spawn();
      const streams = [child.stdout.cancel(), child.stderr.cancel()];
      while ((await libvirt.leftovers()).length === 0) await new Promise((next) => setTimeout(next, 100));
      child.kill("SIGKILL");
      await Promise.all([...streams, child.status]);
      for (let tries = 0; tries < 100 && (await libvirt.leftovers()).length > 0; tries++) {
        await new Promise((next) => setTimeout(next, 100));
      }
      assertEquals(await libvirt.leftovers(), []);
      const { code, stderr } = await cliCommand([...args, "1"]).output();
      assertEquals(code, 8, new TextDecoder().decode(stderr));
      const names = await folder.names("evidence");
      assert(names.every((name) => !name.startsWith(".")), names.join());
    }, true);
  },
);
