import type { CurvePanel } from "../charts/curves";
import { legend } from "../charts/legend";
import type { OnsetRow } from "../charts/onsets";
import type { Library } from "../data/library";
import type { Cell, Task } from "../data/report";
import { appearance } from "../data/roles";
import { axisTitle, timeColumn } from "../data/time";
import { count, interval, measure, percent, plural } from "../format";
import { figure } from "../ui/figure";
import { Multiples } from "./multiples";
import type { PanelContext } from "./panels";

/** What a metric is called: its name in the report in words. */
export function metricName({ metric }: Task): string {
  const words: Readonly<Record<string, string>> = {
    "logit-diff": "logit difference",
    "prob-diff": "probability difference",
    "log-prob": "log-probability",
    "log-prob-diff": "log-probability difference",
    kl: "divergence from the clean run",
  };
  return words[metric] ?? metric;
}

/** Why a cell has no circuit, in two words. */
export function stateText({ state }: Cell): string {
  return { against: "against", "one-example": "one example can’t tell", "no-task": "no task yet", task: "task" }[state];
}

/** Name and unit; a difference of probabilities says its unit by its name. */
export function metricLabel(task: Task): string {
  return task.unit && task.unit !== "probability" ? `${metricName(task)} (${task.unit})` : metricName(task);
}

/** The task metric over training. */
export function metricPanel({ library }: PanelContext): HTMLElement {
  return figure({
    id: "metric",
    title: "When each task is learned",
    lead: "The task metric of the whole model: how much more the right answer is favoured over the wrong one. Zero is chance.",
    legend: legend(library, [
      ...(library.report.taskOnsets.length > 0 ? ([{ kind: "hollow", meaning: "above a panel: the task is learned, and after which checkpoint" }] as const) : []),
      { kind: "hollow", meaning: "no task: the 95% interval isn’t above the smallest effect of interest, or the ablated model does as well; against, where it lies below zero" },
    ]),
    body: new Multiples(library, library.tasks.map((task) => panel(library, task))).element,
    caption:
      `${capital(axisTitle(library.report))} on a logarithmic axis, with the untrained model at 0. ` +
      "Bands are 95% intervals over the task's examples. A task is learned with the first of " + plural(library.report.onsetRun, "checkpoint") + " that have it, lower bound and ablated model included; where the series ends, two are enough. Its line begins at the last checkpoint without it.",
    data: {
      columns: ["task", "model", "step", timeColumn(library.report), "metric [95% interval]", "on corrupted prompts", "accuracy", "status", "state"],
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
                cell.state,
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
    ...(library.report.taskOnsets.length > 0 ? { onsets: library.models.map(({ name }) => onsetRow(library, name, task)) } : {}),
    curves: library.models.map(({ name }) => ({
      model: name,
      breakAtHollow: false,
      points: library.line(name, task.name).map((cell) => ({
        step: cell.step,
        tokens: cell.tokens,
        value: cell.metric,
        low: cell.metricLow,
        high: cell.metricHigh,
        mark: cell.status === "no-task" || cell.state === "against" ? "hollow" : "solid",
        text: `${interval(cell.metric, cell.metricLow, cell.metricHigh)} · ${percent(cell.accuracy)} right${cell.state === "against" ? " · against" : ""}`,
      })),
    })),
  };
}

function onsetRow(library: Library, model: string, task: Task): OnsetRow {
  const learned = appearance(library.taskOnset(model, task.name), "seen");
  return { model, marks: learned ? [{ ...learned, kind: "task", name: `${task.title} is learned` }] : [] };
}

function measureTick(value: number): string {
  return String(Number(value.toPrecision(4))).replace("-", "−");
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
