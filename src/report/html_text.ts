/**
 * HTML out of values: whatever a guest, a file name or a console holds is text, never markup.
 *
 * @module
 */

/** Markup that is safe to put into a page. */
export class Html {
  /** The markup. */
  readonly markup: string;

  /** Takes markup that is known to be safe. */
  constructor(markup: string) {
    this.markup = markup;
  }
}

/** What a template may hold; `undefined` and `false` are nothing. */
export type HtmlPart = Html | string | number | undefined | false | readonly HtmlPart[];

/** A template: `` html`<b>${name}</b>` ``; values are escaped unless they are markup themselves. */
export function html(fixed: TemplateStringsArray, ...values: readonly HtmlPart[]): Html {
  return new Html(
    fixed.map((text, index) => text + (index < values.length ? part(values[index]) : "")).join(""),
  );
}

function part(value: HtmlPart): string {
  if (value === undefined || value === false) return "";
  if (value instanceof Html) return value.markup;
  if (typeof value === "object") return value.map(part).join("");
  return escape(String(value));
}

/** Control characters are nothing that a page may hold. */
function escape(text: string): string {
  // deno-lint-ignore no-control-regex
  const clean = text.replaceAll(/[\x00-\x08\x0B\x0C\x0E-\x1F\x7F]/g, "\uFFFD");
  return clean.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;").replaceAll("'", "&#39;");
}
