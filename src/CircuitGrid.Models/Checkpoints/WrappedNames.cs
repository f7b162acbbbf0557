namespace CircuitGrid.Models.Checkpoints;

/// <summary>Names of tensors as a model's wrappers change them: <c>torch.compile</c>, data-parallel training, and classes that keep the model in a field.</summary>
internal static class WrappedNames
{
    // No tensor of a model has a longer one, and a file may hold any.
    private const int LongestName = 1 << 10;

    /// <summary>
    /// The name without what wrappers put there: <c>_orig_mod.</c> in any place, since parts of a model may be compiled, and <c>module.</c> and <c>model.</c>
    /// in front, in any order and number.
    /// </summary>
    public static string Unwrap(string name) => name.Length > LongestName
        ? name
        : string.Join('.', name.Split('.').Where(part => part != "_orig_mod").SkipWhile(part => part is "module" or "model"));
}
