import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { MigrateError } from "../../src/model/error.ts";
import { v2vArgs, v2vEnv, type V2VJob } from "../../src/v2v/arguments.ts";
import { readFeatures, type V2VFeatures } from "../../src/v2v/features.ts";
import { sourceXml } from "../../src/v2v/source_xml.ts";
import { runCommand } from "../../src/run/command.ts";
import { makeRawDisk } from "../support/images.ts";
import { testNeeding } from "../support/needs.ts";
import { TempFolder } from "../support/temp.ts";

const JOB: V2VJob = {
  input: { kind: "libvirtxml", path: "/work/in.xml" },
  outputDir: "/work",
  name: "shop",
  format: "qcow2",
  messagesFile: "/work/messages",
  extraArgs: [],
};

function release(major: number, minor: number, ...more: string[]): V2VFeatures {
  const words = ["input:libvirtxml", "input:ova", "input:vmx", "vcenter-https", ...more];
  return { version: `${major}.${minor}.0`, release: [major, minor], words };
}

Deno.test("v2vArgs() names input, output, format, name and the messages file", () => {
  assertEquals(
    v2vArgs(JOB, release(2, 2)).join(" "),
    [
      "--machine-readable=file:/work/messages",
      "-o local -os /work -of qcow2 -oa sparse -on shop",
      "-i libvirtxml /work/in.xml",
    ].join(" "),
  );
});

Deno.test("v2vArgs() compresses by the option of the version", () => {
  const compressed = (major: number, minor: number): string =>
    v2vArgs({ ...JOB, compress: "zlib" }, release(major, minor)).join(" ");
  assertEquals(compressed(2, 2).includes("-oo compressed"), true);
  assertEquals(compressed(3, 0).includes("-oo compressed"), true);
  assertEquals(/ --compressed /.test(compressed(2, 1)), true);
  assertEquals(/ --compressed /.test(compressed(1, 42)), true);
});

Deno.test("v2vArgs() passes the user's arguments on, before the input", () => {
  const args = v2vArgs({ ...JOB, extraArgs: ["--root=first", "-x"] }, release(2, 2));
  assertEquals(args.slice(-5), ["--root=first", "-x", "-i", "libvirtxml", "/work/in.xml"]);
});

Deno.test("v2vArgs() plugs each card in where this virt-v2v can, else all of them", () => {
  const nics = ["00:50:56:00:00:01", "00:50:56:00:00:02"].map((mac) => ({
    mac,
    attachment: { kind: "bridge", name: "br0" } as const,
  }));
  const nicArgs = (features: V2VFeatures): string =>
    v2vArgs({ ...JOB, nics }, features).join(" ").replace(/.* shop | -i .*/g, "");
  assertEquals(
    nicArgs(release(2, 2, "mac-option")),
    "--mac 00:50:56:00:00:01:bridge:br0 --mac 00:50:56:00:00:02:bridge:br0",
  );
  assertEquals(nicArgs(release(1, 42)), "--bridge br0");
});

Deno.test("v2vArgs() copies disks side by side where this virt-v2v can", () => {
  const has = (features: V2VFeatures, parallel: number): boolean =>
    v2vArgs({ ...JOB, parallel }, features).includes(`--parallel=${parallel}`);
  assertEquals([has(release(2, 8, "parallel-option"), 3), has(release(2, 2), 3)], [true, false]);
  assertEquals(has(release(2, 8, "parallel-option"), 1), false);
});

Deno.test("v2vArgs() names the root filesystem and the files of keys", () => {
  const keyArgs = ["--key", "/dev/sda2:file:/dev/shm/k/1"];
  const args = v2vArgs({ ...JOB, root: "/dev/sda2", keyArgs }, release(2, 2)).join(" ");
  assertEquals(args.includes("--root /dev/sda2 --key /dev/sda2:file:/dev/shm/k/1 -i"), true);
});

Deno.test("v2vArgs() refuses what virt-v2v does not write", () => {
  const refuse = (job: V2VJob): string => {
    const error = assertThrows(() => v2vArgs(job, release(2, 2)), MigrateError) as MigrateError;
    return error.code;
  };
  assertEquals(refuse({ ...JOB, format: "vdi" }), "usage/bad-value");
  assertEquals(refuse({ ...JOB, compress: "zstd" }), "usage/bad-value");
});

Deno.test("v2vEnv() forces emulation where KVM does not work", () => {
  assertEquals(v2vEnv("tcg", "/work", "/run/s", {})["LIBGUESTFS_BACKEND_SETTINGS"], "force_tcg");
  assertEquals("LIBGUESTFS_BACKEND_SETTINGS" in v2vEnv("kvm", "/work", "/run/s", {}), false);
});

Deno.test("v2vEnv() keeps temporary files in the work folder and the appliance in its cache", () => {
  const env = v2vEnv("kvm", "/work", "/run/s", {});
  assertEquals([env["TMPDIR"], env["VIRT_V2V_TMPDIR"]], ["/run/s", "/work"]);
  assertEquals(env["LIBGUESTFS_CACHEDIR"], "/var/tmp");
  assertEquals(v2vEnv("kvm", "/work", "/run/s", { TMPDIR: "/fast" })["LIBGUESTFS_CACHEDIR"], "/fast");
});

Deno.test("v2vEnv() keeps what the user has set for libguestfs", () => {
  const user = { LIBGUESTFS_BACKEND: "libvirt", LIBGUESTFS_CACHEDIR: "/c", LIBGUESTFS_BACKEND_SETTINGS: "x" };
  const env = v2vEnv("tcg", "/work", "/run/s", user);
  assertEquals({ ...env, ...user }, env);
});

testNeeding(
  { programs: ["virt-v2v", "qemu-img"] },
  "v2vArgs() is understood by the installed virt-v2v",
  async () => {
    await using folder = await TempFolder.create();
    const disk = folder.file("a.raw");
    await makeRawDisk(disk);
    const nics = [{ mac: "00:50:56:8a:12:34", macOrigin: "source" }] as const;
    const source = { kind: "raw", location: disk, name: "shop", disks: [], machine: { nics } };
    await Deno.writeTextFile(folder.file("in.xml"), sourceXml(source, [{ path: disk, format: "raw" }], nics));
    const args = v2vArgs({
      ...JOB,
      input: { kind: "libvirtxml", path: folder.file("in.xml") },
      outputDir: folder.path,
      messagesFile: folder.file("messages"),
      compress: "zlib",
      root: "/dev/sda2",
      nics: nics.map(({ mac }) => ({ mac, attachment: { kind: "network", name: "default" } })),
      keyArgs: ["--key", "/dev/sda2:file:/dev/null"],
      parallel: 2,
      extraArgs: ["--print-source"],
    }, await readFeatures());
    const { stdout } = await runCommand("virt-v2v", args, {
      env: v2vEnv("tcg", folder.path, folder.path, {}),
    });
    assertStringIncludes(stdout, "source name: shop");
    assertStringIncludes(stdout, "mac: 00:50:56:8a:12:34");
  },
);
