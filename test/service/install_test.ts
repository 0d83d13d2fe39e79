import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { COMMANDS } from "../../src/cli/commands.ts";
import { OPTIONS } from "../../src/config/options.ts";
import { MigrateError } from "../../src/model/error.ts";
import { install, type InstallFile, uninstall } from "../../src/service/install.ts";
import { literal, manPage } from "../../src/service/man_page.ts";
import { runCli } from "../support/cli.ts";
import { testNeeding } from "../support/needs.ts";
import { TempFolder } from "../support/temp.ts";

const file = (path: string, content: string): InstallFile => ({ path, content, mode: 0o644 });

/** Every file below a folder, relative to it. */
async function tree(path: string): Promise<string[]> {
  const { stdout } = await new Deno.Command("find", { args: [".", "-type", "f"], cwd: path }).output();
  return new TextDecoder().decode(stdout).trim().split("\n").toSorted();
}

Deno.test("install and uninstall put everything in place and take exactly that away", async () => {
  await using folder = await TempFolder.create();
  await Deno.mkdir(folder.file("usr/share/man"), { recursive: true });
  await Deno.writeTextFile(folder.file("usr/share/man/other"), "");
  await Deno.writeTextFile(folder.file("binary"), "#!/bin/sh\necho it runs\n");
  const prefix = ["--prefix", folder.file("usr")];
  const installed = await runCli(["install", ...prefix, "--binary", folder.file("binary")]);
  assertEquals(installed.status, 0, installed.stderr);
  assertEquals(await tree(folder.file("usr")), [
    "./bin/hyper2kvm",
    "./lib/systemd/system/hyper2kvm-watch.service",
    "./lib/systemd/system/hyper2kvm@.service",
    "./lib/systemd/system/hyper2kvm@.timer",
    "./share/bash-completion/completions/hyper2kvm",
    "./share/fish/vendor_completions.d/hyper2kvm.fish",
    "./share/hyper2kvm/installed.json",
    "./share/man/man1/hyper2kvm.1",
    "./share/man/other",
    "./share/zsh/site-functions/_hyper2kvm",
  ]);
  const { stdout } = await new Deno.Command(folder.file("usr/bin/hyper2kvm")).output();
  assertEquals(new TextDecoder().decode(stdout), "it runs\n");
  const unit = await Deno.readTextFile(folder.file("usr/lib/systemd/system/hyper2kvm@.service"));
  assertStringIncludes(unit, `ExecStart=${folder.file("usr/bin/hyper2kvm")} run /etc/hyper2kvm/%i.yaml\n`);
  assertEquals((await runCli(["install", ...prefix, "--binary", folder.file("binary")])).status, 0);

  const removed = await runCli(["uninstall", ...prefix]);
  assertEquals(removed.status, 0, removed.stderr);
  assertEquals(await tree(folder.file("usr")), ["./share/man/other"]);
  assertEquals(await folder.names("usr"), ["share"]);
});

Deno.test("install() never replaces a file of somebody else", async () => {
  await using folder = await TempFolder.create();
  await Deno.mkdir(folder.file("bin"));
  await Deno.writeTextFile(folder.file("bin/hyper2kvm"), "of a distribution");
  const error = await assertRejects(
    () => install(folder.path, [file("share/a", "x"), file("bin/hyper2kvm", "mine")]),
    MigrateError,
  );
  assertEquals(error.code, "usage/output-exists");
  assertEquals(await folder.names(), ["bin"]);
});

Deno.test("install() removes what an earlier version had and this one has not", async () => {
  await using folder = await TempFolder.create();
  await install(folder.path, [file("share/a", "1"), file("share/b", "1")]);
  await install(folder.path, [file("share/a", "2")]);
  assertEquals(await folder.names("share"), ["a", "hyper2kvm"]);
  await uninstall(folder.path);
  assertEquals(await folder.names(), []);
});

Deno.test("uninstall() leaves a file that was changed, and says so; without an installation it refuses", async () => {
  await using folder = await TempFolder.create();
  await install(folder.path, [file("share/a", "1"), file("share/b", "1")]);
  await Deno.writeTextFile(folder.file("share/a"), "mine now");
  assertEquals((await uninstall(folder.path)).kept, [folder.file("share/a")]);
  assertEquals(await folder.names("share"), ["a"]);
  await assertRejects(() => uninstall(folder.path), MigrateError, "nothing was installed");
});

Deno.test("install from the source without a binary says how to make one", async () => {
  const { status, stderr } = await runCli(["install", "--prefix", "/nowhere"]);
  assertEquals(status, 2);
  assertStringIncludes(stderr, "deno task install");
});

Deno.test("manPage() has every command and every option", () => {
  const page = manPage();
  for (const { name } of COMMANDS) assertStringIncludes(page, `\n.SS ${literal(name)}`);
  for (const one of OPTIONS) {
    if (one.positional !== true) assertStringIncludes(page, literal(one.display));
  }
});

Deno.test("literal() keeps a line from being a request, and dashes from being hyphens", () => {
  assertEquals(literal(".a 'b\\ --c"), "\\&.a 'b\\e \\-\\-c");
});

testNeeding(
  { programs: ["mandoc", "man"] },
  "the manual page passes man --warnings and mandoc -Tlint",
  async () => {
    await using folder = await TempFolder.create();
    const { status, stdout } = await runCli(["man"]);
    assertEquals(status, 0);
    await Deno.writeTextFile(folder.file("hyper2kvm.1"), stdout);
    for (
      const [program, ...args] of [
        ["mandoc", "-Tlint", folder.file("hyper2kvm.1")],
        ["man", "--warnings", "-E", "UTF-8", "-Tutf8", "-Z", "-l", folder.file("hyper2kvm.1")],
      ]
    ) {
      const result = await new Deno.Command(program!, { args, env: { LC_ALL: "C.UTF-8", MANWIDTH: "80" } })
        .output();
      const said = program === "mandoc" ? result.stdout : result.stderr;
      assertEquals(new TextDecoder().decode(said), "", program!);
      assert(result.success, program!);
    }
  },
);
