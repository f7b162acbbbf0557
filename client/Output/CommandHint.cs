using System.Buffers;

namespace CircuitGrid.Client.Output;

/// <summary>A command of this program as messages name it, for people to copy into a shell.</summary>
internal static class CommandHint
{
    private static readonly SearchValues<char> Plain = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./@%+=:,-");

    /// <summary>
    /// <c>'circuitgrid run path'</c>; <c>circuitgrid run 'a path'</c> where a word had to be quoted: quotation marks around those would end them, and
    /// whoever copied all of it would have the shell read the path.
    /// </summary>
    /// <param name="words">The command and its arguments, each one word to the shell.</param>
    public static string Of(params ReadOnlySpan<string> words)
    {
        string[] quoted = [.. words];
        for (var i = 0; i < quoted.Length; i++)
        {
            quoted[i] = Quote(quoted[i]);
        }

        var line = $"circuitgrid {string.Join(' ', quoted)}";
        return words.SequenceEqual(quoted) ? $"'{line}'" : line;
    }

    /// <summary>A word as a POSIX shell reads it back: in single quotes, within which nothing but their end means anything.</summary>
    private static string Quote(string word) =>
        word.Length > 0 && !word.AsSpan().ContainsAnyExcept(Plain) ? word : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
