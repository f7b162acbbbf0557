// Numbers as people read them. A missing number is an en dash; minus is the real sign.

const absent = "–";
const units = [
  { size: 1e12, letter: "T" },
  { size: 1e9, letter: "B" },
  { size: 1e6, letter: "M" },
  { size: 1e3, letter: "k" },
] as const;

type Maybe = number | null | undefined;

function isMissing(value: Maybe): value is null | undefined {
  return value === null || value === undefined || !Number.isFinite(value);
}

function withMinus(text: string): string {
  return text.replace("-", "−");
}

/** 1,234 */
export function count(value: Maybe): string {
  return isMissing(value) ? absent : withMinus(value.toLocaleString("en-US", { maximumFractionDigits: 1 }));
}

/** Three significant digits and a unit: 162k, 4.10M, 300B. */
export function short(value: Maybe): string {
  if (isMissing(value)) {
    return absent;
  }
  // 999,600 is 1.00M, not 1000k: the unit is chosen after rounding.
  const rounded = Number(value.toPrecision(3));
  const unit = units.find(({ size }) => Math.abs(rounded) >= size);
  return withMinus(unit ? `${Number((rounded / unit.size).toPrecision(3))}${unit.letter}` : String(rounded));
}

/** A metric or a similarity: as many decimals as its size deserves. */
export function measure(value: Maybe): string {
  if (isMissing(value)) {
    return absent;
  }
  const size = Math.abs(value);
  const text = size >= 100 ? value.toFixed(0) : size >= 10 ? value.toFixed(1) : size >= 0.1 || size === 0 ? value.toFixed(2) : size >= 0.0005 ? value.toFixed(3) : value.toPrecision(1);
  return withMinus(text);
}

/** An edge score with its sign: +0.0123. */
export function score(value: Maybe): string {
  if (isMissing(value)) {
    return absent;
  }
  const size = Math.abs(value);
  const text = size === 0 ? "0" : size >= 1000 ? count(Math.round(size)) : size >= 1e-4 ? size.toPrecision(3) : size.toExponential(1);
  return `${value < 0 ? "−" : "+"}${withMinus(text)}`;
}

/** 3.4% */
export function percent(value: Maybe): string {
  if (isMissing(value)) {
    return absent;
  }
  const hundredths = value * 100;
  return `${withMinus(hundredths.toFixed(Math.abs(hundredths) >= 10 || hundredths === 0 ? 0 : Math.abs(hundredths) >= 1 ? 1 : 2))}%`;
}

/** 1.23 [1.10, 1.36] */
export function interval(value: Maybe, low: Maybe, high: Maybe): string {
  return isMissing(low) || isMissing(high) ? measure(value) : `${measure(value)} [${measure(low)}, ${measure(high)}]`;
}

/** 3 min 12 s */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 1) {
    return "under a second";
  }
  const parts = [
    [Math.floor(whole / 3600), "h"],
    [Math.floor((whole % 3600) / 60), "min"],
    [whole % 60, "s"],
  ] as const;
  return parts
    .filter(([amount]) => amount > 0)
    .slice(0, 2)
    .map(([amount, unit]) => `${amount} ${unit}`)
    .join(" ");
}

/** "one model", "3 models" */
export function plural(amount: number, noun: string, many = `${noun}s`): string {
  return `${count(amount)} ${amount === 1 ? noun : many}`;
}

const longestName = 16;

/** A long name cut in the middle: suites stand at the start of names, sizes and seeds at the end. */
export function shortName(name: string, longest = longestName): string {
  const half = Math.floor(longest / 2);
  return name.length <= longest ? name : `${name.slice(0, half - 1)}…${name.slice(-half)}`;
}

/** "a, b and c" */
export function list(items: readonly string[]): string {
  return items.length < 2 ? (items[0] ?? "") : `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}

/** The smallest and the largest of some numbers in words: "2.1–9.8%", or one where they read the same. */
export function range(values: readonly number[], format: (value: number) => string): string {
  const low = format(Math.min(...values));
  const high = format(Math.max(...values));
  if (low === high) {
    return low;
  }
  // 5.4–35% rather than 5.4%–35%.
  const unit = /[A-Za-z%]$/.exec(high)?.[0];
  return `${unit && low.endsWith(unit) ? low.slice(0, -1) : low}–${high}`;
}
