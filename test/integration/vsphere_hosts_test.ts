/** Many machines of several ESXi hosts at once, against the vCenter simulator. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { runCli } from "../support/cli.ts";
import { testNeeding } from "../support/needs.ts";
import { progressLines } from "../support/progress_lines.ts";
import { TempFolder } from "../support/temp.ts";
import type { ProgressLine } from "../../src/ui/json.ts";
import { Simulator, sparseDisk, VSPHERE_NEEDS } from "../support/vsphere.ts";
import { loginFlags, PASSWORD } from "../support/vsphere_bed.ts";

const HOSTS = ["DC0_H0", "DC0_H1"];

/** Three machines of each host; the first that is asked for cannot be exported. */
const VMS = ["DC0_H0_VM1", "DC0_H0_VM0", "DC0_H0_VM2", "DC0_H1_VM0", "DC0_H1_VM1", "DC0_H1_VM2"];

/** The most stages that were open at the same time, of all machines whose names begin so. */
function most(events: readonly ProgressLine[], prefix: string): number {
  let open = 0, highest = 0;
  for (const event of events) {
    if (event.type !== "stage-start" && event.type !== "stage-end") continue;
    if (!event.vm.startsWith(prefix)) continue;
    open += event.type === "stage-start" ? 1 : -1;
    highest = Math.max(highest, open);
  }
  return highest;
}

for (const limit of [1, 2]) {
  testNeeding(
    VSPHERE_NEEDS,
    `vsphere export --vms-per-host ${limit} holds for each of two hosts`,
    async () => {
      await using folder = await TempFolder.create();
      const disk = await sparseDisk(folder.file("a.raw"), 4);
      const options = { disks: [disk], otherDisk: disk, vms: 3, hosts: 2 };
      await using sim = await Simulator.start(folder, options);
      await sim.order({ Method: "CreateSnapshot_Task", Action: "fault", Fault: "SnapshotFault", Count: 99 });
      const args = [...VMS, "--vms-per-host", String(limit), "--mode", "nfc", "-o", folder.file("out")];
      const { status, stdout, stderr } = await runCli(
        ["vsphere", "export", ...args, "--progress", "json", ...loginFlags(sim)],
        PASSWORD,
      );
      const events = progressLines(stderr);
      assertEquals(HOSTS.map((host) => most(events, host)), [limit, limit]);
      assertEquals(most(events, "DC0"), 2 * limit); // at the same time on both
      const { peaks } = await sim.counts();
      assertEquals(HOSTS.filter((host) => peaks[host]! > limit), []);
      // The one that fails leaves its place to the others of its host, and fails the run.
      assertEquals(status, 1);
      assertStringIncludes(stdout, "Cannot make a snapshot of DC0_H0_VM1");
      assertStringIncludes(stdout, "5 of 6 exported.");
      const complete = VMS.slice(1).map((vm) => `out/${vm}/source.json`);
      for (const file of complete) await Deno.stat(folder.file(file));
      assertEquals((await folder.names("out/DC0_H0_VM1")).filter((name) => /json|vmdk/.test(name)), []);
    },
  );
}
