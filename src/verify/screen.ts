/**
 * What a screenshot shows, as far as a program can tell: whether the picture stands still, and whether it is the
 * blue of a Windows that has stopped. Also pictures of other kinds as PNG.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { decode, encode } from "fast-png";
import { MigrateError } from "../model/error.ts";

/** A colour: red, green, blue from 0 to 255. */
export type Colour = readonly [red: number, green: number, blue: number];

/** A picture in few words. */
export interface ScreenFacts {
  /** Width in pixels. */
  readonly width: number;
  /** Height in pixels. */
  readonly height: number;
  /** The colour that most pixels have. */
  readonly mainColour: Colour;
  /** How much of the picture has it, 0 to 1. */
  readonly mainShare: number;
  /** How many colours there are, counted to 256. */
  readonly colours: number;
  /** The same for equal pictures. */
  readonly fingerprint: string;
}

/** Background colours of Windows' stop screens: Windows 2000 to 7, 8 and 8.1, 10 and 11, and Insider builds. */
const STOP_COLOURS: readonly Colour[] = [
  [0, 0, 128],
  [0, 0, 170],
  [16, 116, 170],
  [0, 120, 215],
  [16, 124, 16],
];
/** How far each part of a colour may be off: what an emulated card makes of it. */
const TOLERANCE = 8;
/** A stop screen is mostly background. */
const STOP_SHARE = 0.8;

/** Reads a PNG picture. */
export function screenFacts(png: Uint8Array): ScreenFacts {
  const { width, height, data, channels } = decode(png);
  const counts = new Map<number, number>();
  for (let at = 0; at + channels <= data.length; at += channels) {
    const red = data[at]!;
    const colour = channels < 3 ? red * 0x010101 : (red << 16) | (data[at + 1]! << 8) | data[at + 2]!;
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  let main = 0, most = 0;
  for (const [colour, count] of counts) if (count > most) [main, most] = [colour, count];
  return {
    width,
    height,
    mainColour: [main >> 16, (main >> 8) & 0xff, main & 0xff],
    mainShare: most / Math.max(1, width * height),
    colours: Math.min(counts.size, 256),
    fingerprint: createHash("sha256").update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
      .digest("hex"),
  };
}

/** Whether it looks like the stop screen of Windows: its colour nearly everywhere, and something written on it. */
export function isStopScreen({ mainColour, mainShare, colours }: ScreenFacts): boolean {
  return mainShare >= STOP_SHARE && colours > 1 &&
    STOP_COLOURS.some((stop) =>
      stop.every((part, index) => Math.abs(part - mainColour[index]!) <= TOLERANCE)
    );
}

/**
 * Writes a picture as PNG.
 *
 * @throws {MigrateError} `tool/failed` for a kind that is neither PNG nor PPM (netpbm's ppm(5), binary)
 */
export async function writePng(
  path: string,
  mimeType: string,
  data: Uint8Array<ArrayBuffer>,
): Promise<void> {
  if (mimeType === "image/png") return await Deno.writeFile(path, data);
  const head = /^P6\s+(\d+)\s+(\d+)\s+255\s/.exec(new TextDecoder("latin1").decode(data.subarray(0, 64)));
  if (head === null) {
    throw new MigrateError("tool/failed", `Cannot see the screen: the picture is of kind ${mimeType}.`);
  }
  const [width, height] = [Number(head[1]), Number(head[2])];
  const pixels = data.subarray(head[0].length, head[0].length + width * height * 3);
  await Deno.writeFile(path, encode({ width, height, channels: 3, data: pixels }));
}
