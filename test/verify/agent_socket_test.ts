import { assert, assertEquals } from "@std/assert";
import { ChildGroup } from "../../src/run/command.ts";
import { askAgent } from "../../src/verify/agent_answers.ts";
import { AgentSocket } from "../../src/verify/agent_socket.ts";
import type { ProofGuest } from "../../src/verify/proof_guest.ts";
import { testNeeding } from "../support/needs.ts";
import { TempFolder } from "../support/temp.ts";

/** The real agent, with a socket instead of a virtio port: it answers for this machine. */
const AGENT = { programs: ["/usr/sbin/qemu-ga"] };

async function withAgent(test: (socket: AgentSocket, path: string) => Promise<void>): Promise<void> {
  await using folder = await TempFolder.create();
  const path = folder.file("agent");
  // Options of the real one; -t for its lock, which would be below /run.
  const args = ["-m", "unix-listen", "-p", path, "-t", folder.path];
  await using _agent = new ChildGroup("/usr/sbin/qemu-ga", {
    args,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  });
  using socket = new AgentSocket(path);
  await test(socket, path);
}

/** Asks until the agent has come. */
async function answerOf(ask: () => Promise<unknown>): Promise<unknown> {
  for (let tries = 0; tries < 100; tries++) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await new Promise((next) => setTimeout(next, 50));
  }
  throw new Error("the agent does not answer");
}

testNeeding(
  AGENT,
  "AgentSocket.ask() has nothing before there is an agent, and its answer after",
  async () => {
    using early = new AgentSocket("/nowhere/agent");
    assertEquals(await early.ask("guest-ping"), undefined);
    await withAgent(async (socket) => {
      const answer = await answerOf(() => socket.ask("guest-get-host-name"));
      assertEquals(answer, { "host-name": Deno.hostname() });
    });
  },
);

testNeeding(AGENT, "askAgent() reads version, system, name and interfaces of a real agent", async () => {
  await withAgent(async (socket) => {
    const guest = { askAgent: (command: string) => socket.ask(command) } as ProofGuest;
    const answers = await answerOf(() => askAgent(guest)) as Awaited<ReturnType<typeof askAgent>>;
    assert(/^\d+\.\d+/.test(answers?.version ?? ""), answers?.version);
    assertEquals(answers?.hostname, Deno.hostname());
    assert(answers?.system !== undefined);
    assert(answers.interfaces.every(({ name }) => name !== "lo"));
  });
});
