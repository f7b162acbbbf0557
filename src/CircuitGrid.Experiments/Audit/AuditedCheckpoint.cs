using CircuitGrid.Models.Checkpoints.Prints;
using CircuitGrid.Models.Suites;

namespace CircuitGrid.Experiments.Audit;

/// <summary>A checkpoint and what is known of its weights.</summary>
/// <param name="Checkpoint">The checkpoint.</param>
/// <param name="Digest">What equal weights have equal: a digest, or several files' together; <see langword="null"/> where nothing is known.</param>
/// <param name="Print">Its weights as numbers; <see langword="null"/> where they haven't passed yet.</param>
public sealed record AuditedCheckpoint(SuiteCheckpoint Checkpoint, string? Digest, WeightPrint? Print);
