/**
 * One after the other: who shares a file's position or a connection waits until the others are done.
 *
 * @module
 */

/** A queue of work. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Does work when all that came before is done, or has failed. */
  async take<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(work, work);
    this.#last = mine.then(() => {}, () => {});
    return await mine;
  }
}
