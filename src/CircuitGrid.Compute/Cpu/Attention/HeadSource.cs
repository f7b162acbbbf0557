namespace CircuitGrid.Compute.Cpu.Attention;

/// <summary>One of the pairs of a sequence and a head, heads of one sequence in turn, and the block of keys and values that it reads.</summary>
internal readonly struct HeadSource(long item, int heads, BlockLayout keys)
{
    public readonly int Sequence = (int)(item / heads);
    public readonly int Head = (int)(item % heads);
    public readonly int Shared = keys.SharedBlock((int)(item % heads), heads);

    /// <summary>Whether both read the same keys and values of the same sequence.</summary>
    public bool SharesKeys(HeadSource other) => Sequence == other.Sequence && Shared == other.Shared;
}
