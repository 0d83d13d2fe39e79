import { assertEquals } from "@std/assert";
import { MessageReader } from "../../src/v2v/message_reader.ts";

function heard(): { readonly reader: MessageReader; readonly said: string[] } {
  const said: string[] = [];
  const reader = new MessageReader({
    onMessage: ({ type }) => void said.push(type),
    onCopied: (disk, fraction) => void said.push(`${disk}: ${fraction}`),
  });
  return { reader, said };
}

const line = (message: string): string => JSON.stringify({ type: "message", message }) + "\n";

Deno.test("MessageReader.add() puts lines together that come in pieces", () => {
  const { reader, said } = heard();
  const text = line("Opening the source");
  reader.add(text.slice(0, 10));
  assertEquals(said, []);
  reader.add(text.slice(10));
  assertEquals([said, reader.messages.length], [["message"], 1]);
});

Deno.test("MessageReader ties progress to the disk that is copied, and tells when one begins", () => {
  const { reader, said } = heard();
  reader.add(line("Copying disk 1/2"));
  reader.bar("  3% [*---]  50% [**--]");
  reader.add(`33/100\n${line("Copying disk 2/2")}`);
  reader.bar(" 100% [****]\n");
  assertEquals(said.filter((one) => one !== "message"), ["0: 0", "0: 0.5", "0: 0.33", "1: 0", "1: 1"]);
});
