/**
 * A few things at a time.
 *
 * @module
 */

/**
 * Calls a function for every item, at most `limit` at a time; the results are in the order of the items. After
 * a failure no further call begins, and the error comes when those that run have ended.
 */
export async function mapParallel<T, R>(
  items: readonly T[],
  limit: number,
  call: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const waiting = items.entries();
  let failed = false;
  const work = async (): Promise<void> => {
    for (const [index, item] of waiting) {
      if (failed) return;
      try {
        results[index] = await call(item, index);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: Math.min(limit, items.length) }, work));
  const failure = ends.find((end) => end.status === "rejected");
  if (failure !== undefined) throw failure.reason;
  return results;
}

/** How much of {@linkcode mapParallelByGroup} runs at a time. */
export interface GroupLimits {
  /** Groups at the same time. */
  readonly groups: number;
  /** Items of one group at the same time. */
  readonly perGroup: number;
}

/**
 * Calls a function for every item, few at a time of those that share a group, while other groups go on; the results
 * are in the order of the items. After a failure no further call of its group begins, and no further group.
 */
export async function mapParallelByGroup<T, R>(
  items: readonly T[],
  groupOf: (item: T) => unknown,
  { groups, perGroup }: GroupLimits,
  call: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const byGroup = Map.groupBy(items.keys(), (index) => groupOf(items[index]!));
  await mapParallel([...byGroup.values()], groups, async (indexes) => {
    await mapParallel(indexes, perGroup, async (index) => {
      results[index] = await call(items[index]!, index);
    });
  });
  return results;
}
