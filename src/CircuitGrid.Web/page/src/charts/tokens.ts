import { short } from "../format";

/** A logarithmic axis of training tokens, or of steps where nobody knows them, on which the untrained model has a place of its own at the left edge. */
export interface TokenAxis {
  readonly domain: [number, number];
  /** Where zero tokens are drawn. */
  readonly origin: number;
  /** Where the axis breaks between zero and the first logarithmic position; null without a zero. */
  readonly gap: number | null;
  /** Round numbers with room for their labels on so many pixels. */
  ticks(pixels: number): number[];
  /** The position to draw a number of tokens at. */
  place(tokens: number): number;
  label(tick: number): string;
}

/** Share of the axis between zero and the first positive number of tokens. */
const zeroGap = 0.07;
/** A label with the space around it. */
const tickRoom = 42;

export function tokenAxis(tokens: Iterable<number>): TokenAxis {
  const all = [...tokens];
  const positive = all.filter((value) => value > 0);
  const first = positive.length > 0 ? Math.min(...positive) : 1;
  const newest = Math.max(first, ...positive);
  // A single checkpoint stands in the middle of a decade.
  const [low, last] = newest > first ? [first, newest] : [first / 3, first * 3];
  const gap = (last / low) ** zeroGap;
  const hasZero = all.some((value) => value <= 0);
  const origin = low / gap;
  return {
    domain: [hasZero ? origin : low, last],
    origin,
    gap: hasZero ? Math.sqrt(origin * low) : null,
    ticks: (pixels) => [...(hasZero ? [origin] : []), ...logTicks(low, last, Math.floor(pixels / tickRoom) - 1)],
    place: (value) => (value > 0 ? value : origin),
    label: (tick) => (hasZero && tick === origin ? "0" : short(tick)),
  };
}

/** Round numbers on a logarithmic axis: powers of ten, and over a few decades some numbers between them. */
export function logTicks(low: number, high: number, most = Infinity): number[] {
  const decades = Math.log10(high / low);
  const dense = decades > 4 ? 0 : decades > 2.2 ? 1 : decades > 0.7 ? 2 : 3;
  const choices = factors.slice(0, dense + 1).map((numbers) => ticksAt(numbers, low, high));
  return choices.findLast((ticks) => ticks.length <= most) ?? choices[0]!;
}

const factors = [[1], [1, 3], [1, 2, 5], [1, 1.5, 2, 3, 4, 5, 7]] as const;

function ticksAt(numbers: readonly number[], low: number, high: number): number[] {
  const ticks: number[] = [];
  for (let power = 10 ** Math.floor(Math.log10(low)); power <= high; power *= 10) {
    ticks.push(...numbers.map((factor) => factor * power).filter((tick) => tick >= low && tick <= high));
  }
  return ticks;
}
