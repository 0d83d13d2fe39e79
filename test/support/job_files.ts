/**
 * Job files for tests.
 *
 * @module
 */
import { TempFolder } from "./temp.ts";

/** Writes files into a new folder, which is removed after the test, and gives the body their paths in order. */
export async function withFiles(
  files: Readonly<Record<string, string>>,
  body: (...paths: string[]) => Promise<void>,
): Promise<void> {
  await using folder = await TempFolder.create();
  const paths: string[] = [];
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(folder.file(name), text);
    paths.push(folder.file(name));
  }
  await body(...paths);
}
