import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { parse } from "@std/yaml";
import { parseCloudSeed, seedFiles } from "../../../src/fix/linux/cloud_seed.ts";
import { MigrateError } from "../../../src/model/error.ts";

Deno.test("parseCloudSeed() takes a cloud-config as it is written", () => {
  const text = "#cloud-config\n# who\nusers: [default]\n";
  assertEquals(parseCloudSeed(text, "x"), { userData: text, metaData: {} });
});

Deno.test("parseCloudSeed() makes a cloud-config of JSON", () => {
  const { userData } = parseCloudSeed('{"packages": ["vim"]}', "x");
  assertEquals([userData.split("\n")[0], parse(userData)], ["#cloud-config", { packages: ["vim"] }]);
});

Deno.test("parseCloudSeed() takes the parts as texts or as values, in both spellings", () => {
  const seed = parseCloudSeed(
    "user-data: |\n  #!/bin/sh\n  true\nmeta_data: {instance-id: i-1}\nnetwork-config: {version: 2}\n",
    "x",
  );
  assertEquals(seed.userData, "#!/bin/sh\ntrue\n");
  assertEquals([seed.metaData, parse(seed.networkConfig!)], [{ "instance-id": "i-1" }, { version: 2 }]);
});

for (
  const [text, reason] of [["- a\n", "no YAML or JSON object"], ["a: [", "no YAML or JSON ("], [
    "user-data: x\nusers: []\n",
    '"users" is no part',
  ]]
) {
  Deno.test(`parseCloudSeed() refuses ${JSON.stringify(text)}`, () => {
    const error = assertThrows(() => parseCloudSeed(text!, "seed.yaml"), MigrateError, reason!);
    assertEquals(error.code, "usage/bad-value");
  });
}

Deno.test("seedFiles() gives each content its own instance id, and keeps the guest's name", () => {
  const meta = (userData: string): Record<string, string> =>
    parse(seedFiles({ userData, metaData: {} }, "web")["meta-data"]!) as Record<string, string>;
  assertMatch(meta("a")["instance-id"]!, /^hyper2kvm-[0-9a-f]{16}$/);
  assertEquals(meta("a"), meta("a"));
  assertEquals([meta("a")["local-hostname"], meta("a")["instance-id"] === meta("b")["instance-id"]], [
    "web",
    false,
  ]);
  const named = seedFiles(
    { userData: "", metaData: { "local-hostname": "db", "instance-id": "i-1" } },
    "web",
  );
  assertEquals(parse(named["meta-data"]!), { "local-hostname": "db", "instance-id": "i-1" });
});
