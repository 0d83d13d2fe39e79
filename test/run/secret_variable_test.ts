import { assertEquals } from "@std/assert";
import { runCommand } from "../../src/run/command.ts";
import { keepSecrets, secretVariable, secretVariables } from "../../src/run/secret_variable.ts";

Deno.test("secretVariable() keeps the value from children, and gives it again", async () => {
  Deno.env.set("HYPER2KVM_TEST_SECRET", "hunter2");
  assertEquals(secretVariable("HYPER2KVM_TEST_SECRET"), "hunter2");
  assertEquals((await runCommand("env", [])).stdout.includes("hunter2"), false);
  assertEquals(secretVariable("HYPER2KVM_TEST_SECRET"), "hunter2");
  assertEquals(secretVariable("HYPER2KVM_TEST_NO_SECRET"), undefined);
});

Deno.test("keepSecrets() gives a thread what another has taken", () => {
  Deno.env.set("HYPER2KVM_TEST_TAKEN", "hunter3");
  assertEquals(secretVariables(["HYPER2KVM_TEST_TAKEN", "HYPER2KVM_TEST_NO_SECRET"]), {
    HYPER2KVM_TEST_TAKEN: "hunter3",
  });
  keepSecrets({ HYPER2KVM_TEST_OTHER: "hunter4" });
  assertEquals(secretVariable("HYPER2KVM_TEST_OTHER"), "hunter4");
});
