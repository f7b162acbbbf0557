namespace CircuitGrid.Experiments.Audit;

/// <summary>What can be wrong with a checkpoint that is whole.</summary>
public enum AuditKind
{
    /// <summary>Its weights are another checkpoint's.</summary>
    EqualWeights,

    /// <summary>Its weights lie elsewhere than its place in training says.</summary>
    Elsewhere,

    /// <summary>Some of its weights are another checkpoint's.</summary>
    StalePart,

    /// <summary>Its name has fewer tokens than an earlier step's.</summary>
    TokenOrder,

    /// <summary>A step is missing in a regular grid.</summary>
    Gap,

    /// <summary>Its configuration or its tokens of the same prompts aren't those of the checkpoint before it.</summary>
    Settings,

    /// <summary>It has several kinds of weight file, of which one was read.</summary>
    WeightKinds,

    /// <summary>It can't be used.</summary>
    Unusable,

    /// <summary>It is a public suite's, and reported to have a defect that was not seen here.</summary>
    Reported,
}
