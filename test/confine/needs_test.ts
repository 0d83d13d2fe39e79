import { assertEquals, assertThrows } from "@std/assert";
import { jobSchema } from "../../src/config/schema.ts";
import { bubblewrapArgs } from "../../src/confine/bubblewrap.ts";
import { type Needs, needsOf } from "../../src/confine/needs.ts";
import { denoPermissions } from "../../src/confine/permissions.ts";
import { surveyArgs } from "../../src/confine/survey.ts";
import { MigrateError } from "../../src/model/error.ts";

const ENV: Readonly<Record<string, string>> = { HOME: "/home/me", XDG_RUNTIME_DIR: "/run/user/7" };

/** The needs of a job with these options. */
function needs(options: Readonly<Record<string, unknown>>, kvm = false): Needs {
  const job = jobSchema.parse({ source: ["/vms/a.vmdk"], output: "/out", ...options });
  const files = job.source.filter((one) => !one.includes("://"));
  return needsOf([{ job, files }], [], kvm, (name) => ENV[name]);
}

Deno.test("needsOf() reads the source and writes the output, and no more", () => {
  assertEquals(needs({}), {
    ...{
      reads: ["/vms/a.vmdk"],
      writes: ["/out"],
      writtenFiles: [],
      network: [],
      devices: [],
      variables: [],
    },
  });
});

Deno.test("needsOf() has what options name: keys, scripts, the log, devices", () => {
  const found = needs({
    luks_key: ["all=file:/keys/a", "all=env:KEY"],
    first_boot: ["/scripts/a.sh"],
    ...{ log_file: "/var/log/a.log", output_device: ["/dev/vg/a"], format: "raw" },
  }, true);
  assertEquals(found.reads, ["/vms/a.vmdk", "/keys/a", "/scripts/a.sh"]);
  assertEquals([found.writtenFiles, found.variables], [["/var/log/a.log"], ["KEY"]]);
  assertEquals(found.devices, ["/dev/kvm", "/dev/vg/a"]);
});

Deno.test("needsOf() has libvirt's socket only where it is used, by the URI", () => {
  assertEquals(needs({}).libvirtSocket, undefined);
  assertEquals(needs({ define: true }).libvirtSocket, "/run/libvirt");
  assertEquals(needs({ define: true, uri: "qemu:///session" }).libvirtSocket, "/run/user/7/libvirt");
});

Deno.test("needsOf() says why a job needs the network", () => {
  const { network, reads } = needs({
    source: ["ssh://esx/a.vmx"],
    define: true,
    uri: "qemu+ssh://kvm/system",
  });
  assertEquals(network, ["the source ssh://esx/a.vmx", "libvirt at qemu+ssh://kvm/system"]);
  assertEquals(reads, ["/home/me/.ssh"]);
});

Deno.test("needsOf() refuses a report beside the output", () => {
  assertThrows(() => needs({ report: "/home/me/report.html" }), MigrateError, "beside its output");
  assertEquals(needs({ report: "/out/report.html" }).writes, ["/out"]);
});

Deno.test("bubblewrapArgs() has the source read-only after what is written, and a network only for a reason", () => {
  const sandbox = { own: ["/bin/h"], appliance: "/a", hostname: "h", cwd: "/", env: {} };
  const args = bubblewrapArgs({ ...sandbox, needs: needs({ source: ["/out/a.vmdk"] }) });
  const text = args.join(" ");
  assertEquals(text.indexOf("--ro-bind /out/a.vmdk") > text.indexOf("--bind /out /out"), true);
  assertEquals(args.includes("--unshare-net"), true);
  const online = bubblewrapArgs({ ...sandbox, needs: needs({ source: ["ssh://esx/a.vmx"] }) });
  assertEquals(online.includes("--unshare-net"), false);
});

Deno.test("denoPermissions() names the paths, a comma in one written twice", () => {
  const [read, write] = denoPermissions(needs({ source: ["/vms/a,b.vmdk"] }), ["/own"], ["/tmp"]);
  assertEquals(read?.flag.startsWith("--allow-read=/vms/a,,b.vmdk,/out,/tmp,/own,/usr,"), true);
  assertEquals(write?.flag, "--allow-write=/out,/tmp");
});

Deno.test("surveyArgs() gives a look at the source neither the network nor a place to write", () => {
  const job = jobSchema.parse({ source: ["/vms/a.ova"], vm: ["web"] });
  const args = surveyArgs({ program: "/bin/h", args: [], reads: [], env: {} }, job).join(" ");
  assertEquals(args.startsWith("--unshare-all --die-with-parent"), true);
  assertEquals(args.includes("--bind /"), false);
  assertEquals(args.endsWith("/bin/h inspect /vms/a.ova --json --quiet --vm web --no-verify-manifest"), true);
});
