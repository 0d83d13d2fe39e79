/**
 * Words of a command line that a person may copy.
 *
 * @module
 */

/** A word for a POSIX shell, in quotes only where it needs them. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
