/**
 * Tests against the real libvirt library and its in-process test driver.
 *
 * @module
 */
import { agentLibrary } from "../../ffi/libvirt/agent.ts";
import { libraryVersion } from "../../ffi/libvirt/mod.ts";
import { missingHere, testNeeding } from "./needs.ts";

/** What such a test needs. */
const NEEDS = { libraries: ["libvirt.so.0"] };

/** The test driver: a host with one domain, one pool and one network, in this process. */
export const TEST_URI = "test:///default";

// The libraries stay open for the life of the process, which a test alone would be blamed for.
if (missingHere(NEEDS).length === 0) {
  libraryVersion();
  agentLibrary();
}

/** Registers a test that needs the library. */
export function testLibvirt(name: string, fn: () => void | Promise<void>): void {
  testNeeding(NEEDS, name, fn);
}
