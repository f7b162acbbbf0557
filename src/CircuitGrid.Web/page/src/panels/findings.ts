import type { Library } from "../data/library";
import type { Interval, Verdict } from "../data/report";
import { appearance, highest, relation, roleTitle, type Appearance, type Relation } from "../data/roles";
import { count, interval, list, measure, percent, plural, range, short } from "../format";
import { isJudged } from "./stability";

/** What a first head must score somewhere for its role to be spoken of: the published threshold of copy scores. */
const strong = 0.1;

/** When each task is learned, over the models, with the ends of their intervals. */
export function learned(library: Library): string | null {
  const parts = library.tasks.flatMap((task) => {
    const found = library.models.flatMap(({ name }) => appearance(library.taskOnset(name, task.name), "first") ?? []);
    return found.length === 0 ? [] : [`${moments(found)} for ${task.title}`];
  });
  return parts.length === 0
    ? null
    : `The tasks are learned, at a third of their highest metric, after ${list(parts)} (training tokens, over the models; in brackets what their 95% intervals span).`;
}

/** "1.02M–1.54M [524k–1.54M]"; without the second where there is no interval. */
function moments(found: readonly Appearance[]): string {
  const ends = found.flatMap(({ low, high }) => [low, high].filter((end) => end !== null));
  return `${range(found.map(({ at }) => at), short)}${ends.length === 0 ? "" : ` [${range(ends, short)}]`}`;
}

const orderWords = [
  ["before", "before the task they serve appear"],
  ["together", "with it, as far as the intervals tell,"],
  ["after", "after it"],
] as const satisfies readonly (readonly [Relation, string])[];

/** When roles appear relative to the task they serve; only of roles that some head plays, and that were seen to rise. */
export function roleOrder(library: Library): string[] {
  const told = library.roles.flatMap((name) => {
    const models = library.models.flatMap(({ name: model }) => {
      const role = library.role(model, name);
      const found = role && highest(role) >= strong ? appearance(role.onset, "first") : null;
      return role && found ? [{ found, relation: relation(library, model, role, "score", "first") }] : [];
    });
    return models.some((entry) => orderWords.some(([kind]) => kind === entry.relation)) ? [{ name, models }] : [];
  });
  const clauses = orderWords.flatMap(([kind, words]) => {
    const roles = told.flatMap(({ name, models }) => {
      const own = models.filter((entry) => entry.relation === kind);
      return own.length === 0 ? [] : [`${roleTitle(name).replace(/^[A-Z](?!-)/, (letter) => letter.toLowerCase())} at ${moments(own.map(({ found }) => found))} (${own.length} of ${plural(models.length, "model")})`];
    });
    return roles.length === 0 ? [] : [`${words} ${list(roles)}`];
  });
  if (clauses.length === 0) {
    return [];
  }
  const sentence = clauses.join("; ");
  return [`${sentence[0]!.toUpperCase()}${sentence.slice(1)}: tokens at which the first head of the task’s circuit has a third of its highest score, of roles in which it scores ${strong} or more.`];
}

/** How many consecutive circuits differ by more than noise, in all and by model. */
export function beyondNoise(library: Library): string | null {
  const pairs = library.report.trajectories.flatMap(({ model, differences }) => (differences ?? []).filter(isJudged).map((difference) => ({ model, difference })));
  if (pairs.length === 0) {
    return null;
  }
  const differ = (some: typeof pairs): number => some.filter(({ difference }) => difference.verdict !== "within-noise").length;
  const passing = pairs.filter(({ difference }) => difference.discovered).length;
  const models = library.models.flatMap(({ name }) => {
    const own = pairs.filter(({ model }) => model === name);
    return own.length === 0 ? [] : [`${count(differ(own))} of ${count(own.length)} in ${name}`];
  });
  const verdicts = (verdict: Verdict): number => pairs.filter(({ difference }) => difference.verdict === verdict).length;
  const [real, structural] = [verdicts("real"), verdicts("structural-only")];
  const kinds =
    real + structural === 0
      ? ""
      : ` On the other checkpoint’s model at least one circuit of ${count(real)} of these pairs keeps less than ${percent(library.threshold)} of the task, a real difference; both circuits of ${count(structural)} keep it and differ in structure only.`;
  return (
    `Of ${plural(pairs.length, "pair")} of consecutive circuits ${count(differ(pairs))} (${percent(differ(pairs) / pairs.length)}) ${differ(pairs) === 1 ? "differs" : "differ"} by more than noise, the 95% interval of their difference lying below 0` +
    `${models.length > 1 ? `: ${list(models)}` : ""}; ${count(passing)} of all at a false-discovery rate of 5%.${kinds}`
  );
}

/** Whether larger models' circuits are larger and steadier, as far as tasks and models can tell. */
export function growth(library: Library): string[] {
  const { growth: change, scale } = library.report;
  if (!change) {
    return [];
  }
  const { smallest, largest, tasks, nodeRatio, nodeRatioInterval, jaccardDifference, jaccardDifferenceInterval } = change;
  const size = direction(nodeRatioInterval, 1, ["has the larger circuits", "has the smaller circuits", "can’t be told to have larger circuits"]);
  const sizes = `by nodes, the larger model’s are ${interval(nodeRatio, nodeRatioInterval?.low, nodeRatioInterval?.high)} times those of the smaller`;
  const steady = direction(jaccardDifferenceInterval, 0, ["its circuits are steadier", "its circuits are less steady", "its circuits can’t be told to be steadier"]);
  const steadiness =
    jaccardDifference === null
      ? ""
      : `; from checkpoint to checkpoint ${steady}: the similarity of its consecutive circuits exceeds the smaller model’s by ${signed(jaccardDifference)}${jaccardDifferenceInterval ? ` [${signed(jaccardDifferenceInterval.low)}, ${signed(jaccardDifferenceInterval.high)}]` : ""}`;
  const sentences = [`Of ${smallest} and ${largest}, the larger ${size}: ${sizes}${steadiness} (means over ${plural(tasks, "task")}, 95% intervals over tasks).`];
  const models = Math.max(...scale.map(({ points }) => points.length));
  const known = scale.filter(({ pearsonParameters }) => pearsonParameters !== null);
  if (known.length > 0) {
    const rising = known.filter(({ pearsonParametersInterval }) => pearsonParametersInterval && pearsonParametersInterval.low > 0).length;
    const steadier = known.filter(({ spearmanStabilityInterval }) => spearmanStabilityInterval && spearmanStabilityInterval.low > 0).length;
    sentences.push(
      `Over all ${plural(models, "model")} the number of nodes correlates with that of parameters by r = ${range(known.map(({ pearsonParameters }) => pearsonParameters!), measure)}, ` +
        (models < enoughModels
          ? "but fewer than four models can’t tell a correlation: the intervals are −1 to 1."
          : `with an interval above 0 in ${count(rising)} of ${plural(known.length, "task")}; steadiness rises with parameters beyond doubt in ${count(steadier)}.`),
    );
  }
  return sentences;
}

/** From here on the interval of a correlation says something. */
const enoughModels = 4;

function direction(around: Interval | null, nothing: number, [above, below, unknown]: readonly [string, string, string]): string {
  if (!around) {
    return unknown;
  }
  return around.low > nothing ? above : around.high < nothing ? below : unknown;
}

function signed(value: number): string {
  return `${value > 0 ? "+" : ""}${measure(value)}`;
}
