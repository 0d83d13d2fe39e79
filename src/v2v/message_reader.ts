/**
 * What virt-v2v says, as it grows: lines put together, progress tied to its disk.
 *
 * @module
 */
import { barFraction, copiedDisk, parseMessage, type V2VMessage } from "./messages.ts";

/** Who hears of it. */
export interface V2VListener {
  /** Hears of each message as it comes. */
  readonly onMessage: (message: V2VMessage) => void;
  /** Hears how much of a disk, from 0, is copied: from 0 to 1. */
  readonly onCopied: (disk: number, fraction: number) => void;
}

/** Puts lines together and tells of what they say. */
export class MessageReader {
  /** All that was said. */
  readonly messages: V2VMessage[] = [];
  readonly #listener: V2VListener;
  #rest = "";
  #disk = 0;

  /** Nothing is read yet. */
  constructor(listener: V2VListener) {
    this.#listener = listener;
  }

  /** Takes what was added to the messages file. */
  add(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) {
      const message = parseMessage(line);
      if (message?.type === "progress") this.#listener.onCopied(this.#disk, message.fraction);
      else if (message !== null) this.#say(message);
    }
  }

  /** Takes what came on standard error, where nbdcopy draws its bar. */
  bar(text: string): void {
    const fraction = barFraction(text);
    if (fraction !== null) this.#listener.onCopied(this.#disk, fraction);
  }

  #say(message: Exclude<V2VMessage, { type: "progress" }>): void {
    this.messages.push(message);
    const disk = copiedDisk(message.text);
    if (disk !== null) {
      this.#disk = disk;
      this.#listener.onCopied(disk, 0);
    }
    this.#listener.onMessage(message);
  }
}
