namespace CircuitGrid.Circuits.Search;

/// <summary>How much of a model's task performance a circuit keeps; docs/method.md, faithfulness.</summary>
/// <param name="Circuit">m(C), mean metric of the circuit.</param>
/// <param name="Model">m(M), mean metric of the whole model.</param>
/// <param name="Ablated">m(∅), mean metric with everything ablated.</param>
public readonly record struct Faithfulness(double Circuit, double Model, double Ablated)
{
    /// <summary>Whether the metric has no zero that a share could be taken of, so that <see cref="Value"/> is <see cref="Normalized"/>.</summary>
    public bool IsRelative { get; init; }

    /// <summary>m(C)/m(M), as the paper's code has it; not a number where m(M) is 0. <see cref="Normalized"/> where the metric has no zero.</summary>
    public double Value => IsRelative ? Normalized : Circuit / Model;

    /// <summary>(m(C) − m(∅))/(m(M) − m(∅)), as the EAP-IG paper has it; not a number where the two ends agree.</summary>
    public double Normalized => (Circuit - Ablated) / (Model - Ablated);

    /// <summary>The faithfulness on some of the examples.</summary>
    /// <param name="circuit">Metric of the circuit on every example.</param>
    /// <param name="model">Metric of the model on every example.</param>
    /// <param name="ablated">Metric with everything ablated on every example.</param>
    /// <param name="examples">Which examples count, at least one.</param>
    /// <param name="isRelative">Whether the metric has no zero.</param>
    public static Faithfulness Of(
        IReadOnlyList<double> circuit, IReadOnlyList<double> model, IReadOnlyList<double> ablated, IReadOnlyList<int> examples, bool isRelative = false)
    {
        ArgumentOutOfRangeException.ThrowIfZero(examples.Count);
        return new(Mean(circuit, examples), Mean(model, examples), Mean(ablated, examples)) { IsRelative = isRelative };
    }

    private static double Mean(IReadOnlyList<double> values, IReadOnlyList<int> examples)
    {
        var sum = 0.0;
        foreach (var e in examples)
        {
            sum += values[e];
        }

        return sum / examples.Count;
    }
}
