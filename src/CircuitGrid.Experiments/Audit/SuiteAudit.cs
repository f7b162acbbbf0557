using System.Collections.Immutable;
using CircuitGrid.Models.Suites;

namespace CircuitGrid.Experiments.Audit;

/// <summary>What an audit of a suite has found.</summary>
/// <param name="Suite">The suite, with what is in its folder and isn't taken.</param>
/// <param name="Findings">What was found, model by model, by step.</param>
/// <param name="Checkpoints">Number of checkpoints.</param>
/// <param name="Known">Number of checkpoints whose weights were looked at, now or by an earlier run.</param>
public sealed record SuiteAudit(SuiteFolder Suite, ImmutableArray<AuditFinding> Findings, int Checkpoints, int Known);
