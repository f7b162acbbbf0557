namespace CircuitGrid.Compute.Cpu.Attention;

/// <summary>One of the pairs of a sequence and a head, heads of one sequence in turn, and the blocks of keys and values that it reads.</summary>
internal readonly struct HeadSource(long item, int heads, BlockLayout keys, BlockLayout values)
{
    public readonly int Sequence = (int)(item / heads);
    public readonly int Head = (int)(item % heads);
    public readonly int Key = keys.SharedBlock((int)(item % heads), heads);
    public readonly int Value = values.SharedBlock((int)(item % heads), heads);

    /// <summary>Whether both read the same keys and values of the same sequence.</summary>
    public bool SharesKeys(HeadSource other) => Sequence == other.Sequence && Key == other.Key && Value == other.Value;
}
