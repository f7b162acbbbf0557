namespace CircuitGrid.Circuits.Tasks.Lexicons;

/// <summary>A slot of a subject-verb template that names its list: <c>SUBJECT:people</c>.</summary>
internal static class AgreementSlot
{
    /// <summary>What stands before the first colon, and the list after it; a slot without a colon is all kind.</summary>
    public static (string Kind, string List) Parse(string slot)
    {
        var colon = slot.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? (slot, "") : (slot[..colon], slot[(colon + 1)..]);
    }
}
