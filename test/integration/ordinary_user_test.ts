/** A user without any right: converts, keeps a cache of its own, and defines the machine in its own libvirt. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { runCommand } from "../../src/run/command.ts";
import { testNeeding } from "../support/needs.ts";
import { makeSmallGuest, SMALL_GUEST_PROGRAMS } from "../support/small_guest.ts";
import { TempFolder } from "../support/temp.ts";

const NEEDS = {
  programs: [...SMALL_GUEST_PROGRAMS, "supermin", "setpriv", "virsh", "/usr/sbin/libvirtd"],
  libraries: ["libguestfs.so.0", "libvirt.so.0"],
  root: true,
};

/** A user and a group that own nothing. */
const NOBODY = 65_534;

const ROOT = fromFileUrl(new URL("../../", import.meta.url));

/** What the user has: a home with the program and Deno's cache in it. */
async function makeHome(folder: TempFolder): Promise<Record<string, string>> {
  const home = folder.file("home");
  await Deno.mkdir(join(home, "run"), { recursive: true });
  const info = JSON.parse((await runCommand(Deno.execPath(), ["info", "--json"])).stdout) as {
    denoDir: string;
  };
  await Deno.mkdir(join(home, "program"));
  for (const name of ["cli.ts", "mod.ts", "deno.json", "deno.lock", "src", "ffi"]) {
    await runCommand("cp", ["-r", join(ROOT, name), join(home, "program", name)]);
  }
  await Deno.mkdir(join(home, "deno"));
  await runCommand("cp", ["-r", join(info.denoDir, "npm"), join(home, "deno/npm")]);
  await makeSmallGuest(join(home, "web.qcow2"), "web");
  await runCommand("cp", [Deno.execPath(), join(home, "deno/deno")]);
  await runCommand("chown", ["-R", `${NOBODY}:${NOBODY}`, home]);
  await Deno.chmod(folder.path, 0o755);
  return {
    HOME: home,
    DENO_DIR: join(home, "deno"),
    XDG_RUNTIME_DIR: join(home, "run"),
    TMPDIR: "/tmp",
    LIBGUESTFS_CACHEDIR: home,
    PATH: "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
    NO_COLOR: "1",
  };
}

/** Runs a command as the user. */
async function asNobody(
  env: Readonly<Record<string, string>>,
  args: readonly string[],
): Promise<{ status: number; text: string }> {
  const user = ["--reuid", `${NOBODY}`, "--regid", `${NOBODY}`, "--clear-groups", "--inh-caps=-all"];
  const { code, stdout, stderr } = await new Deno.Command("setpriv", {
    args: [...user, ...args],
    ...{ env: { ...env }, clearEnv: true, cwd: env.HOME!, stdin: "null" },
  }).output();
  return { status: code, text: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}

testNeeding(
  NEEDS,
  "convert works for an ordinary user, who defines the machine in qemu:///session",
  async () => {
    await using folder = await TempFolder.create();
    const env = await makeHome(folder);
    const deno = [join(env.DENO_DIR!, "deno"), "run", "-A", "--no-check", "--cached-only"];
    const convert = [
      ...deno,
      join(env.HOME!, "program/cli.ts"),
      "convert",
      "web.qcow2",
      "-o",
      "out",
      "--no-boot-proof",
    ];
    try {
      const { status, text } = await asNobody(env, [...convert, "--define", "--uri", "qemu:///session"]);
      assertEquals(status, 0, text);
      const machines = await asNobody(env, ["virsh", "-c", "qemu:///session", "list", "--all", "--name"]);
      assertStringIncludes(machines.text, "web\n");
      // libvirt's own daemon says no to this user.
      const refused = await asNobody(env, [...convert, "--define"]);
      assertEquals(refused.status, 7, refused.text);
      assertStringIncludes(refused.text, "hint: ");
    } finally {
      await endDaemon(join(env.XDG_RUNTIME_DIR!, "libvirt/libvirtd.pid"));
    }
  },
);

/** Ends the daemon that libvirt started for the user. */
async function endDaemon(pidFile: string): Promise<void> {
  try {
    Deno.kill(Number(await Deno.readTextFile(pidFile)), "SIGTERM");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
