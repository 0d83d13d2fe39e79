import { assertEquals } from "@std/assert";
import { backendSettings, userSettings } from "../../src/guest/environment.ts";

Deno.test("userSettings() passes on what the user has set, and nothing else", () => {
  const set: Record<string, string> = {
    LIBGUESTFS_PATH: "/opt/appliance",
    LIBGUESTFS_MEMSIZE: "2048",
    LIBGUESTFS_HV: "",
    LIBGUESTFS_BACKEND_SETTINGS: "force_tcg",
    TMPDIR: "/elsewhere",
  };
  assertEquals(userSettings((name) => set[name]), [
    "LIBGUESTFS_MEMSIZE=2048",
    "LIBGUESTFS_PATH=/opt/appliance",
  ]);
});

Deno.test("backendSettings() forces emulation where KVM does not work", () => {
  assertEquals(backendSettings("tcg", undefined), ["force_tcg"]);
  assertEquals(backendSettings("kvm", undefined), []);
});

Deno.test("backendSettings() adds the user's settings to ours, each once", () => {
  assertEquals(backendSettings("tcg", "gdb:force_tcg:"), ["force_tcg", "gdb"]);
  assertEquals(backendSettings("kvm", "force_tcg"), ["force_tcg"]);
});

Deno.test("backendSettings() drops force_kvm where KVM does not work", () => {
  assertEquals(backendSettings("tcg", "force_kvm:gdb"), ["force_tcg", "gdb"]);
  assertEquals(backendSettings("kvm", "force_kvm"), ["force_kvm"]);
});
