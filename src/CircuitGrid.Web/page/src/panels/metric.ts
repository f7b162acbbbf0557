import type { CurvePanel } from "../charts/curves";
import { legend } from "../charts/legend";
import type { Library } from "../data/library";
import type { Task } from "../data/report";
import { count, interval, measure, percent } from "../format";
import { figure } from "../ui/figure";
import { Multiples } from "./multiples";
import type { PanelContext } from "./panels";

/** What a metric is called: its name in the report in words. */
export function metricName({ metric }: Task): string {
  const words: Readonly<Record<string, string>> = { "logit-diff": "logit difference", "prob-diff": "probability difference" };
  return words[metric] ?? metric;
}

/** Name and unit; a difference of probabilities says its unit by its name. */
export function metricLabel(task: Task): string {
  return task.unit && task.unit !== "probability" ? `${metricName(task)} (${task.unit})` : metricName(task);
}

/** The task metric over training tokens. */
export function metricPanel({ library }: PanelContext): HTMLElement {
  return figure({
    id: "metric",
    title: "When each task is learned",
    lead: "The task metric of the whole model: how much more the right answer is favoured over the wrong one. Zero is chance.",
    legend: legend(library, [{ kind: "hollow", meaning: "no task yet: the 95% interval isn’t above next to nothing, or the ablated model does as well" }]),
    body: new Multiples(library, library.tasks.map((task) => panel(library, task))).element,
    caption: "Training tokens on a logarithmic axis, with the untrained model at 0. Bands are 95% intervals over the task's examples.",
    data: {
      columns: ["task", "model", "step", "tokens", "metric [95% interval]", "on corrupted prompts", "accuracy", "status"],
      rows: () =>
        library.tasks.flatMap((task) =>
          library.models.flatMap(({ name }) =>
            library
              .line(name, task.name)
              .map((cell) => [
                task.name,
                name,
                count(cell.step),
                count(cell.tokens),
                interval(cell.metric, cell.metricLow, cell.metricHigh),
                measure(cell.corruptedMetric),
                percent(cell.accuracy),
                cell.status,
              ]),
          ),
        ),
    },
  });
}

function panel(library: Library, task: Task): CurvePanel {
  return {
    key: task.name,
    title: task.title,
    subtitle: metricLabel(task),
    format: measureTick,
    curves: library.models.map(({ name }) => ({
      model: name,
      breakAtHollow: false,
      points: library.line(name, task.name).map((cell) => ({
        step: cell.step,
        tokens: cell.tokens,
        value: cell.metric,
        low: cell.metricLow,
        high: cell.metricHigh,
        mark: cell.status === "no-task" ? "hollow" : "solid",
        text: `${interval(cell.metric, cell.metricLow, cell.metricHigh)} · ${percent(cell.accuracy)} right`,
      })),
    })),
  };
}

function measureTick(value: number): string {
  return String(Number(value.toPrecision(4))).replace("-", "−");
}
