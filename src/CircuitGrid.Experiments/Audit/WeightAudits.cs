using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Models.Suites;

namespace CircuitGrid.Experiments.Audit;

/// <summary>Audits of models' weights, each made once as long as the weights are the same. Safe for several threads.</summary>
/// <param name="digests">What is known of weights.</param>
public sealed class WeightAudits(CheckpointDigests digests)
{
    private readonly ConcurrentDictionary<string, (string Weights, ImmutableArray<AuditFinding> Findings)> made = new(StringComparer.Ordinal);

    /// <summary>What is known of weights.</summary>
    public CheckpointDigests Digests => digests;

    /// <summary>What is found about a model's checkpoints.</summary>
    /// <param name="model">The model.</param>
    /// <param name="checkpoints">Its checkpoints by step, with what is known of their weights.</param>
    /// <param name="cancellation">Cancels the reading.</param>
    /// <exception cref="InvalidInputException">The store can't be read.</exception>
    public async Task<ImmutableArray<AuditFinding>> OfAsync(
        SuiteModel model, IReadOnlyList<(SuiteCheckpoint Checkpoint, KnownWeights Weights)> checkpoints, CancellationToken cancellation)
    {
        var place = string.Create(CultureInfo.InvariantCulture, $"{model.SuitePath}/{model.Name} {string.Join(' ', checkpoints.Select(c => c.Checkpoint.Step))}");
        var weights = string.Join('\n', checkpoints.Select(c => $"{c.Weights.Own} {c.Weights.Digest} {digests.HasPrint(c.Weights.Own)}"));
        if (made.TryGetValue(place, out var known) && known.Weights == weights)
        {
            return known.Findings;
        }

        var audited = new List<AuditedCheckpoint>();
        foreach (var (checkpoint, of) in checkpoints)
        {
            audited.Add(new(checkpoint, of.Digest, digests.HasPrint(of.Own) ? await digests.ReadPrintAsync(of.Own, cancellation) : null));
        }

        var findings = WeightAudit.Of(model, audited);
        made[place] = (weights, findings);
        return findings;
    }
}
