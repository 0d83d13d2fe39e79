/**
 * Example of a plugin with a fix: the message of the day says that the machine has moved.
 *
 * @module
 */
import { definePlugin, type Fix } from "../../../mod.ts";

const PATH = "/etc/motd";
const LINE = "This machine runs on KVM.\n";

const motd: Fix = {
  id: "motd",
  title: "message of the day",
  applies: (guest) => guest.osType === "linux",
  plan: async ({ files }) => {
    const before = await files.readText(PATH);
    if (before?.includes(LINE) === true) {
      return {
        changes: [],
        leftAlone: [{ fix: "motd", path: PATH, reason: "says so already" }],
        concerns: [],
      };
    }
    const why = "Who logs in is told that the machine has moved.";
    const after = (before ?? "") + LINE;
    return {
      changes: [{ kind: "text", fix: "motd", path: PATH, before, after, why }],
      leftAlone: [],
      concerns: [],
    };
  },
};

export default definePlugin({ name: "motd", fixes: [motd] });
