/**
 * The menu of a GRUB 2 configuration file: runs the script far enough to know its entries, their kernel
 * lines with variables filled in, and the default entry.
 *
 * @module
 */
import { type Branch, parseGrubScript, type Statement, type Word } from "./grub_script.ts";

/** One entry of the menu, or the place where entries of the Boot Loader Specification come in. */
export interface GrubItem {
  /** Position from 0 in each menu: `[1, 0]` is the first entry of the second item's submenu. */
  readonly index: readonly number[];
  /** Titles from the outermost submenu inwards. */
  readonly titles: readonly string[];
  /** Identifiers (`--id`), the title where there is none. */
  readonly ids: readonly string[];
  /** Path of the kernel as written; empty when the entry loads none. */
  readonly kernel: string;
  /** Paths of the images as written. */
  readonly initrds: readonly string[];
  /** Arguments of the kernel. */
  readonly cmdline: string;
  /** Whether it stands for the entries of the Boot Loader Specification. */
  readonly isBls: boolean;
}

/** What a configuration file says. */
export interface GrubMenu {
  /** Entries in order. */
  readonly items: readonly GrubItem[];
  /** The variables at the end, `default` and `kernelopts` among them. */
  readonly variables: ReadonlyMap<string, string>;
}

/** What the script can know of itself before it runs: the features that GRUB 2 announces. */
const FEATURES = [
  ["feature_menuentry_id", "y"],
  ["feature_platform_search_hint", "y"],
  ["feature_timeout_style", "y"],
  ["feature_default_font_path", "y"],
  ["feature_all_video_module", "y"],
  ["feature_200_final", "y"],
  ["grub_cpu", "x86_64"],
] as const;

interface Draft {
  kernel: string;
  cmdline: string;
  initrds: string[];
}

/** Where a statement stands: the menu around it, and the entry whose body it is in. */
interface Place {
  readonly index: readonly number[];
  readonly titles: readonly string[];
  readonly ids: readonly string[];
  readonly counter: { next: number };
  readonly entry: Draft | null;
}

/** Reads a configuration file; `environment` is what `load_env` would load. */
export function parseGrubCfg(
  text: string,
  environment: ReadonlyMap<string, string> = new Map(),
): GrubMenu {
  const run = new GrubRun(environment);
  run.all(parseGrubScript(text), { index: [], titles: [], ids: [], counter: { next: 0 }, entry: null });
  return { items: run.items, variables: run.variables };
}

class GrubRun {
  readonly items: GrubItem[] = [];
  readonly variables = new Map<string, string>(FEATURES);
  readonly #environment: ReadonlyMap<string, string>;

  constructor(environment: ReadonlyMap<string, string>) {
    this.#environment = environment;
  }

  all(statements: readonly Statement[], place: Place): void {
    for (const statement of statements) {
      if (statement.kind === "if") this.#if(statement.branches, place);
      else this.#command(this.#expandAll(statement.words), statement.block ?? [], place);
    }
  }

  /** Runs the branch whose test holds; before that, every branch whose test cannot be known. */
  #if(branches: readonly Branch[], place: Place): void {
    for (const branch of branches) {
      const last = branch.test.at(-1);
      const words = last?.kind === "command" ? this.#expandAll(last.words) : [];
      const holds = branch.test.length === 0 ? true : testHolds(words, this.#environment.size > 0);
      if (holds !== false) this.all(branch.body, place);
      if (holds === true) return;
    }
  }

  #command(words: readonly string[], block: readonly Statement[], place: Place): void {
    const [name = "", ...args] = words;
    const assignment = /^([A-Za-z_]\w*)=(.*)$/s.exec(name === "set" ? args[0] ?? "" : name);
    if (assignment !== null) this.variables.set(assignment[1]!, assignment[2]!);
    else if (name === "load_env") {
      for (const [key, value] of this.#environment) this.variables.set(key, value);
    } else if (name === "menuentry" || name === "submenu") this.#menu(name, args, block, place);
    else if (name === "blscfg" && place.entry === null) this.#bls(place);
    else if (place.entry !== null) this.#load(name, args, place.entry);
  }

  #menu(kind: string, args: readonly string[], block: readonly Statement[], place: Place): void {
    const { title, id } = menuArguments(args);
    const inside = {
      index: [...place.index, place.counter.next++],
      titles: [...place.titles, title],
      ids: [...place.ids, id],
      counter: { next: 0 },
    };
    if (kind === "submenu") return this.all(block, { ...inside, entry: null });
    const entry: Draft = { kernel: "", cmdline: "", initrds: [] };
    const before = [...this.variables];
    this.all(block, { ...inside, entry });
    this.variables.clear(); // what an entry sets is gone before the next one is chosen
    for (const [key, value] of before) this.variables.set(key, value);
    const { index, titles, ids } = inside;
    this.items.push({ index, titles, ids, ...entry, isBls: false });
  }

  /** Notes that the entries of the Boot Loader Specification come here. */
  #bls(place: Place): void {
    const index = [...place.index, place.counter.next++];
    const { titles, ids } = place;
    this.items.push({ index, titles, ids, kernel: "", cmdline: "", initrds: [], isBls: true });
  }

  #load(name: string, args: readonly string[], entry: Draft): void {
    if (/^linux(16|efi)?$/.test(name)) {
      const [kernel = "", ...rest] = args;
      entry.kernel = kernel;
      entry.cmdline = rest.join(" ");
    } else if (/^initrd(16|efi)?$/.test(name)) {
      entry.initrds = args.filter((arg) => !arg.startsWith("-"));
    }
  }

  /** Fills in variables and splits what they hold outside of quotes, as GRUB does. */
  #expandAll(words: readonly Word[]): readonly string[] {
    return words.flatMap((word) => this.#expand(word));
  }

  #expand(word: Word): readonly string[] {
    let current = "";
    let isWord = false;
    const done: string[] = [];
    for (const part of word) {
      const value = part.isVariable ? this.variables.get(part.value) ?? "" : part.value;
      const pieces = part.isVariable && !part.isQuoted ? value.split(/\s+/) : [value];
      for (const [index, piece] of pieces.entries()) {
        if (index > 0 && (current !== "" || isWord)) {
          done.push(current);
          current = "";
          isWord = false;
        }
        current += piece;
      }
      isWord ||= part.isQuoted;
    }
    return current !== "" || isWord ? [...done, current] : done;
  }
}

/** Title and identifier of a `menuentry` or `submenu` line. */
function menuArguments(args: readonly string[]): { title: string; id: string } {
  let title: string | undefined;
  let id: string | undefined;
  for (let at = 0; at < args.length; at++) {
    const arg = args[at]!;
    if (/^--(class|users|hotkey|source)$/.test(arg)) at++;
    else if (arg === "--id") id = args[++at];
    else if (arg.startsWith("--id=")) id = arg.slice("--id=".length);
    else if (!arg.startsWith("--")) title ??= arg;
  }
  return { title: title ?? "", id: id ?? title ?? "" };
}

/** Evaluates `[ … ]` or `test …`; undefined when only a running GRUB can know. */
function testHolds(words: readonly string[], hasEnvironment: boolean): boolean | undefined {
  const name = words[0];
  if (name === "true" || name === "false") return name === "true";
  if (name !== "[" && name !== "test") return undefined;
  const args = words.slice(1).filter((word, index, all) =>
    !(name === "[" && word === "]" && index === all.length - 1)
  );
  for (const [operator, join] of [["-o", some], ["-a", every]] as const) {
    const at = args.indexOf(operator);
    if (at > 0) {
      return join(
        testHolds(["test", ...args.slice(0, at)], hasEnvironment),
        testHolds(["test", ...args.slice(at + 1)], hasEnvironment),
      );
    }
  }
  return simpleTest(args, hasEnvironment);
}

function some(a: boolean | undefined, b: boolean | undefined): boolean | undefined {
  return a === true || b === true ? true : a === false && b === false ? false : undefined;
}

function every(a: boolean | undefined, b: boolean | undefined): boolean | undefined {
  return a === false || b === false ? false : a === true && b === true ? true : undefined;
}

function simpleTest(args: readonly string[], hasEnvironment: boolean): boolean | undefined {
  const [first = "", second, third] = args;
  if (first === "!" && args.length > 1) {
    const inner = simpleTest(args.slice(1), hasEnvironment);
    return inner === undefined ? undefined : !inner;
  }
  if (args.length >= 3 && second !== undefined && third !== undefined) {
    // The platform is not known here: entries of both are read.
    if (/^x?(pc|efi|emu|xen)$/.test(third) && /^x?$/.test(first)) return undefined;
    if (second === "=" || second === "==") return first === third;
    return second === "!=" ? first !== third : undefined;
  }
  if (first === "-z") return (second ?? "") === "";
  if (first === "-n") return (second ?? "") !== "";
  if (/^-[sefd]$/.test(first)) return second?.endsWith("/grubenv") === true ? hasEnvironment : undefined;
  return first !== "";
}
