using System.Collections.Immutable;

namespace CircuitGrid.Experiments.Audit;

/// <summary>How far an audit goes.</summary>
/// <param name="Weights">Reads the weights that nobody has looked at yet.</param>
/// <param name="CompareKinds">Reads every kind of weight file where a checkpoint has several.</param>
/// <param name="Accept">What the experiment accepts.</param>
public sealed record AuditOptions(bool Weights, bool CompareKinds, ImmutableArray<string> Accept);
