import type { Cell } from "./report";

/**
 * The first checkpoint from which on the task metric stays at half of its final value or more; null where the last
 * checkpoint has no task or is the only one. Half of the final value is compared instead of a fixed level because units differ between tasks.
 */
export function onset(line: readonly Cell[]): Cell | null {
  const last = line.at(-1);
  if (line.length < 2 || !last || last.status === "no-task" || last.metric === null || last.metric <= 0) {
    return null;
  }
  const half = last.metric / 2;
  let first: Cell = last;
  for (const cell of line.toReversed()) {
    if (cell.metric === null || cell.metric < half) {
      break;
    }
    first = cell;
  }
  return first;
}
