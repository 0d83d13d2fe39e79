/**
 * Which passphrase a booting guest gets when it asks for one.
 *
 * @module
 */

/** Hands out passphrases: for each question the first, and when the same is asked again, the next. */
export class UnlockAttempts {
  readonly #passphrases: readonly string[];
  readonly #given = new Map<string, number>();

  /** Begins with none given. */
  constructor(passphrases: readonly string[]) {
    this.#passphrases = [...new Set(passphrases)];
  }

  /** What is to be typed; undefined when all have been given to this question. */
  next(question: string): string | undefined {
    const given = this.#given.get(question) ?? 0;
    this.#given.set(question, given + 1);
    return this.#passphrases[given];
  }
}
