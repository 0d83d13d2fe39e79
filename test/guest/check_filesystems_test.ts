import { assertEquals, assertThrows } from "@std/assert";
import {
  checkConcerns,
  type FilesystemCheck,
  judgeChecks,
  readOutput,
} from "../../src/guest/check_filesystems.ts";
import { MigrateError } from "../../src/model/error.ts";

const check = (verdict: FilesystemCheck["verdict"]): FilesystemCheck[] => [
  { device: "/dev/sda1", type: "ext4", verdict, lines: ["Inode 12 is odd"] },
];

Deno.test("readOutput() takes the status, and a dirty journal for no verdict", () => {
  assertEquals(readOutput("Pass 1\nok\nstatus=0\n", /journal/), {
    verdict: "clean",
    lines: ["Pass 1", "ok"],
  });
  assertEquals(readOutput("Pass 1\nstatus=4\n", /journal/).verdict, "damaged");
  assertEquals(readOutput("skipping journal\nstatus=4\n", /journal/).verdict, "unchecked");
});

Deno.test("checkConcerns() tells damage that the source has already", () => {
  assertEquals(
    ["clean", "damaged", "unchecked"].map((one) => checkConcerns(check(one as "clean")).map(({ id }) => id)),
    [[], ["guest/filesystem-damaged"], ["guest/not-checked"]],
  );
});

Deno.test("judgeChecks() fails on damage that was not there before", () => {
  judgeChecks(check("damaged"), check("damaged"));
  judgeChecks(check("clean"), check("clean"));
  const error = assertThrows(() => judgeChecks(check("clean"), check("damaged")), MigrateError, "Inode 12");
  assertEquals(error.code, "fix/failed");
});
