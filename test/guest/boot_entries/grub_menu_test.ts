import { assertEquals } from "@std/assert";
import { buildGrubMenu } from "../../../src/guest/boot_entries/grub_menu.ts";
import { parseGrubCfg } from "../../../src/guest/boot_entries/grub_cfg.ts";
import { parseBls, sortForGrub } from "../../../src/guest/boot_entries/bls.ts";

const MENU = `menuentry 'Zero' { linux /zero }
submenu 'Sub' --id sub { menuentry 'A' --id a { linux /a }
 menuentry 'B' --id b { linux /b }
}
menuentry 'Last' { linux /last }
`;

for (
  const [wanted, kernel] of [
    ["0", "/zero"],
    ["1", "/a"],
    ["1>1", "/b"],
    ["sub>b", "/b"],
    ["Sub>B", "/b"],
    ["Last", "/last"],
    ["2", "/last"],
    ["", "/zero"],
    ["no such entry", "/zero"],
  ] as const
) {
  Deno.test(`buildGrubMenu() boots ${kernel} for the default "${wanted}"`, () => {
    const entries = buildGrubMenu(parseGrubCfg(`set default="${wanted}"\n${MENU}`), []);
    assertEquals(entries.filter(({ isDefault }) => isDefault).map((entry) => entry.kernel), [kernel]);
  });
}

Deno.test("buildGrubMenu() puts BLS entries where blscfg stands and counts on after them", () => {
  const bls = sortForGrub([parseBls("m-5.9.conf", "linux /5.9")!, parseBls("m-5.10.conf", "linux /5.10")!]);
  const entries = buildGrubMenu(parseGrubCfg(`blscfg\nset default=2\n${MENU}`), bls);
  assertEquals(entries.map(({ kernel }) => kernel).slice(0, 3), ["/5.10", "/5.9", "/zero"]);
  assertEquals(entries.find(({ isDefault }) => isDefault)!.kernel, "/zero");
});
