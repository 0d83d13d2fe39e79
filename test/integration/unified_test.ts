/**
 * A guest that starts from a unified kernel image: what is added to the image must come up on virtio; its card gets a
 * new name there and keeps its static address.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { Report } from "../../src/model/report.ts";
import { runCli } from "../support/cli.ts";
import { GUEST_INTERFACE, STATIC_ADDRESS } from "../support/guests.ts";
import { testNeeding } from "../support/needs.ts";
import { TempFolder } from "../support/temp.ts";
import { UNIFIED_GUEST_NEEDS, unifiedGuest } from "../support/unified_guest.ts";

testNeeding(UNIFIED_GUEST_NEEDS, "convert boots a guest from a unified kernel image", async () => {
  await using folder = await TempFolder.create();
  const disk = await unifiedGuest(folder.path);
  const out = folder.file("out");
  const { status, stderr, stdout } = await runCli([
    ...["convert", disk, "-o", out, "--name", "uki", "--network-policy", "rename"],
  ]);
  assertEquals(status, 0, stderr + stdout);
  const [vm] = (JSON.parse(await Deno.readTextFile(`${out}/report.json`)) as Report).vms;
  assertEquals(vm?.guest?.bootEntries, []);
  const [change] = vm!.changes.filter(({ fix, kind }) => fix === "unified-kernels" && kind === "append");
  assert(change?.kind === "append", "the image was not changed");
  assert(
    change.members.some((member) => member.startsWith("arguments: root=UUID=")),
    change.members.join("\n"),
  );
  const view = vm?.proof?.insideView;
  assertEquals([vm?.proof?.verdict, view?.rootDriver, view?.failedUnits], ["booted", "virtio_blk", []]);
  const [card] = view!.interfaces.filter(({ driver }) => driver === "virtio_net");
  assert(card?.mac !== undefined && card.name.startsWith("en") && card.name !== GUEST_INTERFACE, card?.name);
  assertEquals(card.addresses, [STATIC_ADDRESS.uefi]);
});
