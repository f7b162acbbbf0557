namespace CircuitGrid.Circuits.Graph;

/// <summary>What a slot feeds: a head's query, key or value, an MLP, or the logits.</summary>
public enum SlotKind
{
    Query,
    Key,
    Value,
    Mlp,
    Logits,
}
