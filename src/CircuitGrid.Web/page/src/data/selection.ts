import type { Library } from "./library";

/** The cell the reader is looking at. */
export interface Selected {
  readonly model: string;
  readonly task: string;
  readonly step: number;
}

type Listener = (selected: Selected) => void;

/** The one cell that all panels with a selector share; kept in the address, so that a link names a cell. */
export class Selection {
  private readonly listeners: Listener[] = [];
  private state: Selected;

  constructor(private readonly library: Library) {
    const address = new URLSearchParams(location.hash.slice(1));
    const model = library.model(address.get("model") ?? "") ?? library.models.at(-1);
    const task = library.task(address.get("task") ?? "") ?? library.tasks[0];
    const wanted = address.get("step");
    this.state = this.settle(model?.name ?? "", task?.name ?? "", wanted === null ? null : Number(wanted));
  }

  get current(): Selected {
    return this.state;
  }

  /** Calls the listener now and at every change. */
  watch(listener: Listener): void {
    this.listeners.push(listener);
    listener(this.state);
  }

  select(change: Partial<Selected>): void {
    const next = { ...this.state, ...change };
    const settled = this.settle(next.model, next.task, next.step);
    if (settled.model === this.state.model && settled.task === this.state.task && settled.step === this.state.step) {
      return;
    }
    this.state = settled;
    const address = new URLSearchParams({ model: settled.model, task: settled.task, step: String(settled.step) });
    history.replaceState(null, "", `#${address}`);
    this.listeners.forEach((listener) => listener(settled));
  }

  /** Models needn't have the same checkpoints: the nearest one at or before the wanted step is taken, else the first. */
  private settle(model: string, task: string, step: number | null): Selected {
    const line = this.library.line(model, task);
    const wanted = step === null || Number.isNaN(step) ? Infinity : step;
    const found = line.findLast((cell) => cell.step <= wanted) ?? line[0];
    return { model, task, step: found?.step ?? 0 };
  }
}
