import { assertEquals } from "@std/assert";
import { crypttab } from "../../../src/fix/linux/crypttab.ts";
import { crypttabInitramfs, markForInitramfs } from "../../../src/fix/linux/crypttab_initramfs.ts";
import { planFixes } from "../../../src/fix/plan_fixes.ts";
import { contextOf, openSample } from "../../support/sample_guests.ts";
import { ENCRYPTED, LUKS_UUID as UUID } from "../../support/samples/encrypted.ts";

Deno.test("markForInitramfs() marks the volume of the root filesystem and no other", async () => {
  const text = `# sda2\nroot UUID=${UUID}\tnone luks,discard # x\ndata /dev/sdb1 none luks\n`;
  const marked = `# sda2\nroot UUID=${UUID}\tnone luks,discard,initramfs # x\ndata /dev/sdb1 none luks\n`;
  const { guest } = await openSample(ENCRYPTED);
  assertEquals(markForInitramfs(text, guest), marked);
  assertEquals(markForInitramfs(marked, guest), marked);
});

Deno.test("markForInitramfs() fills in the fields that a line has not", async () => {
  const { guest } = await openSample(ENCRYPTED);
  assertEquals(markForInitramfs("root /dev/sda2", guest), "root /dev/sda2 none initramfs");
  assertEquals(markForInitramfs("root /dev/sda2 /key", guest), "root /dev/sda2 /key initramfs");
});

Deno.test("crypttab and crypttab-initramfs make a line that a new initramfs opens on any disk", async () => {
  const { guest, files } = await openSample(ENCRYPTED);
  const context = contextOf(files, guest);
  const plan = async (options: typeof context.options): Promise<(string | null)[]> => {
    const { changes } = await planFixes({ ...context, options }, [crypttab, crypttabInitramfs]);
    return changes.flatMap((change) => change.kind === "text" ? [change.after] : []);
  };
  const data = "data_crypt UUID=99999999-2222-3333-4444-555555555555 /etc/data.key luks\n";
  const byUuid = `root_crypt UUID=${UUID} none luks,discard\n${data}`;
  const both = [byUuid, `root_crypt UUID=${UUID} none luks,discard,initramfs\n${data}`];
  assertEquals(await plan({ ...context.options, initramfsMadeAnew: true }), both);
  assertEquals(await plan({ ...context.options, initramfs: "rebuild" }), both);
  assertEquals(await plan({ ...context.options, initramfs: "augment" }), [byUuid]);
});
