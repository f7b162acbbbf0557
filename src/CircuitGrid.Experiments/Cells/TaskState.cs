using CircuitGrid.Circuits.Tasks;

namespace CircuitGrid.Experiments.Cells;

/// <summary>What a model makes of a task.</summary>
public enum TaskState
{
    /// <summary>It does the task: <see cref="CellResult.HasTask"/>.</summary>
    Task,

    /// <summary>It isn't seen to.</summary>
    NoTask,

    /// <summary>It does the opposite: its effect is significantly below zero, the whole 95 % interval.</summary>
    Against,

    /// <summary>It has a single example, or one prompt several times, which can't tell: the interval of its metric has no ends.</summary>
    OneExample,
}

/// <summary>States of results, and the words for them in files, tables and reports.</summary>
public static class TaskStates
{
    /// <summary>A result's state, whether there is a circuit or not.</summary>
    public static TaskState Of(CellStatus status, MeanInterval effect) =>
        effect.High < 0 ? TaskState.Against
        : double.IsNegativeInfinity(effect.Low) ? TaskState.OneExample
        : status != CellStatus.NoTask ? TaskState.Task
        : TaskState.NoTask;

    /// <summary>A result's state.</summary>
    /// <param name="result">The result.</param>
    /// <param name="dataset">Its examples, of which those with the same prompt are one; every one counts by itself where they aren't at hand.</param>
    public static TaskState Of(CellResult result, TaskDataset? dataset = null) => Of(result.Status, result.EffectOf(dataset));

    /// <summary>The word for it.</summary>
    public static string NameOf(TaskState state) => state switch
    {
        TaskState.Task => "task",
        TaskState.Against => "against",
        TaskState.OneExample => "one-example",
        _ => "no-task",
    };
}
