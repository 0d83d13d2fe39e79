import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { VS_ACTIONS, vsphereCommand } from "../../src/config/hyper2kvm_vsphere.ts";
import { MigrateError } from "../../src/model/error.ts";

const LOGIN = { cmd: "vsphere", vcenter: "vc.example", vc_user: "joe", vc_password_env: "PW" };
const SERVER = ["--vcenter=vc.example"];

Deno.test("VS_ACTIONS has every action of the Python hyper2kvm", () => {
  assertEquals(
    Object.keys(VS_ACTIONS).toSorted(),
    [
      ..."list_vm_names get_vm_by_name vm_disks select_disk download_datastore_file download_vm_disk".split(
        " ",
      ),
      ..."download_only_vm vddk_download_disk nfc_download_disk create_snapshot enable_cbt".split(" "),
      ..."query_changed_disk_areas cbt_sync export export_vm ovftool_export ovftool_deploy".split(" "),
    ].toSorted(),
  );
});

Deno.test("vsphereCommand() takes server, user, password's variable, machines and folder over", () => {
  const { args, warnings } = vsphereCommand({
    ...LOGIN,
    vc_port: 8443,
    vc_insecure: true,
    vs_action: "nfc_download_disk",
    vs_vms: ["a", "b"],
    output_dir: "/srv/out",
  });
  assertEquals(args, [
    "export",
    "--vcenter=vc.example:8443",
    "--mode",
    "nfc",
    "--user=joe",
    "--password-env=PW",
    "--insecure",
    "--vm=a",
    "--vm=b",
    "--output=/srv/out",
  ]);
  assertStringIncludes(warnings.join(), "every disk of the VM");
});

Deno.test("vsphereCommand() chooses the mode of an export by its keys", () => {
  const mode = (values: Record<string, unknown>): readonly string[] =>
    vsphereCommand({ vcenter: "vc.example", vs_action: "export_vm", ...values }).args.slice(2);
  assertEquals(mode({ export_mode: "ova_export" }), ["--mode", "nfc"]);
  assertEquals(mode({ export_mode: "ovftool_export" }), ["--mode", "ovftool"]);
  assertEquals(mode({ export_mode: "auto" }), []);
  assertEquals(mode({ vs_download_only: true }), ["--mode", "download-only"]);
  assertEquals(mode({ vs_v2v: true }), ["--mode", "v2v"]);
  assertEquals(mode({ vs_v2v: true, vs_transport: "vddk", vs_vddk_libdir: "/opt/v" }), [
    "--mode",
    "v2v",
    "--v2v-transport",
    "vddk",
    "--vddk-libdir=/opt/v",
  ]);
});

Deno.test("vsphereCommand() warns of what has no effect", () => {
  const { args, warnings } = vsphereCommand({
    vcenter: "vc.example",
    vs_action: "list_vm_names",
    dc_name: "DC",
  });
  assertEquals(args, ["list", ...SERVER]);
  assertEquals(warnings.length, 1);
  assertStringIncludes(warnings[0]!, "dc_name has no effect");
});

Deno.test("vsphereCommand() refuses a password in the file, and an action that there is not", () => {
  const refuse = (values: Record<string, unknown>): string =>
    (assertThrows(() => vsphereCommand({ ...LOGIN, ...values }), MigrateError) as MigrateError).message;
  assertStringIncludes(refuse({ vc_password: "hunter2" }), "vc_password is readable");
  assertEquals(refuse({ vc_password: "hunter2" }).includes("hunter2"), false);
  assertStringIncludes(refuse({ vs_action: "fly" }), "no vs_action fly");
});
