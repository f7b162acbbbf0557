import type { Library } from "../data/library";
import type { Selection } from "../data/selection";
import { html } from "./dom";

export interface Choice<T extends string> {
  readonly value: T;
  readonly label: string;
}

let groups = 0;

/** A row of choices of which one holds; the browser's radio buttons bring the keyboard with them. */
export function segmented<T extends string>(label: string, choices: readonly Choice<T>[], chosen: T, change: (value: T) => void): HTMLElement {
  const name = `choice-${++groups}`;
  return html(
    "fieldset",
    { class: "segmented" },
    html("legend", {}, label),
    ...choices.map(({ value, label: text }) =>
      html(
        "label",
        {},
        html("input", { type: "radio", name, value, checked: value === chosen, onchange: () => change(value) }),
        html("span", {}, text),
      ),
    ),
  );
}

function dropdown(label: string, control: string, choices: readonly Choice<string>[], change: (value: string) => void): { field: HTMLElement; select: HTMLSelectElement } {
  const select = html("select", { "data-control": control }, ...choices.map(({ value, label: text }) => html("option", { value }, text)));
  select.addEventListener("change", () => change(select.value));
  // A long choice is cut by the list's width.
  select.addEventListener("pointerenter", () => select.setAttribute("title", select.selectedOptions[0]?.text ?? ""));
  return { field: html("label", { class: "field" }, html("span", {}, label), select), select };
}

/** Selectors of model and task that follow the shared selection. */
export function cellSelectors(library: Library, selection: Selection): HTMLElement[] {
  const model = dropdown("Model", "model", library.models.map(({ name }) => ({ value: name, label: name })), (value) => selection.select({ model: value }));
  const task = dropdown("Task", "task", library.tasks.map(({ name, title }) => ({ value: name, label: title })), (value) => selection.select({ task: value }));
  selection.watch((selected) => {
    model.select.value = selected.model;
    task.select.value = selected.task;
  });
  return [model.field, task.field];
}

/** A selector of the model alone that follows the shared selection. */
export function modelSelector(library: Library, selection: Selection): HTMLElement {
  const { field, select } = dropdown("Model", "model", library.models.map(({ name }) => ({ value: name, label: name })), (value) => selection.select({ model: value }));
  selection.watch(({ model }) => {
    select.value = model;
  });
  return field;
}

/** A drop-down list of its own. */
export function chooser<T extends string>(label: string, control: string, choices: readonly Choice<T>[], chosen: T, change: (value: T) => void): HTMLElement {
  const { field, select } = dropdown(label, control, choices, (value) => change(value as T));
  select.value = chosen;
  return field;
}
