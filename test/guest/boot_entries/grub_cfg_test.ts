import { assertEquals } from "@std/assert";
import { parseGrubCfg } from "../../../src/guest/boot_entries/grub_cfg.ts";

const entry = (body: string): string => `menuentry 'One' {\n${body}\n}\n`;

Deno.test("parseGrubCfg() reads quotes, escapes and several images", () => {
  const { items } = parseGrubCfg(
    `menuentry "A \\"B\\" 'C'" --class x {\n  linux /k "a=b c" d\\ e\n  initrd /ucode.img \\\n   /initrd.img\n}`,
  );
  assertEquals(items[0]!.titles, [`A "B" 'C'`]);
  assertEquals(items[0]!.cmdline, "a=b c d e");
  assertEquals(items[0]!.initrds, ["/ucode.img", "/initrd.img"]);
});

Deno.test("parseGrubCfg() splits an unquoted variable and drops an empty one", () => {
  const text = `set opts="root=/dev/sda1 ro"\n${
    entry("linux /k $opts $empty quiet\ninitrd /i $tuned_initrd")
  }`;
  const [item] = parseGrubCfg(text).items;
  assertEquals(item!.cmdline, "root=/dev/sda1 ro quiet");
  assertEquals(item!.initrds, ["/i"]);
});

Deno.test("parseGrubCfg() takes the branch whose test holds", () => {
  const text =
    `if [ "\${a}" = 1 ]; then set default=1\nelif [ -n "$b" ]; then set default=2\nelse set default=3; fi`;
  const value = (environment: Record<string, string>): string | undefined =>
    parseGrubCfg(`load_env\n${text}`, new Map(Object.entries(environment))).variables.get("default");
  assertEquals(value({ a: "1" }), "1");
  assertEquals(value({ b: "x" }), "2");
  assertEquals(value({ c: "x" }), "3");
});

Deno.test("parseGrubCfg() reads the entries of both platforms", () => {
  const text = `if [ "$grub_platform" = "efi" ]; then\n${entry("linuxefi /a")}else\n${entry("linux16 /b")}fi`;
  assertEquals(parseGrubCfg(text).items.map(({ kernel }) => kernel), ["/a", "/b"]);
});

Deno.test("parseGrubCfg() runs no function and no loop", () => {
  const text =
    `function load_video {\n  if true; then set default=9; fi\n}\nfor x in a b; do set default=8; done\n` +
    entry("linux /k");
  const menu = parseGrubCfg(text);
  assertEquals(menu.variables.get("default"), undefined);
  assertEquals(menu.items.length, 1);
});

Deno.test("parseGrubCfg() keeps what one entry sets out of the next", () => {
  const { items } = parseGrubCfg(entry("set x=1\nlinux /k x=$x") + entry("linux /k x=$x"));
  assertEquals(items.map(({ cmdline }) => cmdline), ["x=1", "x="]);
});

Deno.test("parseGrubCfg() counts entries without a kernel", () => {
  const { items } = parseGrubCfg("menuentry 'setup' { fwsetup }\n" + entry("linux /k"));
  assertEquals(items.map(({ index, kernel }) => [index, kernel]), [[[0], ""], [[1], "/k"]]);
});

Deno.test("parseGrubCfg() survives a file that is cut off", () => {
  for (
    const text of [
      "if [ ",
      "menuentry 'x",
      "menuentry x {",
      "submenu { menuentry {",
      "}",
      "$",
      "\\",
      "submenu x {\n".repeat(20_000),
    ]
  ) {
    assertEquals(parseGrubCfg(text).items.every(({ kernel }) => kernel === ""), true);
  }
});
