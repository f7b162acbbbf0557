import type { Cell, Circuit, Model, Onset, Report, Scale, Task, Trajectory } from "./report";
import type { ModelRoles, Role } from "./role-report";

/** How a model is told apart everywhere: by colour, by dash and by symbol, so that no one of them is needed. */
export interface ModelLook {
  readonly color: string;
  readonly dash: string | undefined;
  readonly symbol: "circle" | "square" | "triangle" | "diamond" | "wye" | "star";
}

/** The paper's four first. */
const roleOrder: readonly string[] = ["induction", "successor", "copying", "copy-suppression", "negative-copying", "s-inhibition", "duplicate-token", "previous-token"];

const dashes = [undefined, "7 3", "2 3", "9 3 2 3", "4 2", "12 4"] as const;
const symbols = ["circle", "square", "triangle", "diamond", "wye", "star"] as const;
const colors = 8;

/** The report's parts by what they are about, in the order they are shown: models by size, checkpoints by step. */
export class Library {
  readonly models: readonly Model[];
  readonly tasks: readonly Task[];
  /** Steps at which any model was analysed, ascending. */
  readonly steps: readonly number[];

  private readonly cells = new Map<string, Cell>();
  private readonly series = new Map<string, Cell[]>();
  private readonly circuits = new Map<string, Circuit>();
  private readonly trajectories = new Map<string, Trajectory>();
  private readonly scales = new Map<string, Scale>();
  private readonly looks = new Map<string, ModelLook>();
  private readonly onsets = new Map<string, Onset>();
  private readonly heads = new Map<string, ModelRoles>();

  constructor(readonly report: Report) {
    const lines = new Map(report.models.map((model) => [model.name, ancestry(report.models, model)]));
    this.models = report.models.toSorted((a, b) => a.parameters - b.parameters || compare(lines.get(a.name)!, lines.get(b.name)!));
    this.tasks = report.tasks;
    this.models.forEach((model, index) =>
      this.looks.set(model.name, {
        color: `var(--model-${(index % colors) + 1})`,
        dash: dashes[index % dashes.length],
        symbol: symbols[index % symbols.length]!,
      }),
    );
    for (const cell of report.cells) {
      this.cells.set(key(cell.model, cell.task, cell.step), cell);
      const line = this.series.get(key(cell.model, cell.task));
      if (line) {
        line.push(cell);
      } else {
        this.series.set(key(cell.model, cell.task), [cell]);
      }
    }
    for (const line of this.series.values()) {
      line.sort((a, b) => a.step - b.step);
    }
    report.circuits.forEach((circuit) => this.circuits.set(key(circuit.model, circuit.task, circuit.step), circuit));
    report.trajectories.forEach((trajectory) => this.trajectories.set(key(trajectory.model, trajectory.task), trajectory));
    report.scale.forEach((scale) => this.scales.set(scale.task, scale));
    report.taskOnsets.forEach(({ model, task, onset }) => this.onsets.set(key(model, task), onset));
    report.roles.forEach((roles) => this.heads.set(roles.model, roles));
    this.steps = [...new Set(report.cells.map((cell) => cell.step))].sort((a, b) => a - b);
  }

  /** The share of the task metric that a circuit is required to keep. */
  get threshold(): number {
    const { threshold } = this.report.analysis;
    return typeof threshold === "number" ? threshold : 0.8;
  }

  look(model: string): ModelLook {
    return this.looks.get(model) ?? { color: "var(--muted)", dash: undefined, symbol: "circle" };
  }

  model(name: string): Model | undefined {
    return this.models.find((model) => model.name === name);
  }

  task(name: string): Task | undefined {
    return this.tasks.find((task) => task.name === name);
  }

  cell(model: string, task: string, step: number): Cell | undefined {
    return this.cells.get(key(model, task, step));
  }

  /** The cells of one model and task, by step. */
  line(model: string, task: string): readonly Cell[] {
    return this.series.get(key(model, task)) ?? [];
  }

  /** The last checkpoint's cell of one model and task. */
  final(model: string, task: string): Cell | undefined {
    return this.line(model, task).at(-1);
  }

  circuit(model: string, task: string, step: number): Circuit | undefined {
    return this.circuits.get(key(model, task, step));
  }

  trajectory(model: string, task: string): Trajectory | undefined {
    return this.trajectories.get(key(model, task));
  }

  /** When a model learns a task. */
  taskOnset(model: string, task: string): Onset | undefined {
    return this.onsets.get(key(model, task));
  }

  /** What a model's heads are for. */
  modelRoles(model: string): ModelRoles | undefined {
    return this.heads.get(model);
  }

  role(model: string, role: string): Role | undefined {
    return this.heads.get(model)?.roles.find((entry) => entry.role === role);
  }

  /** The roles that any model has scores in, in the order they are shown. */
  get roles(): readonly string[] {
    const found = new Set(this.report.roles.flatMap(({ roles }) => roles.map(({ role }) => role)));
    return [...roleOrder.filter((role) => found.has(role)), ...[...found].filter((role) => !roleOrder.includes(role))];
  }

  scale(task: string): Scale | undefined {
    return this.scales.get(task);
  }
}

/** The names of the models that a model's training went through, its own last: a training stands behind the one that it goes on from. */
function ancestry(models: readonly Model[], { name, parent }: Model, seen: readonly string[] = []): string[] {
  const before = models.find((model) => model.name === parent);
  return [...(before && !seen.includes(before.name) ? ancestry(models, before, [...seen, name]) : []), name];
}

function compare(a: readonly string[], b: readonly string[]): number {
  const apart = a.findIndex((name, i) => name !== b[i]);
  return apart < 0 ? a.length - b.length : b[apart] === undefined ? 1 : a[apart]!.localeCompare(b[apart]);
}

function key(...parts: readonly (string | number)[]): string {
  return JSON.stringify(parts);
}
