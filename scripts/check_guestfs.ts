/**
 * Compares the table of libguestfs actions with the installed guestfs.h.
 *
 * Usage: deno run --allow-read scripts/check_guestfs.ts [HEADER]
 * Exit status 1, with a line for each mismatch, when the table is wrong.
 *
 * @module
 */
import { type Action, ACTIONS, type ArgKind, type ResultKind, STRUCTS } from "../ffi/guestfs/actions.ts";
import { CREATE_FLAGS, EVENTS } from "../ffi/guestfs/handle.ts";
import { isStruct, isStructList, symbolName } from "../ffi/guestfs/library.ts";

/** Where libguestfs-dev installs it. */
const HEADER = "/usr/include/guestfs.h";

/** The C types of one argument; a header cannot tell `bool` from `int`. */
const ARGUMENTS: Readonly<Record<ArgKind, readonly string[]>> = {
  string: ["const char *"],
  int: ["int"],
  int64: ["int64_t"],
  bool: ["int"],
  strings: ["char *const *"],
  bytes: ["const char *", "size_t"],
};

function resultType(result: ResultKind): string {
  if (isStruct(result) || isStructList(result)) return `struct guestfs_${result} *`;
  switch (result) {
    case "status":
    case "bool":
    case "int":
      return "int";
    case "int64":
      return "int64_t";
    case "string":
    case "bytes":
      return "char *";
    case "strings":
    case "hash":
      return "char **";
  }
}

/** A C declaration without its name: `const char *path` is `const char *` and `path`. */
function declaration(text: string): { type: string; name: string } {
  const [, type = "", name = ""] = /^(.*?)(\w+)$/s.exec(text.replace(/\s+/g, " ").trim()) ?? [];
  return { type: type.trim(), name };
}

/** The declaration of a function as `RESULT (TYPE, TYPE)`, without the handle; undefined when there is none. */
function functionType(header: string, symbol: string): string | undefined {
  const found = new RegExp(String.raw`^extern GUESTFS_DLL_PUBLIC ([^;()]*?)${symbol} \(([^;()]*)\)`, "m")
    .exec(header);
  if (found === null) return undefined;
  const types = found[2]!.split(",").map((one) => declaration(one).type);
  return `${found[1]!.trim()} (${types.slice(1).join(", ")})`;
}

/** The members of a struct, as `NAME: TYPE`; undefined when there is none. */
function structMembers(header: string, name: string): string[] | undefined {
  const body = new RegExp(String.raw`^struct ${name} \{(.*?)^\};`, "ms").exec(header)?.[1];
  if (body === undefined) return undefined;
  return body.replace(/^\s*#.*$/gm, "").split(";").filter((one) => one.trim() !== "")
    .map(declaration).map(({ type, name }) => `${name}: ${type}`);
}

function expectedFunction(name: string, action: Action): string {
  const types = action.args.flatMap((kind) => ARGUMENTS[kind]);
  if (action.opts !== undefined) types.push(`const struct guestfs_${name}_argv *`);
  if (action.result === "bytes") types.push("size_t *");
  return `${resultType(action.result)} (${types.join(", ")})`;
}

function checkAction(header: string, name: string, action: Action): string[] {
  const symbol = symbolName(name, action);
  const found = functionType(header, symbol);
  const expected = expectedFunction(name, action);
  if (found === undefined) return [`${name}: the header has no ${symbol}`];
  const wrong = found === expected ? [] : [`${name}: the table says ${expected}, the header ${found}`];
  if (action.opts === undefined) return wrong;
  const members = [
    "bitmask: uint64_t",
    ...Object.entries(action.opts).map(([one, kind]) => `${one}: ${ARGUMENTS[kind][0]}`),
  ];
  return [
    ...wrong,
    ...compareMembers(`${name} options`, members, structMembers(header, `guestfs_${name}_argv`) ?? []),
  ];
}

/** Compares members in order. `prefix` allows more members at the end of the C struct. */
function compareMembers(
  what: string,
  table: readonly string[],
  c: readonly string[],
  prefix = false,
): string[] {
  const length = prefix ? table.length : Math.max(table.length, c.length);
  return Array.from({ length }, (_, i) => [table[i] ?? "nothing", c[i] ?? "nothing"] as const)
    .filter(([ours, theirs]) => ours !== theirs)
    .map(([ours, theirs]) => `${what}: the table says ${ours}, the header ${theirs}`);
}

function checkStructs(header: string): string[] {
  return Object.entries(STRUCTS).flatMap(([name, fields]) => {
    const members = Object.entries(fields).map(([field, kind]) =>
      `${field}: ${kind === "string" ? "char *" : `${kind}_t`}`
    );
    return compareMembers(`struct ${name}`, members, structMembers(header, `guestfs_${name}`) ?? [], true);
  });
}

function checkConstants(header: string): string[] {
  const wanted = [
    ...Object.entries(CREATE_FLAGS).map(([name, value]) => [`GUESTFS_CREATE_${name}`, value] as const),
    ...Object.entries(EVENTS).map(([name, value]) => [`GUESTFS_EVENT_${name}`, value] as const),
  ];
  return wanted.flatMap(([name, value]) => {
    const text = new RegExp(String.raw`^#define ${name}\s+(.+)$`, "m").exec(header)?.[1]?.trim() ?? "nothing";
    const shift = /^\(1 << (\d+)\)$/.exec(text)?.[1];
    const theirs = shift === undefined ? Number(text) : 1 << Number(shift);
    return theirs === value ? [] : [`${name}: the binding says ${value}, the header ${text}`];
  });
}

/** Every mismatch between a table of actions and a guestfs.h, a line each. */
export function mismatches(header: string, actions: Readonly<Record<string, Action>> = ACTIONS): string[] {
  const rows = Object.entries(actions).flatMap(([name, action]) => checkAction(header, name, action));
  return [...rows, ...checkStructs(header), ...checkConstants(header)];
}

if (import.meta.main) {
  const path = Deno.args[0] ?? HEADER;
  const found = mismatches(await Deno.readTextFile(path));
  const rows = Object.keys(ACTIONS).length;
  const report = found.length === 0 ? [`${rows} actions agree with ${path}`] : found;
  await Deno.stdout.write(new TextEncoder().encode(report.join("\n") + "\n"));
  Deno.exitCode = found.length === 0 ? 0 : 1;
}
