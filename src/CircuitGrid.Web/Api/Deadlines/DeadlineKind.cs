namespace CircuitGrid.Web.Api.Deadlines;

/// <summary>How long an answer may take, by what is asked.</summary>
public enum DeadlineKind
{
    /// <summary>What is looked up: a list, a state, a result.</summary>
    Quick,

    /// <summary>The start of an experiment, which waits a while for its plan.</summary>
    Start,

    /// <summary>What is computed: plans, comparisons, reports.</summary>
    Long,
}
