namespace CircuitGrid.Models.Checkpoints.Prints;

/// <summary>A checkpoint of a model and where in training it is said to be.</summary>
/// <param name="Position">Steps or tokens; what they are counted in doesn't matter.</param>
/// <param name="Print">Its weights.</param>
public sealed record PlacedPrint(double Position, WeightPrint Print);

/// <summary>In what way a checkpoint isn't where its place in training says.</summary>
public enum ContinuityFault
{
    /// <summary>Its weights have nothing in common with the others': another seed, or another model of the same shape.</summary>
    Unrelated,

    /// <summary>Its weights lie elsewhere than its neighbours say: another point of the same training, or another training from the same start.</summary>
    OffTrend,

    /// <summary>It and the next one are in each other's place.</summary>
    Swapped,
}

/// <summary>A checkpoint that isn't where its place in training says.</summary>
/// <param name="Index">Which, counted from 0 in the order given.</param>
/// <param name="Fault">In what way.</param>
/// <param name="Nearest">Which of the others its weights are nearest to; for <see cref="ContinuityFault.Swapped"/> the one in whose place it is; none for <see cref="ContinuityFault.Unrelated"/>.</param>
/// <param name="Distance">The distance to that one, or for <see cref="ContinuityFault.Unrelated"/> to the nearest neighbour; see <see cref="Continuity.Distance(WeightPrint, WeightPrint)"/>.</param>
public sealed record ContinuityFinding(int Index, ContinuityFault Fault, int? Nearest, double Distance);
