/**
 * Secrets in environment variables: read once, then taken out of the environment, so that no child process
 * inherits them. Each thread has its own; the main thread takes them and hands them to its Workers.
 *
 * @module
 */

const taken = new Map<string, string>();

/** The value of a variable that holds a secret; undefined when it is not set. Later calls give the same. */
export function secretVariable(name: string): string | undefined {
  const value = Deno.env.get(name);
  if (value !== undefined) {
    taken.set(name, value);
    Deno.env.delete(name);
  }
  return taken.get(name);
}

/** The values of those variables that are set, for {@linkcode keepSecrets} in a Worker. */
export function secretVariables(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => {
    const value = secretVariable(name);
    return value === undefined ? [] : [[name, value]];
  }));
}

/** Keeps what another thread has taken. */
export function keepSecrets(secrets: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(secrets)) taken.set(name, value);
}
