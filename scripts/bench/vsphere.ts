/**
 * `deno task bench:vsphere`: downloads from the vCenter simulator on loopback against curl, streams against a server
 * that limits each connection, and the listing of 5,000 machines; prints a table with what is wanted of each.
 *
 * @module
 */
import { fromFileUrl, join } from "@std/path";
import { runCommand } from "../../src/run/command.ts";
import { removeIfThere } from "../../src/run/files.ts";
import { Datastores } from "../../src/source/vsphere/datastore.ts";
import { download } from "../../src/source/vsphere/transfer/download.ts";
import { ExportLease } from "../../src/source/vsphere/lease.ts";
import { downloadLeased } from "../../src/source/vsphere/nfc.ts";
import { readInventory } from "../../src/source/vsphere/inventory.ts";
import type { VsphereSession } from "../../src/source/vsphere/session.ts";
import { TempFolder } from "../../test/support/temp.ts";
import { ensureGuest } from "../../test/support/guests.ts";
import { Simulator } from "../../test/support/vsphere.ts";
import { print, runScript, say } from "../say.ts";
import type { Cost } from "./cost.ts";

const MEASURE = fromFileUrl(new URL("./measure.ts", import.meta.url));
const CLI = fromFileUrl(new URL("../../cli.ts", import.meta.url));
const VM = "DC0_H0_VM0";
const FLAT = { datastore: "LocalDS_0", path: `${VM}/disk1-flat.vmdk` };
const MIB = 1024 ** 2;
/** Length of the disk: long enough that the ends do not count. */
const DISK_BYTES = 256 * MIB;
/** What the simulator lets through each connection, in bytes a second. */
const LIMIT = 20e6;
/** How often what takes half a second is measured; the fastest counts, because a busy host only makes things slower. */
const MANY_RUNS = 10;
/** How often what takes long is measured. */
const FEW_RUNS = 2;
const MANY_VMS = 5_000;
const MOST_WRITTEN = 1.05;

/** What is measured, and what comes before it unmeasured. */
interface Contest {
  readonly prepare: () => Promise<unknown>;
  readonly work: () => Promise<unknown>;
}

/** One line of the table. */
interface Row {
  readonly name: string;
  readonly value: string;
  readonly wanted: string;
  readonly ok: boolean;
}

/** The fastest run of each in milliseconds; they are measured in turns, so that all have the same luck of the host. */
async function fastest(runs: number, ...contests: readonly Contest[]): Promise<number[]> {
  const best = contests.map(() => Infinity);
  for (let run = 0; run < runs; run++) {
    for (const [index, { prepare, work }] of contests.entries()) {
      await prepare();
      const started = performance.now();
      await work();
      best[index] = Math.min(best[index]!, performance.now() - started);
    }
  }
  return best;
}

/** A disk of bytes that no compression shortens. */
async function randomDisk(path: string): Promise<string> {
  using file = await Deno.open(path, { write: true, create: true });
  const bytes = new Uint8Array(64 * 1024);
  for (let done = 0; done < DISK_BYTES; done += bytes.length) {
    crypto.getRandomValues(bytes);
    await file.write(bytes);
  }
  return path;
}

/** curl with the simulator's own certificate and Basic login; the password is the test server's. */
async function curl(sim: Simulator, path: string, target: string): Promise<void> {
  const url = `https://127.0.0.1:${sim.port}${path}`;
  await runCommand("curl", ["-sS", "--fail", "--cacert", sim.caFile, "-u", "user:pass", "-o", target, url]);
  await runCommand("sync", [target]);
}

/** A contestant that got something else is no contestant. */
async function sameSize(ours: string, theirs: string): Promise<void> {
  const [mine, other] = [await Deno.stat(ours), await Deno.stat(theirs)].map(({ size }) => size);
  if (mine !== other) throw new Error(`${ours} has ${mine} bytes, curl's ${theirs} ${other}`);
}

/** Removes what the last run has left, and lets storage come to rest: its backlog is none of the next run's. */
async function remove(...paths: readonly string[]): Promise<void> {
  for (const path of paths) await removeIfThere(path);
  await runCommand("sync", []);
}

async function datastoreRows(sim: Simulator, session: VsphereSession, folder: TempFolder): Promise<Row[]> {
  const datastores = new Datastores(session, "DC0");
  const target = folder.file("ours.vmdk"), copy = folder.file("curl.vmdk");
  const ours = (streams?: number): Contest => ({
    prepare: () => remove(target, `${target}.ranges`),
    work: () => download(datastores, FLAT, target, { streams, signal: session.signal }),
  });
  const path = `/folder/${FLAT.path}?dcPath=DC0&dsName=${FLAT.datastore}`;
  const curls: Contest = { prepare: () => remove(copy), work: () => curl(sim, path, copy) };
  const [tuned, theirs] = await fastest(MANY_RUNS, ours(), curls);
  await sameSize(target, copy);
  await sim.order({ Method: "FOLDER", Action: "slow", After: LIMIT, Count: 1e6 });
  const [one, eight] = await fastest(FEW_RUNS, ours(1), ours(8));
  await sim.order({ Method: "", Action: "clear" });
  return [
    row("datastore / curl", theirs! / tuned!, 1),
    row(`8 streams / 1 stream at ${LIMIT / 1e6} MB/s a connection`, one! / eight!, 7),
  ];
}

async function nfcRow(sim: Simulator, session: VsphereSession, folder: TempFolder): Promise<Row> {
  const [vm] = (await readInventory(session)).vms.filter(({ name }) => name === VM);
  await using lease = await ExportLease.open(session, vm!);
  const [disk] = lease.disks;
  const target = folder.file("nfc.vmdk"), copy = folder.file("curl.vmdk");
  const path = new URL(disk!.url.replace("*", "host")).pathname;
  await curl(sim, path, copy); // now the simulator has made the stream, and keeps it
  const [ours, theirs] = await fastest(
    MANY_RUNS,
    {
      prepare: () => remove(target),
      work: () => downloadLeased(session, disk!, target, { signal: session.signal }),
    },
    { prepare: () => remove(copy), work: () => curl(sim, path, copy) },
  );
  await sameSize(target, copy);
  await lease.complete();
  return row("nfc / curl", theirs! / ours!, 1);
}

/** A ratio of speeds that is to be at least so much. */
function row(name: string, ratio: number, atLeast: number): Row {
  return { name, value: ratio.toFixed(2), wanted: `at least ${atLeast}`, ok: ratio >= atLeast };
}

async function listRows(folder: TempFolder): Promise<Row[]> {
  await using sim = await Simulator.start(folder, { vms: MANY_VMS });
  await Deno.writeTextFile(folder.file("pw"), "pass");
  const login = ["--vcenter", `127.0.0.1:${sim.port}`, "--user", "user", "--ca", sim.caFile];
  const list = [Deno.execPath(), "run", "-A", CLI, "vsphere", "list", "--json", ...login];
  const result = folder.file("cost.json");
  await runCommand(Deno.execPath(), [
    ...["run", "-A", MEASURE, result],
    ...[...list, "--password-file", folder.file("pw")],
  ]);
  const cost = JSON.parse(await Deno.readTextFile(result)) as Cost;
  const seconds = cost.wallMs / 1000, mb = cost.peakOwnBytes / 1e6;
  return [
    {
      name: `list of ${MANY_VMS} VMs`,
      value: `${seconds.toFixed(1)} s`,
      wanted: "under 5 s",
      ok: seconds < 5 && cost.status === 0,
    },
    { name: "its memory", value: `${mb.toFixed(0)} MB`, wanted: "under 200 MB", ok: mb < 200 },
  ];
}

async function wholeRow(folder: TempFolder): Promise<Row> {
  const { raw } = await ensureGuest("bios");
  await using sim = await Simulator.start(folder, { disks: [raw] });
  const out = folder.file("out"), result = folder.file("cost.json");
  const source = `vsphere://user@127.0.0.1:${sim.port}/${VM}`;
  const login = ["--ca", sim.caFile, "--password-file", folder.file("pw")];
  await Deno.writeTextFile(folder.file("pw"), "pass");
  const convert = [Deno.execPath(), "run", "-A", CLI, "convert", source, "-o", out, "-q", ...login];
  await runCommand(Deno.execPath(), ["run", "-A", MEASURE, result, ...convert]);
  const cost = JSON.parse(await Deno.readTextFile(result)) as Cost;
  const { blocks } = await Deno.stat(join(out, `${VM}.qcow2`));
  const ratio = (cost.writtenBytes - cost.cancelledBytes) / (blocks! * 512);
  const ok = cost.status === 0 && ratio <= MOST_WRITTEN;
  return {
    name: "bytes written / output, vCenter to boot",
    value: ratio.toFixed(2),
    wanted: "at most 1.05",
    ok,
  };
}

async function bench(): Promise<Row[]> {
  await using folder = await TempFolder.create();
  const rows: Row[] = [];
  {
    say("bench: downloads");
    await using sim = await Simulator.start(folder, {
      disks: [await randomDisk(join(folder.path, "a.raw"))],
    });
    await using session = await sim.session();
    rows.push(...await datastoreRows(sim, session, folder), await nfcRow(sim, session, folder));
  }
  say(`bench: ${MANY_VMS} machines`);
  rows.push(...await listRows(folder));
  say("bench: a whole machine");
  return [...rows, await wholeRow(folder)];
}

if (import.meta.main) {
  await runScript(async () => {
    const rows = await bench();
    const width = Math.max(...rows.map(({ name }) => name.length));
    for (const { name, value, wanted, ok } of rows) {
      print(`${ok ? "✔" : "✘"} ${name.padEnd(width)}  ${value.padStart(7)}  ${wanted}`);
    }
    return rows.every(({ ok }) => ok) ? 0 : 1;
  });
}
