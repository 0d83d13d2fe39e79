/**
 * The menu of EXTLINUX and SYSLINUX (Syslinux wiki, "Config").
 *
 * @module
 */
import { dirname, resolve } from "@std/path";
import type { MenuEntry } from "./kernel_paths.ts";

interface Draft {
  label: string;
  title: string;
  kernel: string;
  append: string;
  initrds: string[];
  isMenuDefault: boolean;
}

/** Reads a menu; paths in it are made absolute from the folder of the file. */
export function parseExtlinux(text: string, file: string): readonly MenuEntry[] {
  const drafts: Draft[] = [];
  const globals = { default: "", append: "" };
  for (const line of text.split("\n")) {
    const match = /^\s*([A-Za-z]+)\s+(.*?)\s*$/.exec(line);
    if (match !== null) takeLine(match[1]!.toLowerCase(), match[2]!, drafts, globals);
    else if (/^\s*menu default\s*$/i.test(line)) drafts.at(-1)!.isMenuDefault = true;
  }
  const menuDefault = drafts.find((draft) => draft.isMenuDefault)?.label;
  const wanted = menuDefault ?? (globals.default || drafts[0]?.label);
  return drafts.filter((draft) => draft.kernel !== "").map((draft) =>
    finish(draft, globals.append, wanted, file)
  );
}

function takeLine(
  key: string,
  value: string,
  drafts: Draft[],
  globals: { default: string; append: string },
): void {
  const draft = drafts.at(-1);
  if (key === "label") {
    drafts.push({ label: value, title: value, kernel: "", append: "", initrds: [], isMenuDefault: false });
  } else if (key === "default" && draft === undefined) globals.default = value;
  else if (key === "append" && draft === undefined) globals.append = value;
  else if (draft === undefined) return;
  else if (key === "kernel" || key === "linux") draft.kernel = value;
  else if (key === "append") draft.append = value;
  else if (key === "initrd") draft.initrds = value.split(",");
  else if (key === "menu" && /^default$/i.test(value)) draft.isMenuDefault = true;
  else if (key === "menu" && /^label\s/i.test(value)) draft.title = value.slice(5).trim().replaceAll("^", "");
}

function finish(draft: Draft, append: string, wanted: string | undefined, file: string): MenuEntry {
  const words = (draft.append || append).split(/\s+/).filter((word) => word !== "" && word !== "-");
  const fromAppend = words.filter((word) => word.startsWith("initrd=")).flatMap((word) =>
    word.slice(7).split(",")
  );
  const initrds = draft.initrds.length > 0 ? draft.initrds : fromAppend;
  return {
    title: draft.title,
    kernel: resolve(dirname(file), draft.kernel),
    initrds: initrds.map((path) => resolve(dirname(file), path)),
    cmdline: words.filter((word) => !word.startsWith("initrd=")).join(" "),
    isDefault: draft.label === wanted,
  };
}
