/**
 * Reports to try a renderer on, as runs make them.
 *
 * @module
 */
import type { Report, VmReport } from "../model/report.ts";
import type { Stage } from "../model/stage.ts";

const GIB = 1024 ** 3;
const MIB = 1024 ** 2;
/** Part of a path in the sample reports: a page that shows it as it is lets a file name write the page. */
export const MARKUP = "<img src=x onerror=alert(1)>";

const stage = (name: Stage, elapsedMs: number, summary: string): VmReport["stages"][number] => ({
  stage: name,
  status: "done",
  startedAt: "2026-01-02T03:04:05.000Z",
  elapsedMs,
  summary,
});

/** A machine that was converted and booted; members can be replaced. */
export function sampleVm(changes: Partial<VmReport> = {}): VmReport {
  return {
    name: "web-01",
    status: "succeeded",
    source: {
      kind: "vmdk",
      location: "/src/web-01.vmdk",
      name: "web-01",
      disks: [{
        path: "/src/web-01.vmdk",
        image: "/src/web-01.vmdk",
        format: "vmdk",
        virtualSizeBytes: 4 * GIB,
        allocatedSizeBytes: 134 * MIB,
        files: ["/src/web-01.vmdk"],
        detail: "streamOptimized",
      }],
      machine: { nics: [] },
    },
    guest: {
      osType: "linux",
      root: "/dev/sda1",
      rootReason: "the only root",
      distro: "debian",
      productName: "Debian GNU/Linux 12 (bookworm)",
      version: "12",
      arch: "x86_64",
      hostname: "web-01",
      filesystems: [],
      mounts: [],
      firmware: "bios",
      kernels: [{ release: "6.1.0-39-cloud-amd64", hasModules: true }],
      bootEntries: [],
      interfaces: [],
    },
    nics: [{ mac: "00:50:56:8a:12:34", macOrigin: "guest", guestName: "ens192" }],
    changes: [
      {
        kind: "text",
        fix: "fstab",
        path: "/etc/fstab",
        before: "# table\n/dev/sda1 / ext4 errors=remount-ro 0 1\n",
        after: "# table\nUUID=1234-abcd / ext4 errors=remount-ro 0 1\n",
        why: "Device names change on virtio; a UUID does not.",
      },
      {
        kind: "append",
        fix: "initramfs",
        path: "/boot/initrd.img-6.1.0-39-cloud-amd64",
        lengthBefore: 6 * MIB,
        contentFile: "/work/initrd",
        contentBytes: 300 * 1024,
        contentSha256: "00",
        members: ["usr/lib/modules/6.1.0-39-cloud-amd64/kernel/drivers/block/virtio_blk.ko", "conf/modules"],
        why: "It has no driver for virtio disks.",
      },
    ],
    leftAlone: [{ fix: "grub", path: "/boot/grub/device.map", reason: "No boot entry reads it." }],
    concerns: [{
      id: "host/no-kvm",
      severity: "warning",
      message: "KVM cannot be used: the guest is fixed and booted by emulation.",
      hint: "Everything works, only slower.",
    }],
    stages: [
      stage("discover", 300, "one disk, 4 GiB"),
      stage("fix", 2_600, "2 files changed"),
      stage("copy", 65_000, "380 MiB written"),
    ],
    outputs: [{
      path: "/out/web-01.qcow2",
      format: "qcow2",
      virtualSizeBytes: 4 * GIB,
      allocatedSizeBytes: 380 * MIB,
    }],
    definition: "/out/web-01.xml",
    proof: {
      verdict: "booted",
      summary: "a login prompt on the serial console.",
      reached: [
        { name: "kernel", atMs: 4_000, evidence: "Linux version 6.1.0" },
        { name: "login", atMs: 41_200, evidence: "web-01 login:" },
      ],
      accelerator: "tcg",
      elapsedMs: 41_200,
      serialLog: "/out/evidence/serial.log",
      qemuLog: "/out/evidence/qemu.log",
      screenshots: ["/out/evidence/login.png"],
      consoleTail: ["web-01 login:"],
    },
    ...changes,
  };
}

/** A report with these machines. */
export function sampleReport(status: Report["status"], ...vms: VmReport[]): Report {
  return {
    schemaVersion: 1,
    tool: { name: "hyper2kvm", version: "0.1.0" },
    startedAt: "2026-01-02T03:04:05.000Z",
    finishedAt: "2026-01-02T03:05:17.000Z",
    status,
    host: { "qemu-img": "7.2.22", accelerator: "tcg" },
    vms,
  };
}

/** Reports of every kind: of a machine that boots, of a batch of which one failed and one was stopped, and a plan. */
export function sampleReports(): readonly Report[] {
  const { outputs: _outputs, definition: _definition, proof: _proof, ...early } = sampleVm();
  const failed: VmReport = {
    ...early,
    name: "db-01",
    status: "failed",
    outputs: [],
    error: {
      code: "source/damaged",
      stage: "discover",
      message: `Cannot read /src/${MARKUP}.vmdk: it is cut off.`,
      hint: "Copy it again.",
    },
  };
  const stopped: VmReport = { ...failed, name: "mail-01", status: "cancelled" };
  const planned: VmReport = { ...early, status: "planned", outputs: [] };
  return [
    sampleReport("succeeded", sampleVm()),
    sampleReport("failed", sampleVm(), failed, stopped),
    sampleReport("planned", planned),
    sampleReport("failed"),
  ];
}
