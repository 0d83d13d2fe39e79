/**
 * Root "on a guest" for tests: this machine over a real sshd on loopback. Paths are those of temporary folders.
 *
 * @module
 */
import { RemoteRoot } from "../../src/live/remote_root.ts";
import { SshSession } from "../../src/ssh/session.ts";
import { SshServer } from "./ssh_server.ts";
import { TempFolder } from "./temp.ts";

/** What the tests that use it need. */
export const LIVE_NEEDS = {
  programs: ["/usr/sbin/sshd", "ssh", "ssh-keygen", "flock", "tar"],
  root: true,
} as const;

/** A connection, a folder to work in, and the server to disturb. */
export class LiveRoot implements AsyncDisposable {
  readonly #resources: AsyncDisposableStack;
  /** The server. */
  readonly server: SshServer;
  /** The folder. */
  readonly folder: TempFolder;
  /** Root. */
  readonly root: RemoteRoot;

  private constructor(
    resources: AsyncDisposableStack,
    server: SshServer,
    folder: TempFolder,
    root: RemoteRoot,
  ) {
    this.#resources = resources;
    this.server = server;
    this.folder = folder;
    this.root = root;
  }

  /** Starts all of it. */
  static async start(): Promise<LiveRoot> {
    await using resources = new AsyncDisposableStack();
    const folder = resources.use(await TempFolder.create());
    const server = resources.use(await SshServer.start());
    const session = resources.use(await connect(server));
    const root = await RemoteRoot.open(session, { sudo: false });
    return new LiveRoot(resources.move(), server, folder, root);
  }

  /** Ends all of it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }
}

/** Logs in to the server as the user who runs the tests. */
export async function connect(server: SshServer): Promise<SshSession> {
  const address = { host: "127.0.0.1", port: server.port, path: "/" };
  return await SshSession.open(address, { options: server.options() }, new AbortController().signal);
}
