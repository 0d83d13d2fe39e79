/**
 * A virtual network of libvirt.
 *
 * @module
 */
import type { NonNullPointer } from "../c.ts";
import { unwrap } from "./error.ts";
import { VirtHandle } from "./handle.ts";

/** One virtual network. */
export class Network extends VirtHandle {
  /** Takes a `virNetworkPtr` over; made by a connection. */
  constructor(pointer: NonNullPointer) {
    super(pointer, (network) => this.symbols.virNetworkFree(network));
  }

  /** Its name. */
  name(): string {
    return this.read("virNetworkGetName", this.symbols.virNetworkGetName(this.pointer));
  }

  /** The bridge that its guests are on, such as `virbr0`. */
  bridge(): string {
    return this.take("virNetworkGetBridgeName", this.symbols.virNetworkGetBridgeName(this.pointer));
  }

  /** Whether it is started: a domain on a stopped network does not start. */
  isActive(): boolean {
    return unwrap(this.symbols, "virNetworkIsActive", this.symbols.virNetworkIsActive(this.pointer)) === 1;
  }

  /** Its definition as XML. */
  xml(): string {
    return this.take("virNetworkGetXMLDesc", this.symbols.virNetworkGetXMLDesc(this.pointer, 0));
  }
}
