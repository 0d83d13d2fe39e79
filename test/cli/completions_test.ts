import { assertEquals, assertStringIncludes } from "@std/assert";
import { runCli } from "../support/cli.ts";

async function script(shell: string): Promise<string> {
  const { status, stdout } = await runCli(["completions", shell]);
  assertEquals(status, 0);
  return stdout;
}

/** What bash completes after these words; the last one is being typed. */
async function completeInBash(...words: string[]): Promise<string[]> {
  const program = `${await script("bash")}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); compopt() { :; }; _hyper2kvm; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { success, stdout } = await new Deno.Command("bash", { args: ["-c", program, "bash", ...words] })
    .output();
  assertEquals(success, true);
  return new TextDecoder().decode(stdout).trim().split("\n");
}

Deno.test("completions bash completes commands, flags and the words of a choice", async () => {
  assertEquals(await completeInBash("hyper2kvm", "con"), ["convert"]);
  assertEquals(await completeInBash("hyper2kvm", "convert", "--no-b"), ["--no-backup", "--no-boot-proof"]);
  assertEquals(await completeInBash("hyper2kvm", "convert", "--compress", ""), ["zlib", "zstd"]);
  assertEquals(await completeInBash("hyper2kvm", "completions", "f"), ["fish"]);
  assertEquals(await completeInBash("hyper2kvm", "live-fix", "--sudo-"), [
    "--sudo-password-file",
    "--sudo-password-env",
  ]);
});

Deno.test("completions zsh and fish name every kind of flag", async () => {
  const zsh = await script("zsh");
  for (const part of ["#compdef hyper2kvm", "'--format[", ":(qcow2 raw vdi vmdk)'", "'-o[", ":_files -/'"]) {
    assertStringIncludes(zsh, part);
  }
  const fish = await script("fish");
  for (const part of ["-l format -x -a 'qcow2 raw vdi vmdk'", "-s o -l output", "-l no-boot-proof -d"]) {
    assertStringIncludes(fish, part);
  }
});

Deno.test("completions refuses another shell", async () => {
  const { status, stderr } = await runCli(["completions", "tcsh"]);
  assertEquals(status, 2);
  assertStringIncludes(stderr, "bash, zsh, fish");
});
