/**
 * Stand-in for jsr:@std/streams/text-line-stream. node:readline also splits at a lone `\r` and at U+2028,
 * so the splitting is here.
 *
 * @module
 */

/** How lines end. */
export interface TextLineStreamOptions {
  /** Whether a lone `\r` ends a line too. */
  allowCR?: boolean;
}

/** Turns chunks of text into lines without their `\n`, `\r\n` or, where allowed, `\r`. */
export class TextLineStream extends TransformStream<string, string> {
  /** Makes a stream; `\n` and `\r\n` end a line. */
  constructor(options: TextLineStreamOptions = { allowCR: false }) {
    // A `\r` at the end of a chunk may be the first half of `\r\n`: it waits for the next chunk.
    const ending = options.allowCR === true ? /\r\n|\n|\r(?!$)/ : /\r?\n/;
    let rest = "";
    super({
      transform: (chunk, controller) => {
        const lines = (rest + chunk).split(ending);
        rest = lines.pop()!;
        for (const line of lines) controller.enqueue(line);
      },
      flush: (controller) => {
        if (rest === "") return;
        controller.enqueue(
          options.allowCR === true ? rest.replace(/\r$/, "") : rest,
        );
      },
    });
  }
}
