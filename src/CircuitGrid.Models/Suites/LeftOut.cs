namespace CircuitGrid.Models.Suites;

/// <summary>Something in a suite's folder that isn't analysed.</summary>
/// <param name="Model">The model it was found at; empty for the suite itself.</param>
/// <param name="Name">Its name: a folder's, or a revision's.</param>
/// <param name="Reason">Why, in one line that goes on after the name.</param>
/// <param name="IsCheckpoint">Whether it has the looks of a checkpoint: a name, a configuration or weights.</param>
public sealed record LeftOut(string Model, string Name, string Reason, bool IsCheckpoint)
{
    public override string ToString() => Model.Length == 0 ? $"{Name}: {Reason}" : $"{Model}: {Name}: {Reason}";
}
