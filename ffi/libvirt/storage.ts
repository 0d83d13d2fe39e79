/**
 * Storage pools of libvirt and the volumes in them.
 *
 * @module
 */
import { Arena, type NonNullPointer } from "../c.ts";
import { orNull, unwrap, VIR_ERR } from "./error.ts";
import { VirtHandle } from "./handle.ts";
import { Stream } from "./stream.ts";

/** `VIR_STORAGE_VOL_UPLOAD_SPARSE_STREAM` */
const SPARSE = 1 << 0;

/** One storage pool. */
export class StoragePool extends VirtHandle {
  readonly #connection: NonNullPointer;

  /** Takes a `virStoragePoolPtr` over; made by a connection, which must stay open meanwhile. */
  constructor(pointer: NonNullPointer, connection: NonNullPointer) {
    super(pointer, (pool) => this.symbols.virStoragePoolFree(pool));
    this.#connection = connection;
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

  /** Makes its storage, such as the folder, where that is not there yet. */
  build(): void {
    unwrap(this.symbols, "virStoragePoolBuild", this.symbols.virStoragePoolBuild(this.pointer, 0));
  }

  /** Starts it. */
  create(): void {
    unwrap(this.symbols, "virStoragePoolCreate", this.symbols.virStoragePoolCreate(this.pointer, 0));
  }

  /** Stops it; its volumes stay on the storage. */
  destroy(): void {
    unwrap(this.symbols, "virStoragePoolDestroy", this.symbols.virStoragePoolDestroy(this.pointer));
  }

  /** Removes its definition; its volumes stay on the storage. */
  undefine(): void {
    unwrap(this.symbols, "virStoragePoolUndefine", this.symbols.virStoragePoolUndefine(this.pointer));
  }

  /** Makes it start with the host, or not. */
  setAutostart(on: boolean): void {
    const status = this.symbols.virStoragePoolSetAutostart(this.pointer, on ? 1 : 0);
    unwrap(this.symbols, "virStoragePoolSetAutostart", status);
  }

  /** Every volume. Release each. */
  listVolumes(): StorageVolume[] {
    return this.listAll(
      "virStoragePoolListAllVolumes",
      (out) => this.symbols.virStoragePoolListAllVolumes(this.pointer, out, 0),
      (pointer) => new StorageVolume(pointer, this.#connection),
    );
  }

  /** The volume with this name, null when there is none. */
  findVolume(name: string): StorageVolume | null {
    using arena = new Arena();
    const text = arena.string(name);
    return orNull(VIR_ERR.NO_STORAGE_VOL, () => {
      const result = this.symbols.virStorageVolLookupByName(this.pointer, text);
      return new StorageVolume(
        unwrap(this.symbols, "virStorageVolLookupByName", result),
        this.#connection,
      );
    });
  }

  /** Makes a volume from its XML. */
  createVolume(xml: string): StorageVolume {
    using arena = new Arena();
    const result = this.symbols.virStorageVolCreateXML(this.pointer, arena.string(xml), 0);
    return new StorageVolume(unwrap(this.symbols, "virStorageVolCreateXML", result), this.#connection);
  }
}

/** One volume of a storage pool. */
export class StorageVolume extends VirtHandle {
  readonly #connection: NonNullPointer;

  /** Takes a `virStorageVolPtr` over; made by a pool. */
  constructor(pointer: NonNullPointer, connection: NonNullPointer) {
    super(pointer, (volume) => this.symbols.virStorageVolFree(volume));
    this.#connection = connection;
  }

  /** Its name in the pool. */
  name(): string {
    return this.read("virStorageVolGetName", this.symbols.virStorageVolGetName(this.pointer));
  }

  /** Where it is on the hypervisor's host. */
  path(): string {
    return this.take("virStorageVolGetPath", this.symbols.virStorageVolGetPath(this.pointer));
  }

  /** Its description as XML, with format and sizes. */
  xml(): string {
    return this.take("virStorageVolGetXMLDesc", this.symbols.virStorageVolGetXMLDesc(this.pointer, 0));
  }

  /**
   * Writes bytes into it, from its start, through the connection.
   *
   * @returns where the bytes go: `send` them, then `finish`
   */
  upload(lengthBytes: number): Stream {
    const stream = Stream.create(this.symbols, this.#connection);
    try {
      const length = BigInt(lengthBytes);
      const status = this.symbols.virStorageVolUpload(this.pointer, stream.raw, 0n, length, SPARSE);
      unwrap(this.symbols, "virStorageVolUpload", status);
      return stream;
    } catch (error) {
      stream[Symbol.dispose]();
      throw error;
    }
  }

  /** Removes it from the pool, with its data. */
  delete(): void {
    unwrap(this.symbols, "virStorageVolDelete", this.symbols.virStorageVolDelete(this.pointer, 0));
  }
}
