/**
 * Stand-in for jsr:@std/path over node:path, holding what this project uses.
 *
 * @module
 */
export { basename, dirname, extname, isAbsolute, join, normalize, relative, resolve } from "node:path";
export { fileURLToPath as fromFileUrl, pathToFileURL as toFileUrl } from "node:url";
