namespace CircuitGrid.Models.Files;

/// <summary>Names of files and folders that a file from outside asks for.</summary>
internal static class FileNames
{
    private const int Longest = 255;

    /// <summary>Whether a name means something directly inside the folder it is looked up in, on any operating system.</summary>
    public static bool IsPlain(string name) =>
        name.Length is > 0 and <= Longest
        && name is not ("." or "..")
        && name.AsSpan().IndexOfAny("/\\:") < 0
        && !name.Any(char.IsControl);
}
