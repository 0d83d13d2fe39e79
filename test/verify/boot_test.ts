import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { MigrateError } from "../../src/model/error.ts";
import type { RunEvent } from "../../src/model/event.ts";
import type { BootProof } from "../../src/model/proof.ts";
import { proveBoot } from "../../src/verify/boot.ts";
import { asking, RESTARTING, SILENT, speaking, writeBootSector } from "../support/boot_sectors.ts";
import { testNeeding } from "../support/needs.ts";
import { TempFolder } from "../support/temp.ts";

// Real machines, but no guest system: boot sectors of a few bytes, which take a second each.
const QEMU = { programs: ["qemu-system-x86_64", "qemu-img"] };

interface Trial {
  readonly folder: string;
  readonly disk: string;
  readonly events: RunEvent[];
}

async function withDisk(
  sector: readonly number[] | null,
  test: (trial: Trial) => Promise<void>,
): Promise<void> {
  await using temp = await TempFolder.create();
  const disk = temp.file("disk.raw");
  await writeBootSector(disk, sector);
  const bytes = await Deno.readFile(disk);
  await test({ folder: temp.path, disk, events: [] });
  assertEquals(await Deno.readFile(disk), bytes, "The disk must not change.");
}

function boot(trial: Trial, change: Partial<Parameters<typeof proveBoot>[0]> = {}): Promise<BootProof> {
  return proveBoot({
    vm: "tiny",
    disks: [{ path: trial.disk, format: "raw" }],
    firmware: "bios",
    nics: [{ mac: "52:54:00:12:34:56" }],
    accelerator: "tcg",
    evidenceDir: join(trial.folder, "evidence"),
    workDir: trial.folder,
    signal: new AbortController().signal,
    emit: (event) => trial.events.push(event),
    ...change,
  });
}

/** Names in a folder, sorted. */
function namesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

/** Ids of the running processes whose arguments hold a text. */
async function processesWith(text: string): Promise<number[]> {
  const found: number[] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const command = await Deno.readTextFile(`/proc/${name}/cmdline`).catch(() => ""); // it may end meanwhile
    if (command.startsWith("qemu-system") && command.includes(text)) found.push(Number(name));
  }
  return found;
}

const LOCKED = asking("\r\nPlease unlock disk sda2_crypt: ", "open sesame", "\r\ntiny login: ");

testNeeding(QEMU, "proveBoot() types the passphrases until one opens the disk", async () => {
  await withDisk(LOCKED, async (trial) => {
    const proof = await boot(trial, { passphrases: ["not this", "open sesame"] });
    assertEquals([proof.verdict, proof.missing], ["booted", undefined]);
    const log = await Deno.readTextFile(proof.serialLog ?? "");
    assertEquals(log.match(/Please unlock disk/g)?.length, 2);
    const told = JSON.stringify([trial.events, proof]);
    assertStringIncludes(told, "it gets one of --luks-key");
    assert(!(log + told).includes("open sesame"), "the passphrase is told");
  });
});

testNeeding(QEMU, "proveBoot() says that no passphrase opens the disk", async () => {
  await withDisk(LOCKED, async (trial) => {
    const proof = await boot(trial, { passphrases: ["not this"] });
    assertEquals(proof.verdict, "unclear");
    assertStringIncludes(proof.summary, "also after those of --luks-key (1)");
  });
});

testNeeding(QEMU, "proveBoot() says booted at a login prompt, with its evidence", async () => {
  await withDisk(speaking("\r\ntiny login: "), async (trial) => {
    const proof = await boot(trial);
    assertEquals([proof.verdict, proof.missing, proof.reached.length], ["booted", undefined, 7]);
    assertEquals(proof.qemuLog, join(trial.folder, "evidence", "tiny-qemu.log"));
    assertStringIncludes(await Deno.readTextFile(proof.serialLog ?? ""), "tiny login:");
    const png = await Deno.readFile(proof.screenshots.at(-1) ?? "");
    assertEquals([...png.subarray(1, 4)], [...new TextEncoder().encode("PNG")]);
  });
});

testNeeding(
  QEMU,
  "proveBoot() says failed of a disk that holds nothing, and names the milestone",
  async () => {
    await withDisk(null, async (trial) => {
      const proof = await boot(trial);
      assertEquals([proof.verdict, proof.missing], ["failed", "bootloader"]);
      assertStringIncludes(proof.summary, "nothing to boot from");
    });
  },
);

testNeeding(QEMU, "proveBoot() says failed of a guest that restarts", async () => {
  await withDisk(RESTARTING, async (trial) => {
    const proof = await boot(trial);
    assertEquals(proof.verdict, "failed");
    assertStringIncludes(proof.summary, "it restarted or powered off");
  });
});

testNeeding(QEMU, "proveBoot() says unclear of a guest that says nothing, at the time limit", async () => {
  await withDisk(SILENT, async (trial) => {
    const proof = await boot(trial, { timeoutMs: 1_000 });
    assertEquals(proof.verdict, "unclear");
    assert(proof.elapsedMs >= 1_000 && proof.elapsedMs < 5_000);
  });
});

testNeeding(QEMU, "proveBoot() leaves nothing but the evidence, and no qemu", async () => {
  await withDisk(speaking("\r\ntiny login: "), async (trial) => {
    await boot(trial);
    assertEquals(namesIn(trial.folder), ["disk.raw", "evidence"]);
    assertEquals(namesIn(join(trial.folder, "evidence")), [
      "tiny-qemu.log",
      "tiny-screen-final.png",
      "tiny-serial.log",
    ]);
    assertEquals(await processesWith(trial.folder), []);
  });
});

testNeeding(QEMU, "proveBoot() ends qemu and cleans up when the run is cancelled", async () => {
  await withDisk(SILENT, async (trial) => {
    const signal = AbortSignal.timeout(700);
    const error = await assertRejects(() => boot(trial, { signal }), MigrateError);
    assertEquals(error.code, "run/cancelled");
    assertEquals(namesIn(trial.folder), ["disk.raw", "evidence"]);
    assertEquals(await processesWith(trial.folder), []);
  });
});

testNeeding(QEMU, "proveBoot() gives a sign of life at least every five seconds", async () => {
  await withDisk(SILENT, async (trial) => {
    await boot(trial, { timeoutMs: 5_000 });
    assert(trial.events.filter(({ type }) => type === "activity").length >= 2);
    assertEquals(trial.events.filter(({ type }) => type === "milestone").length, 1);
  });
});

testNeeding(QEMU, "proveBoot() boots from overlays that are ready, and leaves them", async () => {
  await withDisk(speaking("\r\ntiny login: "), async (trial) => {
    const overlay = join(trial.folder, "ready.qcow2");
    const args = ["create", "-q", "-f", "qcow2", "-b", trial.disk, "-F", "raw", overlay];
    await new Deno.Command("qemu-img", { args }).output();
    const proof = await boot(trial, { overlays: [overlay], disks: [] });
    assertEquals(proof.verdict, "booted");
    assert(namesIn(trial.folder).includes("ready.qcow2"));
  });
});

testNeeding(QEMU, "proveBoot() tells why qemu does not start", async () => {
  await withDisk(SILENT, async (trial) => {
    const nics = [{ mac: "no MAC" }];
    const error = await assertRejects(() => boot(trial, { nics }), MigrateError, "qemu failed");
    assertEquals(error.code, "tool/failed");
    assertEquals(namesIn(trial.folder), ["disk.raw", "evidence"]);
    const log = await Deno.readTextFile(join(trial.folder, "evidence", "tiny-qemu.log"));
    const [command = "", words = ""] = log.split("\n");
    assertStringIncludes(command, "qemu-system-x86_64 -name guest=hyper2kvm-proof-tiny ");
    assertStringIncludes(words, "no MAC");
  });
});

testNeeding(
  { programs: [...QEMU.programs, "setpriv"] },
  "proveBoot() leaves no qemu behind when its process is killed",
  async () => {
    await withDisk(SILENT, async (trial) => {
      const child = new Deno.Command(Deno.execPath(), {
        args: [
          "run",
          "-A",
          new URL("../support/boot_for_ever.ts", import.meta.url).pathname,
          trial.disk,
          trial.folder,
        ],
        stdout: "null",
        stderr: "null",
      }).spawn();
      while ((await processesWith(trial.folder)).length === 0) {
        await new Promise((next) => setTimeout(next, 50));
      }
      child.kill("SIGKILL");
      await child.status;
      for (let tries = 0; tries < 40 && (await processesWith(trial.folder)).length > 0; tries++) {
        await new Promise((next) => setTimeout(next, 50));
      }
      assertEquals(await processesWith(trial.folder), []);
    });
  },
);
