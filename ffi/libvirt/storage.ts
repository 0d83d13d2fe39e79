/**
 * Storage pools of libvirt and the volumes in them.
 *
 * @module
 */
import { Arena, type NonNullPointer } from "../c.ts";
import { orNull, unwrap, VIR_ERR } from "./error.ts";
import { VirtHandle } from "./handle.ts";

/** One storage pool. */
export class StoragePool extends VirtHandle {
  /** Takes a `virStoragePoolPtr` over; made by a connection. */
  constructor(pointer: NonNullPointer) {
    super(pointer, (pool) => this.symbols.virStoragePoolFree(pool));
  }

  /** Its name. */
  name(): string {
    return this.read("virStoragePoolGetName", this.symbols.virStoragePoolGetName(this.pointer));
  }

  /** Whether it is started; a stopped one has no volumes to list. */
  isActive(): boolean {
    const result = this.symbols.virStoragePoolIsActive(this.pointer);
    return unwrap(this.symbols, "virStoragePoolIsActive", result) === 1;
  }

  /** Its definition as XML, with capacity and target path. */
  xml(): string {
    return this.take("virStoragePoolGetXMLDesc", this.symbols.virStoragePoolGetXMLDesc(this.pointer, 0));
  }

  /** Reads the storage again, so that files put there by others become volumes. */
  refresh(): void {
    unwrap(this.symbols, "virStoragePoolRefresh", this.symbols.virStoragePoolRefresh(this.pointer, 0));
  }

  /** Every volume. Release each. */
  listVolumes(): StorageVolume[] {
    return this.listAll(
      "virStoragePoolListAllVolumes",
      (out) => this.symbols.virStoragePoolListAllVolumes(this.pointer, out, 0),
      (pointer) => new StorageVolume(pointer),
    );
  }

  /** The volume with this name, null when there is none. */
  findVolume(name: string): StorageVolume | null {
    using arena = new Arena();
    const text = arena.string(name);
    return orNull(VIR_ERR.NO_STORAGE_VOL, () => {
      const result = this.symbols.virStorageVolLookupByName(this.pointer, text);
      return new StorageVolume(unwrap(this.symbols, "virStorageVolLookupByName", result));
    });
  }

  /** Makes a volume from its XML. */
  createVolume(xml: string): StorageVolume {
    using arena = new Arena();
    const result = this.symbols.virStorageVolCreateXML(this.pointer, arena.string(xml), 0);
    return new StorageVolume(unwrap(this.symbols, "virStorageVolCreateXML", result));
  }
}

/** One volume of a storage pool. */
export class StorageVolume extends VirtHandle {
  /** Takes a `virStorageVolPtr` over; made by a pool. */
  constructor(pointer: NonNullPointer) {
    super(pointer, (volume) => this.symbols.virStorageVolFree(volume));
  }

  /** Its name in the pool. */
  name(): string {
    return this.read("virStorageVolGetName", this.symbols.virStorageVolGetName(this.pointer));
  }

  /** Where it is on the hypervisor's host. */
  path(): string {
    return this.take("virStorageVolGetPath", this.symbols.virStorageVolGetPath(this.pointer));
  }

  /** Removes it from the pool, with its data. */
  delete(): void {
    unwrap(this.symbols, "virStorageVolDelete", this.symbols.virStorageVolDelete(this.pointer, 0));
  }
}
