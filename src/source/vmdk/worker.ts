/**
 * The thread that reads descriptors, headers and grain tables. It may read the folder of the disk and nothing else.
 *
 * @module
 */
import { answer } from "../worker/answer.ts";
import { type CheckedLink, checkFiles, checkInside } from "./check.ts";
import type { CheckRequest } from "./check_apart.ts";

answer(async ({ path, inside }: CheckRequest): Promise<CheckedLink[] | boolean> =>
  inside === undefined ? await checkFiles(path) : await checkInside(inside)
);
