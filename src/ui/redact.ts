/**
 * Masks secrets in texts and values on their way to logs and reports.
 *
 * @module
 */

const MASK = "***";

/** `password: x`, `token=x` and the like; the value ends at a space, a quote, a comma or an ampersand. */
const ASSIGNED =
  /((?:password|passwd|passphrase|secret|token|api[_-]?key)["']?\s*[=:]\s*["']?)([^\s"',;&]+)/gi;
/** `scheme://user:password@host` */
const IN_URL = /([a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:)([^\s/@]+)(@)/gi;
/** `Authorization: Basic x` and `Bearer x` */
const HEADER = /\b((?:basic|bearer)\s+)([A-Za-z0-9+/._~=-]{8,})/gi;

/** Knows the secrets of a run. */
export class Redactor {
  readonly #secrets = new Set<string>();

  /** Masks this value from now on, also in its URL-encoded form; short values (under 4) would mask too much. */
  add(secret: string): void {
    if (secret.length < 4) return;
    this.#secrets.add(secret);
    this.#secrets.add(encodeURIComponent(secret));
  }

  /** A line for a log: known secrets masked, and whatever looks like one. */
  text(text: string): string {
    return this.#known(text).replaceAll(ASSIGNED, `$1${MASK}`).replaceAll(IN_URL, `$1${MASK}$3`)
      .replaceAll(HEADER, `$1${MASK}`);
  }

  /**
   * A copy of a value, such as a report, with the known secrets masked. Nothing else is touched: a report keeps
   * the guest's files as they were.
   */
  value<T>(value: T): T {
    if (typeof value === "string") return this.#known(value) as T;
    if (Array.isArray(value)) return value.map((one) => this.value(one)) as T;
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, this.value(one)])) as T;
  }

  #known(text: string): string {
    const longestFirst = [...this.#secrets].sort((one, other) => other.length - one.length);
    return longestFirst.reduce((masked, secret) => masked.replaceAll(secret, MASK), text);
  }
}
