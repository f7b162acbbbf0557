using System.Collections.Immutable;

namespace CircuitGrid.Circuits.Statistics;

/// <summary>Whether an edge belongs to the circuit, as far as the examples can tell.</summary>
public enum EdgeVerdict
{
    /// <summary>In too many resamples' circuits to be left out, in too few to be sure of.</summary>
    Uncertain,

    /// <summary>In at least 95 % of the resamples' circuits.</summary>
    Certified,

    /// <summary>In at most 5 % of them.</summary>
    Rejected,
}

/// <summary>What resampling the examples does to every edge of a circuit of one budget.</summary>
public sealed class EdgeCertainty
{
    /// <summary>Inclusion probability from which an edge is certified.</summary>
    public const double CertifiedFrom = 0.95;

    /// <summary>Inclusion probability up to which an edge is rejected.</summary>
    public const double RejectedTo = 0.05;

    internal EdgeCertainty(ImmutableArray<double> standardErrors, ImmutableArray<double> inclusion, ImmutableArray<double> stability)
    {
        StandardErrors = standardErrors;
        Inclusion = inclusion;
        Stability = stability;
    }

    /// <summary>Standard error of every edge's mean score, [edges]: the standard deviation over resamples, times √(n/(n−1)) for n blocks.</summary>
    public ImmutableArray<double> StandardErrors { get; }

    /// <summary>Share of the resamples whose circuit of the same budget has the edge, [edges].</summary>
    public ImmutableArray<double> Inclusion { get; }

    /// <summary>Jaccard similarity of every resample's circuit with the circuit of all the examples, [resamples].</summary>
    public ImmutableArray<double> Stability { get; }

    /// <summary>The verdict on an edge.</summary>
    public EdgeVerdict this[int edge] => Inclusion[edge] switch
    {
        >= CertifiedFrom => EdgeVerdict.Certified,
        <= RejectedTo => EdgeVerdict.Rejected,
        _ => EdgeVerdict.Uncertain,
    };

    /// <summary>Number of edges with a verdict.</summary>
    public int Count(EdgeVerdict verdict) => Enumerable.Range(0, Inclusion.Length).Count(e => this[e] == verdict);
}
