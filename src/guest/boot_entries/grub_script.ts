/**
 * The part of GRUB 2's script language that configuration files use, as a tree (GRUB manual, section
 * "GRUB script"): quotes, variables, `if`, blocks, functions and loops.
 *
 * @module
 */

/** A piece of a word: literal text, or a variable that is expanded when the command runs. */
export interface WordPart {
  /** Text, or the name of the variable. */
  readonly value: string;
  /** Whether it is a variable. */
  readonly isVariable: boolean;
  /** Whether it stands in quotes: an empty unquoted word vanishes. */
  readonly isQuoted: boolean;
}

/** One word of a command. */
export type Word = readonly WordPart[];

/** One branch of an `if`: its test commands (empty for `else`) and what runs when they hold. */
export interface Branch {
  /** The test. */
  readonly test: readonly Statement[];
  /** What runs. */
  readonly body: readonly Statement[];
}

/** One statement: a command, with a block for `menuentry` and `submenu`, or an `if`. */
export type Statement =
  | { readonly kind: "command"; readonly words: readonly Word[]; readonly block?: readonly Statement[] }
  | { readonly kind: "if"; readonly branches: readonly Branch[] };

type Token = { readonly kind: "word"; readonly word: Word } | { readonly kind: "end" | "{" | "}" };

/** `$name`, `${name}`, `$1`, `$?` at the start of a text. */
const VARIABLE = /^\$(?:\{([^}]*)\}|([A-Za-z_]\w*|[0-9?@*#]))/;

/** Splits a script into words and separators. */
function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const char = text[at]!;
    if (char === "\n" || char === ";") tokens.push({ kind: "end" });
    if (/[\s;]/.test(char)) at++;
    else if (char === "#") at = endOf(text, "\n", at);
    else if (text.startsWith("\\\n", at)) at += 2;
    else if ((char === "{" || char === "}") && /^[{}](?:[\s;]|$)/.test(text.slice(at, at + 2))) {
      tokens.push({ kind: char });
      at++;
    } else {
      const read = readWord(text, at);
      tokens.push({ kind: "word", word: read.word });
      at = read.end;
    }
  }
  return tokens;
}

function endOf(text: string, mark: string, from: number): number {
  const at = text.indexOf(mark, from);
  return at === -1 ? text.length : at;
}

/** Reads one word with its quotes, escapes and variables. */
function readWord(text: string, start: number): { word: Word; end: number } {
  const word: WordPart[] = [];
  const add = (value: string, isQuoted: boolean, isVariable = false): void => {
    word.push({ value, isQuoted, isVariable });
  };
  let at = start;
  let inDouble = false;
  while (at < text.length) {
    const char = text[at]!;
    if (!inDouble && /[\s;]/.test(char)) break;
    const variable = char === "$" ? VARIABLE.exec(text.slice(at, at + 80)) : null;
    if (char === '"') {
      inDouble = !inDouble;
      add("", true);
      at++;
    } else if (char === "'" && !inDouble) {
      const end = endOf(text, "'", at + 1);
      add(text.slice(at + 1, end), true);
      at = end + 1;
    } else if (char === "\\" && at + 1 < text.length) {
      if (text[at + 1] !== "\n") {
        add(inDouble && !/["$\\]/.test(text[at + 1]!) ? `\\${text[at + 1]}` : text[at + 1]!, true);
      }
      at += 2;
    } else if (variable !== null) {
      add(variable[1] ?? variable[2]!, inDouble, true);
      at += variable[0].length;
    } else {
      add(char, inDouble);
      at++;
    }
  }
  return { word, end: at };
}

/** The text of a word without variables; null when it has any, or stands in quotes. */
function keyword(token: Token | undefined): string | null {
  if (token?.kind === "{" || token?.kind === "}") return token.kind;
  if (token?.kind !== "word" || token.word.some((part) => part.isVariable || part.isQuoted)) return null;
  return token.word.map((part) => part.value).join("");
}

/** How deep blocks may nest: the rest of a file that goes deeper is left out. */
const MAX_DEPTH = 64;

/** Reads the tokens of a script, statement by statement. */
class Reader {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  /** Statements up to one of the closing words, which is consumed and returned. */
  statements(closing: readonly string[]): { body: Statement[]; closedBy: string } {
    if (this.#depth === MAX_DEPTH) this.#at = this.#tokens.length;
    this.#depth++;
    const read = this.#readStatements(closing);
    this.#depth--;
    return read;
  }

  #readStatements(closing: readonly string[]): { body: Statement[]; closedBy: string } {
    const body: Statement[] = [];
    while (this.#at < this.#tokens.length) {
      const word = keyword(this.#tokens[this.#at]);
      if (this.#tokens[this.#at]!.kind === "end") this.#at++;
      else if (word !== null && closing.includes(word)) {
        this.#at++;
        return { body, closedBy: word };
      } else if (word === "if") body.push(this.#if());
      else if (word === "for" || word === "while" || word === "until") this.#skipLoop();
      else body.push(...this.#command());
    }
    return { body, closedBy: "" };
  }

  #if(): Statement {
    const branches: Branch[] = [];
    this.#at++; // the word itself
    for (let closedBy = "elif"; closedBy === "elif";) {
      const test = this.statements(["then"]).body;
      const read = this.statements(["elif", "else", "fi"]);
      branches.push({ test, body: read.body });
      closedBy = read.closedBy;
      if (closedBy === "else") branches.push({ test: [], body: this.statements(["fi"]).body });
    }
    return { kind: "if", branches };
  }

  /** A loop's body may run any number of times; configuration files use loops for no entries. */
  #skipLoop(): void {
    this.#at++; // the word itself
    this.statements(["do"]);
    this.statements(["done"]);
  }

  #command(): readonly Statement[] {
    const words: Word[] = [];
    while (this.#at < this.#tokens.length) {
      const token = this.#tokens[this.#at]!;
      if (token.kind === "end" || token.kind === "}") break;
      this.#at++;
      if (token.kind === "word") words.push(token.word);
      else {
        const block = this.statements(["}"]).body;
        const isFunction = words[0]?.map((part) => part.value).join("") === "function";
        return isFunction ? [] : [{ kind: "command", words, block }];
      }
    }
    if (words.length === 0) this.#at++; // a stray brace
    return words.length === 0 ? [] : [{ kind: "command", words }];
  }
}

/** Reads a script; what does not parse is left out. */
export function parseGrubScript(text: string): readonly Statement[] {
  return new Reader(tokenize(text)).statements([]).body;
}
