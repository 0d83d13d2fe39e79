/** Ports for servers that cannot choose one and tell of it. */

/** A port of loopback that nothing listens on. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
