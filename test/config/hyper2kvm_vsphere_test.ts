import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { VS_ACTIONS, vsphereCommand, vsphereCommands } from "../../src/config/hyper2kvm_vsphere.ts";
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

Deno.test("vsphereCommand() says that an OVA is left as a folder", () => {
  const warnings = (export_mode: string): readonly string[] =>
    vsphereCommand({ vcenter: "vc.example", vs_vm: "a", vs_action: "export_vm", export_mode }).warnings;
  assertStringIncludes(warnings("ova_export").join(), "not packed into an OVA");
  assertEquals(warnings("ovf_export"), []);
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

Deno.test("vsphereCommand() logs in by the keys of govc where there are no others", () => {
  const { args } = vsphereCommand({
    vs_action: "list_vm_names",
    ...{
      govc_url: "https://vc.example/sdk",
      govc_user: "joe",
      govc_password_env: "PW",
      govc_insecure: "yes",
    },
  });
  assertEquals(args, ["list", ...SERVER, "--insecure", "--user=joe", "--password-env=PW"]);
});

Deno.test("vsphereCommand() takes no and off for what they are", () => {
  const { args } = vsphereCommand({
    vcenter: "vc.example",
    vs_action: "export_vm",
    ...{ vc_insecure: "no", quiesce: "off", vs_v2v: "No", govc_insecure: "yes", ovftool_no_ssl_verify: true },
  });
  assertEquals(args, ["export", ...SERVER, "--insecure"]);
});

Deno.test("vsphereCommand() deploys where the keys of ovftool say, and passes the others on", () => {
  const { args, warnings } = vsphereCommand({
    vcenter: "vc.example",
    ...{ vs_action: "ovftool_deploy", source_path: "web.ova", ovftool_vm_name: "web" },
    ...{ ovftool_target_resource_pool: "/DC0/host/c", ovftool_datastore: "ds1", ovftool_power_on: true },
    ...{ ovftool_network_map: ["VM Network=lan"], ovftool_disk_mode: "thin", ovftool_accept_all_eulas: true },
  });
  assertEquals(args.slice(2), [
    ...["--ova=web.ova", "--vm=web", "--deploy-to=/DC0/host/c", "--deploy-datastore=ds1"],
    ...["--ovftool-arg=--powerOn", "--ovftool-arg=--net:VM Network=lan", "--ovftool-arg=--diskMode=thin"],
  ]);
  assertEquals(warnings, ["ovftool_accept_all_eulas has no effect: they are accepted"]);
});

Deno.test("vsphereCommand() exports nothing in a dry run", () => {
  const dry = (vs_action: string): string | undefined =>
    vsphereCommand({ vcenter: "vc.example", vs_action, vs_vm: "a", dry_run: true }).args[0];
  assertEquals([dry("list_vm_names"), dry("export_vm"), dry("cbt_sync")], ["list", "show", "show"]);
  assertThrows(() => dry("ovftool_deploy"), MigrateError);
});

Deno.test("vsphereCommand() refuses a file of a datastore without its VM", () => {
  const job = { ...LOGIN, vs_action: "download_datastore_file", datastore: "ds", ds_path: "web/web.vmdk" };
  assertThrows(() => vsphereCommand(job), MigrateError, "names no VM");
});

Deno.test("vsphereCommands() refuses a list that is none", () => {
  assertThrows(() => vsphereCommands({ ...LOGIN, vms: "a" }), MigrateError, "no list of machines");
});
