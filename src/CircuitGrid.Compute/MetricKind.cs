namespace CircuitGrid.Compute;

/// <summary>What a task measures at the answer rows; see <c>docs/method.md</c>, tasks.</summary>
public enum MetricKind
{
    /// <summary>Mean logit of the correct tokens minus mean logit of the incorrect ones.</summary>
    LogitDifference,

    /// <summary>Σ softmax probability of the correct tokens minus that of the incorrect ones, over the whole vocabulary.</summary>
    ProbabilityDifference,

    /// <summary>log Σ softmax probability of the correct tokens.</summary>
    LogProbability,

    /// <summary>log Σ softmax probability of the correct tokens minus log Σ of the incorrect ones.</summary>
    LogProbabilityDifference,

    /// <summary>KL(clean ‖ this) = Σ p·(log p − log q), p the softmax of the clean run's logits, q that of this run's.</summary>
    Divergence,
}

/// <summary>What the kinds of metric have in common, and what not.</summary>
public static class MetricTraits
{
    /// <summary>Whether less of the metric is better, so that it is the loss itself and not the loss's opposite.</summary>
    public static bool IsLoss(this MetricKind metric) => metric == MetricKind.Divergence;

    /// <summary>
    /// Whether 0 says that the right answers are no likelier than the wrong ones. Where it doesn't, the metric alone can't say that a model does a task, and a
    /// circuit's share of it is taken between the ablated run's and the model's.
    /// </summary>
    public static bool HasZero(this MetricKind metric) => metric is not (MetricKind.LogProbability or MetricKind.Divergence);

    /// <summary>Whether the metric is a sum over the tokens of an answer, so that an answer may have several.</summary>
    public static bool SumsOverTokens(this MetricKind metric) => metric is not (MetricKind.LogitDifference or MetricKind.ProbabilityDifference);
}
