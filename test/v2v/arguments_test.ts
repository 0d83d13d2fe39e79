import { assertEquals, assertThrows } from "@std/assert";
import { MigrateError } from "../../src/model/error.ts";
import { v2vArgs, v2vEnv, type V2VJob } from "../../src/v2v/arguments.ts";
import type { V2VFeatures } from "../../src/v2v/features.ts";

const JOB: V2VJob = {
  inputXml: "/work/in.xml",
  outputDir: "/work",
  name: "shop",
  format: "qcow2",
  messagesFile: "/work/messages",
  extraArgs: [],
};

function release(major: number, minor: number): V2VFeatures {
  return { version: `${major}.${minor}.0`, release: [major, minor], words: [] };
}

Deno.test("v2vArgs() names input, output, format, name and the messages file", () => {
  assertEquals(
    v2vArgs(JOB, release(2, 2)).join(" "),
    [
      "--machine-readable=file:/work/messages",
      "-i libvirtxml -o local -os /work -of qcow2 -on shop",
      "/work/in.xml",
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
  assertEquals(args.slice(-3), ["--root=first", "-x", "/work/in.xml"]);
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
  assertEquals(v2vEnv("tcg", "/work", {})["LIBGUESTFS_BACKEND_SETTINGS"], "force_tcg");
  assertEquals("LIBGUESTFS_BACKEND_SETTINGS" in v2vEnv("kvm", "/work", {}), false);
});

Deno.test("v2vEnv() keeps temporary files in the work folder and the appliance in its cache", () => {
  const env = v2vEnv("kvm", "/work", {});
  assertEquals([env["TMPDIR"], env["VIRT_V2V_TMPDIR"]], ["/work", "/work"]);
  assertEquals(env["LIBGUESTFS_CACHEDIR"], "/var/tmp");
  assertEquals(v2vEnv("kvm", "/work", { TMPDIR: "/fast" })["LIBGUESTFS_CACHEDIR"], "/fast");
});

Deno.test("v2vEnv() keeps what the user has set for libguestfs", () => {
  const user = { LIBGUESTFS_BACKEND: "libvirt", LIBGUESTFS_CACHEDIR: "/c", LIBGUESTFS_BACKEND_SETTINGS: "x" };
  const env = v2vEnv("tcg", "/work", user);
  assertEquals({ ...env, ...user }, env);
});
