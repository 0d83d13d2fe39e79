import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { runCli } from "../support/cli.ts";
import { testNeeding } from "../support/needs.ts";
import { TempFolder } from "../support/temp.ts";

const NEEDS = { programs: ["systemd-analyze"] };

/** The highest exposure that a unit may have, of 10. */
const LIMIT = 3.0;

/** Writes units with these arguments and returns them by name. */
async function unitsOf(
  folder: TempFolder,
  args: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  const { status, stdout, stderr } = await runCli(["systemd", ...args, "-o", folder.file("units"), "--json"]);
  assertEquals(status, 0, stderr);
  const paths: string[] = JSON.parse(stdout);
  return Object.fromEntries(
    await Promise.all(paths.map(async (path) => [path.split("/").at(-1)!, await Deno.readTextFile(path)])),
  );
}

async function analyze(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command("systemd-analyze", {
    args: [...args],
    env: { SYSTEMD_COLORS: "0" },
  }).output();
  const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  assertEquals(code, 0, text);
  return text;
}

async function checkAll(folder: TempFolder, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const path = folder.file(`units/${name}`);
    assertEquals(await analyze("verify", "--man=no", path), "", name);
    if (!name.endsWith(".service")) continue;
    const exposure = /exposure level.*: (\d+\.\d)/.exec(await analyze("security", "--offline=true", path))
      ?.[1];
    assert(Number(exposure) <= LIMIT, `${name}: ${exposure}`);
  }
}

testNeeding(NEEDS, "systemd writes a service and a timer for a job that pass systemd-analyze", async () => {
  await using folder = await TempFolder.create();
  await Deno.writeTextFile(folder.file("web.yaml"), "source: /srv/vm's/web 100%.vmdk\noutput: /srv/kvm\n");
  const units = await unitsOf(folder, [folder.file("web.yaml")]);
  assertEquals(Object.keys(units), ["hyper2kvm-web.service", "hyper2kvm-web.timer"]);
  const service = units["hyper2kvm-web.service"]!;
  assertMatch(service, /^ReadWritePaths=\/srv\/kvm$/m);
  assertMatch(service, /^PrivateNetwork=yes$/m);
  assertMatch(service, /^BindReadOnlyPaths=.*-\S*web\.yaml( |$)/m);
  // supermin makes the appliance inside the unit: of the kernel's modules, and without CAP_CHOWN.
  assertEquals(service.includes("ProtectKernelModules"), false);
  assertMatch(service, /^Environment=TAR_OPTIONS=--no-same-owner$/m);
  await checkAll(folder, Object.keys(units));
});

testNeeding(NEEDS, "systemd leaves the network to a job with a source on another host", async () => {
  await using folder = await TempFolder.create();
  await Deno.writeTextFile(folder.file("web.yaml"), "source: ssh://esx/web.vmx\noutput: /srv/kvm\n");
  const { "hyper2kvm-web.service": service = "" } = await unitsOf(folder, [folder.file("web.yaml")]);
  assertMatch(service, /^PrivateNetwork=no$/m);
  assertEquals(service.includes("IPAddressDeny"), false);
  await checkAll(folder, ["hyper2kvm-web.service"]);
});

testNeeding(NEEDS, "systemd writes the watch service for a folder and its template", async () => {
  await using folder = await TempFolder.create();
  await Deno.writeTextFile(folder.file("t.yaml"), "output: /srv/kvm\nmetrics_port: 9100\n");
  const units = await unitsOf(folder, [
    folder.file("t.yaml"),
    "--watch-dir",
    "/srv/in",
    "--memory-max",
    "4G",
  ]);
  const service = units["hyper2kvm-watch.service"]!;
  assertStringIncludes(service, `watch /srv/in --job ${folder.file("t.yaml")}\n`);
  for (const line of ["ReadWritePaths=/srv/in /srv/kvm", "MemoryMax=4G", "IPAddressAllow=localhost"]) {
    assertStringIncludes(service, `${line}\n`);
  }
  await checkAll(folder, Object.keys(units));
});

testNeeding(NEEDS, "systemd without a job writes templates for job files in /etc", async () => {
  await using folder = await TempFolder.create();
  const units = await unitsOf(folder, []);
  assertEquals(Object.keys(units), ["hyper2kvm@.service", "hyper2kvm@.timer", "hyper2kvm-watch.service"]);
  assertStringIncludes(units["hyper2kvm@.service"]!, "run /etc/hyper2kvm/%i.yaml\n");
  await checkAll(folder, Object.keys(units));
});

Deno.test("systemd refuses a job without an output folder, and a watched folder without a template", async () => {
  await using folder = await TempFolder.create();
  await Deno.writeTextFile(folder.file("web.yaml"), "source: /srv/web.vmdk\n");
  const refusal = async (...args: string[]): Promise<string> =>
    (await runCli(["systemd", ...args, "-o", folder.file("units")])).stderr;
  assertStringIncludes(await refusal(folder.file("web.yaml")), "it names no output folder");
  assertStringIncludes(await refusal("--watch-dir", "/srv/in"), "has no template");
});
