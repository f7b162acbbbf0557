namespace CircuitGrid.Experiments.Comparison.Onsets;

/// <summary>Where a role's onset lies relative to that of the task it serves.</summary>
public enum OnsetOrder
{
    /// <summary>The role was there before the task appeared, and still was when it did.</summary>
    Before,

    /// <summary>Both appeared between the same two checkpoints.</summary>
    With,

    /// <summary>The task was there before the role appeared.</summary>
    After,

    /// <summary>Their intervals overlap.</summary>
    Undetermined,

    /// <summary>The role had appeared before, and was lost when the task appeared.</summary>
    Gone,

    /// <summary>The role isn't seen to appear.</summary>
    NotSeen,

    /// <summary>The task isn't seen to appear.</summary>
    NoTask,
}

/// <summary>Onsets held against each other.</summary>
public static class OnsetOrders
{
    /// <summary>
    /// Where a role lies relative to a task. Among several runs, of one head or of several, it is the earliest of those that last at the first checkpoint with the
    /// task: a role that nobody plays by then didn't prepare it.
    /// </summary>
    /// <param name="role">The role's runs, of whichever heads.</param>
    /// <param name="task">The task's first run; <see langword="null"/> where it isn't seen to appear.</param>
    public static OnsetOrder Of(IReadOnlyCollection<TrainingRun> role, TrainingRun? task)
    {
        if (task is null || role.Count == 0)
        {
            return task is null ? OnsetOrder.NoTask : OnsetOrder.NotSeen;
        }

        var there = task.By.Tokens;
        var begun = role.Where(r => r.By.Tokens <= there).ToArray();
        if (begun.Where(r => r.LostAt is not { } lost || lost.Tokens > there).MinBy(r => r.By.Tokens) is not { } run)
        {
            return begun.Length > 0 ? OnsetOrder.Gone
                : role.All(r => r.After is { } without && without.Tokens >= there) ? OnsetOrder.After
                : OnsetOrder.Undetermined;
        }

        return task.After is not { } before ? OnsetOrder.Undetermined
            : run.By.Tokens <= before.Tokens ? OnsetOrder.Before
            : run.By.Tokens == there && run.After is { } after && after.Tokens == before.Tokens ? OnsetOrder.With
            : OnsetOrder.Undetermined;
    }

    /// <summary>The word for it in files, e.g. <c>not-seen</c>.</summary>
    public static string NameOf(OnsetOrder order) => order switch
    {
        OnsetOrder.Before => "before",
        OnsetOrder.With => "with",
        OnsetOrder.After => "after",
        OnsetOrder.Gone => "gone",
        OnsetOrder.NotSeen => "not-seen",
        OnsetOrder.NoTask => "no-task",
        _ => "undetermined",
    };
}
