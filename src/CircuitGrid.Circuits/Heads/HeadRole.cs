namespace CircuitGrid.Circuits.Heads;

/// <summary>What a head may be for (docs/method.md, head scores).</summary>
public enum HeadRole
{
    /// <summary>Looks at what followed the present token before.</summary>
    Induction,

    /// <summary>Looks at the token before.</summary>
    PreviousToken,

    /// <summary>Looks at the earlier mention of the present token.</summary>
    DuplicateToken,

    /// <summary>Turns a number, day, letter… into the one after it.</summary>
    Successor,

    /// <summary>Copies the name it looks at: name movers.</summary>
    Copying,

    /// <summary>Writes against the name it looks at: negative name movers.</summary>
    NegativeCopying,

    /// <summary>Takes back a token of the context that the model was about to say.</summary>
    CopySuppression,

    /// <summary>Keeps name movers from looking at the subject.</summary>
    SInhibition,
}
