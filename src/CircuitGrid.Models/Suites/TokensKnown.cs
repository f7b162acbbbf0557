namespace CircuitGrid.Models.Suites;

/// <summary>How it is known how many tokens a checkpoint has seen. The later of two is the less certain.</summary>
public enum TokensKnown
{
    /// <summary>Counted: the step times tokens per step that the suite, a table or the training's own record states.</summary>
    Counted,

    /// <summary>Rounded, as the checkpoint's name has them.</summary>
    Rounded,

    /// <summary>Assumed: the step times Pythia's tokens per step, because nothing says otherwise.</summary>
    Assumed,

    /// <summary>Nobody knows them: the step is the time.</summary>
    Unknown,
}
