namespace CircuitGrid.Circuits.Similarity;

/// <summary>The sizes of two sets and of what they have in common.</summary>
/// <param name="Intersection">|A ∩ B|.</param>
/// <param name="First">|A|.</param>
/// <param name="Second">|B|.</param>
public readonly record struct Overlap(int Intersection, int First, int Second)
{
    /// <summary>|A ∪ B|.</summary>
    public int Union => First + Second - Intersection;

    /// <summary>|A ∩ B| / |A ∪ B|, and 0 where both are empty (method, §8.1).</summary>
    public double Jaccard => Union == 0 ? 0 : (double)Intersection / Union;
}
