/**
 * The binary indexes that modprobe and udev read (modules.dep.bin, modules.alias.bin).
 *
 * Format 2.1 of kmod and module-init-tools, from libkmod/libkmod-index.c: a header of three big-endian words
 * (magic, version, root), then the nodes of a trie. A reference to a node is its offset with three flags in
 * the top bits that say which parts it has: a common prefix, children, values.
 *
 * @module
 */

const MAGIC = 0xb007f457;
const VERSION = 0x00020001;
const HAS_PREFIX = 0x80000000;
const HAS_VALUES = 0x40000000;
const HAS_CHILDREN = 0x20000000;

/** One key with one value; a key may come several times. */
export interface IndexEntry {
  /** What is looked up: a module name, or a pattern of a device. */
  readonly key: string;
  /** What is found. */
  readonly value: string;
}

interface Node {
  prefix: string;
  readonly children: Map<number, Node>;
  readonly values: { readonly priority: number; readonly value: string }[];
}

/** Makes an index; of the values of one key, the earlier entry has priority. */
export function moduleIndex(entries: readonly IndexEntry[]): Uint8Array<ArrayBuffer> {
  const root = newNode("");
  entries.forEach((entry, priority) => insert(root, entry, priority));
  const bytes = new ByteList();
  bytes.word(MAGIC);
  bytes.word(VERSION);
  bytes.word(0);
  const reference = writeNode(root, bytes);
  const result = bytes.toBytes();
  new DataView(result.buffer).setUint32(8, reference);
  return result;
}

/** A name or device pattern as the indexes have it: `-` is `_` except inside brackets. */
export function indexKey(pattern: string): string {
  return pattern.replaceAll(/\[[^\]]*\]|-/g, (part) => part === "-" ? "_" : part);
}

function newNode(prefix: string): Node {
  return { prefix, children: new Map(), values: [] };
}

function insert(root: Node, entry: IndexEntry, priority: number): void {
  let node = root;
  let rest = entry.key;
  while (true) {
    const common = commonLength(node.prefix, rest);
    if (common < node.prefix.length) split(node, common);
    rest = rest.slice(common);
    if (rest === "") break;
    const code = rest.charCodeAt(0);
    rest = rest.slice(1);
    const child = node.children.get(code);
    if (child === undefined) {
      const leaf = newNode(rest);
      node.children.set(code, leaf);
      node = leaf;
      break;
    }
    node = child;
  }
  if (!node.values.some(({ value }) => value === entry.value)) {
    node.values.push({ priority, value: entry.value });
  }
}

/** Cuts the prefix of a node; what it had moves to a child. */
function split(node: Node, at: number): void {
  const child = newNode(node.prefix.slice(at + 1));
  for (const [code, grandchild] of node.children) child.children.set(code, grandchild);
  child.values.push(...node.values);
  const code = node.prefix.charCodeAt(at);
  node.children.clear();
  node.values.length = 0;
  node.children.set(code, child);
  node.prefix = node.prefix.slice(0, at);
}

function commonLength(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}

/** Writes the children, then the node; returns the reference to it. */
function writeNode(node: Node, bytes: ByteList): number {
  const codes = [...node.children.keys()].sort((a, b) => a - b);
  const first = codes[0] ?? 0;
  const last = codes.at(-1) ?? -1;
  const references: number[] = [];
  for (let code = first; code <= last; code++) {
    const child = node.children.get(code);
    references.push(child === undefined ? 0 : writeNode(child, bytes));
  }
  let reference = bytes.length;
  if (node.prefix !== "") {
    bytes.text(node.prefix);
    reference += HAS_PREFIX;
  }
  if (references.length > 0) {
    bytes.byte(first);
    bytes.byte(last);
    references.forEach((child) => bytes.word(child));
    reference += HAS_CHILDREN;
  }
  if (node.values.length > 0) {
    bytes.word(node.values.length);
    for (const { priority, value } of node.values) {
      bytes.word(priority);
      bytes.text(value);
    }
    reference += HAS_VALUES;
  }
  return reference;
}

/** Bytes that grow. */
class ByteList {
  readonly #bytes: number[] = [];

  get length(): number {
    return this.#bytes.length;
  }

  byte(value: number): void {
    this.#bytes.push(value & 0xff);
  }

  word(value: number): void {
    for (const shift of [24, 16, 8, 0]) this.byte(value >>> shift);
  }

  /** A string and its closing zero. */
  text(value: string): void {
    for (const byte of new TextEncoder().encode(value)) this.byte(byte);
    this.byte(0);
  }

  toBytes(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#bytes);
  }
}
