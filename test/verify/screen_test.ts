import { assert, assertEquals, assertRejects } from "@std/assert";
import { encode } from "fast-png";
import { MigrateError } from "../../src/model/error.ts";
import { type Colour, isStopScreen, screenFacts, writePng } from "../../src/verify/screen.ts";
import { TempFolder } from "../support/temp.ts";

/** A picture of one colour with a white part. */
function picture(colour: Colour, whiteShare = 0.1, width = 64, height = 50): Uint8Array {
  const data = new Uint8Array(width * height * 3);
  const white = Math.round(width * height * whiteShare);
  for (let pixel = 0; pixel < width * height; pixel++) {
    data.set(pixel < white ? [255, 255, 255] : colour, pixel * 3);
  }
  return encode({ width, height, channels: 3, data });
}

Deno.test("screenFacts() tells size, main colour and its share", () => {
  const facts = screenFacts(picture([1, 2, 3], 0.25));
  assertEquals([facts.width, facts.height, facts.colours], [64, 50, 2]);
  assertEquals([facts.mainColour, facts.mainShare], [[1, 2, 3], 0.75]);
});

Deno.test("screenFacts() has the same fingerprint for equal pictures only", () => {
  const [one, same, other] = [0.1, 0.1, 0.11].map((share) =>
    screenFacts(picture([0, 0, 0], share)).fingerprint
  );
  assertEquals(one, same);
  assert(one !== other);
});

Deno.test("isStopScreen() knows the blues of Windows, as a card may show them", () => {
  for (const colour of [[0, 0, 170], [0, 120, 215], [2, 118, 212]] satisfies Colour[]) {
    assert(isStopScreen(screenFacts(picture(colour))), colour.join());
  }
});

Deno.test("isStopScreen() is no for other colours, an empty screen, and a blue that is a part of the picture", () => {
  for (const other of [picture([0, 0, 0]), picture([0, 120, 215], 0), picture([0, 120, 215], 0.4)]) {
    assert(!isStopScreen(screenFacts(other)));
  }
});

Deno.test("writePng() makes PNG of a PPM picture, with every pixel", async () => {
  await using folder = await TempFolder.create();
  const head = new TextEncoder().encode("P6\n2 1\n255\n");
  await writePng(
    folder.file("a.png"),
    "image/x-portable-pixmap",
    new Uint8Array([...head, 9, 8, 7, 9, 8, 7]),
  );
  const facts = screenFacts(await Deno.readFile(folder.file("a.png")));
  assertEquals([facts.width, facts.height, facts.mainColour, facts.mainShare], [2, 1, [9, 8, 7], 1]);
});

Deno.test("writePng() refuses what is no picture that it knows", async () => {
  const write = (): Promise<void> => writePng("/nowhere", "image/gif", new Uint8Array([71, 73, 70]));
  await assertRejects(write, MigrateError, "image/gif");
});
