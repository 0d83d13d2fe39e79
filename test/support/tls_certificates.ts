/**
 * A certificate authority of the test's own, with a server on this host's loopback and a client, as libvirt wants
 * them (https://libvirt.org/kbase/tlscerts.html).
 *
 * @module
 */
import { join } from "@std/path";
import { runCommand } from "../../src/run/command.ts";

/** The program that makes them. */
export const CERTIFICATE_NEEDS = ["openssl"] as const;

/** Without extensions of its own: the default configuration makes every certificate that of an authority. */
const CONFIG = "[req]\ndistinguished_name = dn\n[dn]\n";
const NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

/** Makes `cacert.pem`, and certificate and key of `server` and `client`, in a folder. */
export async function makeCertificates(folder: string): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(join(folder, "openssl.conf"), CONFIG);
  const make = async (name: string, args: readonly string[]): Promise<void> => {
    const files = ["-keyout", `${name}key.pem`, "-out", `${name}cert.pem`];
    const all = ["req", "-x509", "-config", "openssl.conf", "-days", "2", ...NEW_KEY, ...files, ...args];
    await runCommand("openssl", all, { cwd: folder });
  };
  const authority = ["-CA", "cacert.pem", "-CAkey", "cakey.pem", "-addext", "basicConstraints=CA:FALSE"];
  await make("ca", ["-subj", "/CN=hyper2kvm test", "-addext", "basicConstraints=critical,CA:TRUE"]);
  await make("server", [...authority, "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]);
  await make("client", [...authority, "-subj", "/CN=client"]);
}
