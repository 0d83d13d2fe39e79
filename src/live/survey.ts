/**
 * Reads the answer of a running guest to the survey.
 *
 * @module
 */
import { isTarHeader, tarHeader } from "../source/tar/header.ts";
import { GuestTree, type TreeEntry } from "./guest_tree.ts";
import { COMPLETE } from "./survey_script.ts";

/** What a running guest says of itself, by the names of the survey's script. */
export interface SurveyFacts {
  /** Each fact as text, empty when the guest has none. */
  get(name: string): string;
  /** Programs that are missing. */
  readonly missing: readonly string[];
}

/** What the survey found. */
export interface Survey {
  /** What the system says of itself. */
  readonly facts: SurveyFacts;
  /** Names, kinds and lengths of files. */
  readonly tree: GuestTree;
  /** Contents of files by their real path. */
  readonly contents: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
}

const BLOCK_BYTES = 512;

/**
 * Reads the four parts of the answer: facts, folders, folders with what is below them, and a tar.
 *
 * @throws {Error} when the answer ends before its time
 */
export function parseSurvey(answer: Uint8Array): Survey {
  const [facts, listed, deep, tarStart] = threeParts(answer);
  const tree = new GuestTree();
  for (const { path, entry } of listed.map(parseEntry)) {
    if (entry.kind === COMPLETE) tree.complete(path);
    else tree.add(path, entry);
  }
  addDeep(tree, deep);
  return { facts: parseFacts(facts), tree, contents: tarContents(answer.subarray(tarStart)) };
}

/** Records that end with NUL; an empty one ends a part. */
function threeParts(answer: Uint8Array): [string[], string[], string[], number] {
  const found: string[][] = [];
  const decoder = new TextDecoder();
  let records: string[] = [];
  let at = 0;
  while (found.length < 3) {
    const end = answer.indexOf(0, at);
    if (end === -1) throw new Error("the guest's answer is cut short");
    if (end > at) records.push(decoder.decode(answer.subarray(at, end)));
    else {
      found.push(records);
      records = [];
    }
    at = end + 1;
  }
  return [found[0]!, found[1]!, found[2]!, at];
}

function parseFacts(records: readonly string[]): SurveyFacts {
  const all = records.map((record) => {
    const tab = record.indexOf("\t");
    return [record.slice(0, tab), record.slice(tab + 1)] as const;
  });
  const facts = new Map(all);
  return {
    get: (name) => facts.get(name) ?? "",
    missing: all.filter(([name]) => name === "missing").map(([, value]) => value),
  };
}

/** One record of a listing. */
export function parseEntry(record: string): { readonly path: string; readonly entry: TreeEntry } {
  const [kind = "", size = "", link = "", ...path] = record.split("\t");
  return { path: path.join("\t"), entry: { kind, sizeBytes: Number(size), link } };
}

/** Folders listed to the bottom are known completely. */
function addDeep(tree: GuestTree, records: readonly string[]): void {
  for (const { path, entry } of records.map(parseEntry)) {
    tree.add(path, entry);
    if (entry.kind === "d") tree.complete(path);
  }
}

/**
 * The files of a tar in memory, by absolute path. A name too long for its header stands before it, in an entry of its
 * own (GNU tar manual, "Basic Tar Format", type L).
 */
export function tarContents(tar: Uint8Array): Map<string, Uint8Array<ArrayBuffer>> {
  const contents = new Map<string, Uint8Array<ArrayBuffer>>();
  let longName: string | undefined;
  for (let at = 0; at + BLOCK_BYTES <= tar.length;) {
    const block = tar.subarray(at, at + BLOCK_BYTES);
    if (!isTarHeader(block)) break;
    const { name, sizeBytes, type } = tarHeader(block);
    const start = at + BLOCK_BYTES;
    const content = tar.slice(start, start + sizeBytes);
    if (content.length < sizeBytes) break;
    if (type === "L") longName = new TextDecoder().decode(content).replace(/\0.*$/s, "");
    else {
      if (type === "0" || type === "\0") contents.set(`/${(longName ?? name).replace(/^\/+/, "")}`, content);
      longName = undefined;
    }
    at = start + Math.ceil(sizeBytes / BLOCK_BYTES) * BLOCK_BYTES;
  }
  return contents;
}
