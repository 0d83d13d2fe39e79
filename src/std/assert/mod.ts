/**
 * Stand-in for jsr:@std/assert over node:assert, holding what this project uses.
 *
 * @module
 */
import nodeAssert from "node:assert/strict";

/** Fails a test. */
export class AssertionError extends Error {
  override name = "AssertionError";
}

/** Any class, also an abstract one. */
// deno-lint-ignore no-explicit-any
type AnyClass<T> = abstract new (...args: any[]) => T;

function fails(check: () => void, message: string | undefined): void {
  try {
    check();
  } catch (error) {
    throw new AssertionError(
      message === undefined ? (error as Error).message : `${(error as Error).message}: ${message}`,
    );
  }
}

/** Requires a truthy value. */
export function assert(expression: unknown, message = ""): asserts expression {
  if (!expression) throw new AssertionError(message);
}

/** Requires deep equality. */
export function assertEquals<T>(actual: T, expected: T, message?: string): void {
  fails(() => nodeAssert.deepStrictEqual(actual, expected), message);
}

/** Requires deep inequality. */
export function assertNotEquals<T>(actual: T, expected: T, message?: string): void {
  fails(() => nodeAssert.notDeepStrictEqual(actual, expected), message);
}

/** Requires a value other than null and undefined. */
export function assertExists<T>(actual: T, message?: string): asserts actual is NonNullable<T> {
  if (actual === null || actual === undefined) {
    throw new AssertionError(
      `Expected actual: "${actual}" to not be null or undefined${
        message === undefined ? "" : `: ${message}`
      }`,
    );
  }
}

/** Requires a substring. */
export function assertStringIncludes(actual: string, expected: string, message?: string): void {
  if (!actual.includes(expected)) {
    throw new AssertionError(
      `Expected actual: "${actual}" to contain: "${expected}"${message === undefined ? "" : `: ${message}`}`,
    );
  }
}

/** Requires a match. */
export function assertMatch(actual: string, expected: RegExp, message?: string): void {
  if (!expected.test(actual)) {
    throw new AssertionError(
      `Expected actual: "${actual}" to match: "${expected}"${message === undefined ? "" : `: ${message}`}`,
    );
  }
}

/** Requires an instance of a class. */
export function assertInstanceOf<T>(
  actual: unknown,
  expectedType: AnyClass<T>,
  message = "",
): asserts actual is T {
  if (!(actual instanceof expectedType)) {
    throw new AssertionError(
      `Expected object to be an instance of "${expectedType.name}"${message === "" ? "" : `: ${message}`}`,
    );
  }
}

function checkError<E extends Error>(
  error: unknown,
  errorClass: AnyClass<E> | undefined,
  includes: string | undefined,
): E {
  if (errorClass !== undefined) {
    assertInstanceOf(error, errorClass, error instanceof Error ? `${error.name}: ${error.message}` : "");
  }
  if (includes !== undefined) assertStringIncludes((error as Error).message, includes);
  return error as E;
}

/** Requires that a function throws, and returns what it threw. */
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  errorClass?: AnyClass<E>,
  messageIncludes?: string,
): E {
  try {
    fn();
  } catch (error) {
    return checkError(error, errorClass, messageIncludes);
  }
  throw new AssertionError("Expected function to throw.");
}

/** Requires that a promise rejects, and returns what it rejects with. */
export async function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  errorClass?: AnyClass<E>,
  messageIncludes?: string,
): Promise<E> {
  try {
    await fn();
  } catch (error) {
    return checkError(error, errorClass, messageIncludes);
  }
  throw new AssertionError("Expected function to reject.");
}
