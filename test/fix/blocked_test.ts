import { assertEquals } from "@std/assert";
import type { Concern } from "../../src/model/concern.ts";
import { blockedBy } from "../../src/fix/blocked.ts";

const concern = (severity: Concern["severity"]): Concern => ({
  id: "initramfs/no-virtio-kernel",
  severity,
  message: "Kernel 2.6.18 of the guest has no virtio_pci (kernels found: 2.6.18)",
  hint: "Install a kernel with virtio drivers.",
});

Deno.test("blockedBy() ends a conversion on what no change can cure, with the way round it", () => {
  const error = blockedBy([concern("warning"), concern("critical")]);
  assertEquals([error?.code, error?.message, error?.hint], [
    "guest/unsupported",
    "Cannot make the guest boot on KVM: Kernel 2.6.18 of the guest has no virtio_pci (kernels found: 2.6.18)",
    "Install a kernel with virtio drivers. To convert it as it is: --skip-fix initramfs.",
  ]);
});

Deno.test("blockedBy() lets warnings pass", () => assertEquals(blockedBy([concern("warning")]), null));
