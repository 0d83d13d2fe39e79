import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { Connection, type CredentialRequest, VIR_ERR, VirtError } from "../../../ffi/libvirt/mod.ts";
import { TempFolder } from "../../support/temp.ts";
import { testLibvirt } from "../../support/virt.ts";

/** A host of the test driver that asks who connects. */
async function guardedHost(folder: TempFolder): Promise<string> {
  const path = folder.file("host.xml");
  await Deno.writeTextFile(path, `<node><auth><user password="s3cret">ann</user></auth></node>`);
  return `test://${path}`;
}

testLibvirt("Connection.open() asks for name and secret, and connects with the right ones", async () => {
  await using folder = await TempFolder.create();
  const asked: CredentialRequest[] = [];
  using connection = Connection.open(await guardedHost(folder), {
    authenticate: (request) => {
      asked.push(request);
      return request.kind === "passphrase" ? "s3cret" : "ann";
    },
  });
  assertEquals(asked.map(({ kind }) => kind), ["authname", "passphrase"]);
  assertStringIncludes(asked[0]?.prompt ?? "", "user");
  assertEquals(connection.type(), "TEST");
});

testLibvirt(
  "Connection.open() fails with a wrong secret, with none, and when the answer throws",
  async () => {
    await using folder = await TempFolder.create();
    const uri = await guardedHost(folder);
    const open = (answer?: () => string): VirtError =>
      assertThrows(() => Connection.open(uri, answer && { authenticate: answer }), VirtError) as VirtError;
    assertEquals(open(() => "wrong").code, VIR_ERR.AUTH_FAILED);
    const wrong = [
      open(),
      open(() => {
        throw new Error("no terminal");
      }),
    ];
    for (const error of wrong) assertStringIncludes(error.message, "uthentication failed");
  },
);

testLibvirt("Connection.open() takes name and secret from a file of credentials", async () => {
  await using folder = await TempFolder.create();
  const file = folder.file("auth.conf");
  await Deno.writeTextFile(
    file,
    "[credentials-ann]\nusername=ann\npassword=s3cret\n[auth-test-default]\ncredentials=ann\n",
  );
  using connection = Connection.open(`${await guardedHost(folder)}?authfile=${file}`);
  assertEquals(connection.type(), "TEST");
});
