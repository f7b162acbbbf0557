namespace CircuitGrid.Circuits.Tests.Tasks;

/// <summary>What people make of a name when they type it, or when another program writes it.</summary>
internal static class KeySlips
{
    public static IEnumerable<string> Of(string name)
    {
        string[] slips =
        [
            .. Enumerable.Range(0, name.Length).Select(i => name.Remove(i, 1)),
            .. Enumerable.Range(0, name.Length).Select(i => name.Insert(i, name[i].ToString())),
            .. Enumerable.Range(0, Math.Max(0, name.Length - 1)).Select(i => $"{name[..i]}{name[i + 1]}{name[i]}{name[(i + 2)..]}"),
            name.ToUpperInvariant(),
            name.Length > 0 ? char.ToUpperInvariant(name[0]) + name[1..] : "Index",
            name.Replace('_', '-'),
            name.Replace('_', ' '),
            name.Replace("_", "", StringComparison.Ordinal),
            $"{name}s",
            $" {name}",
            $"{name} ",
            $"{name}_1",
            $"x_{name}",
            name[..Math.Min(3, name.Length)],
            "",
            "other",
        ];
        return slips.Where(x => x != name).Distinct(StringComparer.Ordinal);
    }
}
