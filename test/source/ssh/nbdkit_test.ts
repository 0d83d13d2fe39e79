import { assertEquals } from "@std/assert";
import { settingsArgs } from "../../../src/ssh/arguments.ts";
import { libsshConfig, nbdkitArgs } from "../../../src/source/ssh/nbdkit.ts";
import { parseSettings } from "../../../src/ssh/settings.ts";

const LINES = [
  "user root",
  "hostname 10.0.0.7",
  "port 2222",
  "identityfile ~/.ssh/id_rsa",
  "identityfile /keys/esx key",
  "globalknownhostsfile /etc/ssh/ssh_known_hosts",
  "userknownhostsfile ~/.ssh/known_hosts ~/.ssh/known_hosts2",
  "stricthostkeychecking ask",
  "compression no",
];

Deno.test("parseSettings() reads host, keys and known hosts of ssh -G", () => {
  assertEquals(parseSettings(LINES.join("\n"), "/home/u"), {
    host: "10.0.0.7",
    user: "root",
    port: 2222,
    identities: ["/home/u/.ssh/id_rsa", "/keys/esx key"],
    knownHosts: ["/home/u/.ssh/known_hosts", "/home/u/.ssh/known_hosts2", "/etc/ssh/ssh_known_hosts"],
    checksHostKey: true,
    compresses: false,
  });
});

for (
  const [line, expected] of [
    ["proxyjump none", undefined],
    ["proxycommand nc %h %p", "nc %h %p"],
    ["proxyjump bastion", "ssh -o BatchMode=yes -W [%h]:%p ssh://bastion"],
    ["proxyjump a,me@b:2200", "ssh -J a -o BatchMode=yes -W [%h]:%p ssh://me@b:2200"],
  ] as const
) {
  Deno.test(`parseSettings() makes a command of "${line}"`, () => {
    assertEquals(parseSettings([...LINES, line].join("\n"), "/h").proxyCommand, expected);
  });
}

for (
  const [line, expected] of [
    ["identityagent none", null],
    ["identityagent SSH_AUTH_SOCK", undefined],
    ["identityagent ~/agent", "/h/agent"],
  ] as const
) {
  Deno.test(`parseSettings() finds the agent of "${line}"`, () => {
    assertEquals(parseSettings([...LINES, line].join("\n"), "/h").agent, expected);
  });
}

Deno.test("settingsArgs() asks with the user's own options", () => {
  const args = settingsArgs({ host: "h", path: "/a" }, { port: 5, options: ["ProxyJump=b"] });
  assertEquals([args[0], ...args.slice(1, 5), ...args.slice(-2)], [
    ..."-G -o ProxyJump=b -p 5 -- h".split(" "),
  ]);
});

Deno.test("nbdkitArgs() reads only, ends with its parent, and puts the first key last", () => {
  const settings = parseSettings([...LINES, "compression yes"].join("\n"), "/h");
  const args = nbdkitArgs({ path: "/a b", socket: "/s/1", settings, knownHosts: "/k", config: "/c" });
  assertEquals(args.slice(0, 4), ["--foreground", "--exit-with-parent", "--readonly", "--log=stderr"]);
  assertEquals(args.filter((arg) => arg.startsWith("identity=")), [
    "identity=/keys/esx key",
    "identity=/h/.ssh/id_rsa",
  ]);
  for (const arg of ["path=/a b", "port=2222", "known-hosts=/k", "config=/c", "compression=true"]) {
    assertEquals(args.includes(arg), true, arg);
  }
  assertEquals(args.includes("verify-remote-host=false"), false);
  const lax = { ...settings, checksHostKey: false };
  assertEquals(
    nbdkitArgs({ path: "/a", socket: "/s", settings: lax, knownHosts: "/k", config: "/c" })
      .includes("verify-remote-host=false"),
    true,
  );
});

Deno.test("libsshConfig() holds the proxy, and nothing without one", () => {
  const settings = parseSettings(LINES.join("\n"), "/h");
  assertEquals(libsshConfig(settings), "");
  assertEquals(libsshConfig({ ...settings, proxyCommand: "nc %h %p" }), "Host *\n  ProxyCommand nc %h %p\n");
});
