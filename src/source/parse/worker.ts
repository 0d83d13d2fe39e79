/**
 * The thread that reads foreign text. It has no permission at all: a text goes in, a value comes out.
 *
 * @module
 */
import { answer } from "../worker/answer.ts";
import { type Foreign, type ForeignFormat, type ParseRequest, READERS } from "./formats.ts";

answer(({ format, text }: ParseRequest): Foreign<ForeignFormat> => READERS[format](text));
