/**
 * URIs of libvirt (https://libvirt.org/uri.html).
 *
 * @module
 */

/** What `--define` and `define` use when no URI is given. */
export const DEFAULT_URI = "qemu:///system";

/** Whether a URI is that of a libvirt on this host, which sees the same files as we do. */
export function isLocalUri(uri: string): boolean {
  const { protocol, hostname } = new URL(uri);
  const [driver, transport = "unix"] = protocol.slice(0, -1).split("+");
  return driver === "test" || (transport === "unix" && hostname === "");
}

/** Whether a text is a URI at all. */
export function isUri(text: string): boolean {
  return URL.canParse(text) && /^[a-z]+(\+[a-z0-9]+)?:\/\/[^/]*\//.test(text);
}

/** The URI with the path of a file of credentials in it, which libvirt reads itself. */
export function withAuthFile(uri: string, file: string | undefined): string {
  if (file === undefined) return uri;
  const separator = uri.includes("?") ? "&" : "?";
  return `${uri}${separator}authfile=${encodeURIComponent(file)}`;
}
