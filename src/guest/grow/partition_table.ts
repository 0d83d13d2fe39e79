/**
 * The partition table of a disk as sfdisk(8) describes it, and which partition can take the space behind it.
 *
 * @module
 */

/** One partition; numbers are in sectors. */
export interface Partition {
  /** Device in the appliance. */
  readonly device: string;
  /** Its number. */
  readonly number: number;
  /** First sector. */
  readonly start: number;
  /** Length. */
  readonly size: number;
  /** Whether it only holds logical partitions. */
  readonly isExtended: boolean;
}

/** A partition table. */
export interface PartitionTable {
  /** `dos` or `gpt`. */
  readonly label: string;
  /** Its partitions. */
  readonly partitions: readonly Partition[];
}

/** Types of extended partitions in an MBR. */
const EXTENDED: ReadonlySet<string> = new Set(["5", "f", "85"]);
/** The first number of a logical partition in an MBR. */
const FIRST_LOGICAL = 5;

interface RawTable {
  readonly partitiontable: {
    readonly label: string;
    readonly partitions?: readonly { node: string; start: number; size: number; type: string }[];
  };
}

/**
 * Reads the output of `sfdisk --json`.
 *
 * @param disk the disk as libguestfs names it, which may not be the name in the output
 */
export function parsePartitionTable(json: string, disk: string): PartitionTable {
  const { label, partitions = [] } = (JSON.parse(json) as RawTable).partitiontable;
  return {
    label,
    partitions: partitions.map(({ node, start, size, type }) => {
      const number = Number(/(\d+)$/.exec(node)?.[1] ?? 0);
      const isExtended = label === "dos" && EXTENDED.has(type.toLowerCase());
      return { device: `${disk}${number}`, number, start, size, isExtended };
    }),
  };
}

/** The partition with nothing but free space behind it; undefined for an empty table. */
export function lastPartition({ partitions }: PartitionTable): Partition | undefined {
  return partitions.filter(({ isExtended }) => !isExtended)
    .toSorted((a, b) => (a.start + a.size) - (b.start + b.size)).at(-1);
}

/** Numbers of the partitions to enlarge, the outer one first: a logical partition lies in an extended one. */
export function enlargedNumbers(table: PartitionTable, last: Partition): readonly number[] {
  const outer = table.label === "dos" && last.number >= FIRST_LOGICAL
    ? table.partitions.filter(({ isExtended }) => isExtended).map(({ number }) => number)
    : [];
  return [...outer, last.number];
}
