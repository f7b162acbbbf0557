using CircuitGrid.Compute;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Tests.Files;

/// <summary>Holds a reader to its rule: no change of a key goes unnoticed.</summary>
internal static class KeyChanges
{
    /// <summary>
    /// Reads a text with every change of one key. What is read must be what the text itself gives, or there must be an error; what comes with an empty value
    /// must be noted.
    /// </summary>
    /// <param name="json">A text that can be read.</param>
    /// <param name="read">Reads it, as a text that holds all that was understood.</param>
    /// <param name="open">Objects that have no effect, whatever they hold.</param>
    /// <param name="names">Objects whose keys are names that the file gives: another name is another file.</param>
    /// <param name="nulls">Keys for which <c>null</c> is a value like others.</param>
    public static void AssertNoneIsMissed(string json, Func<string, ForeignKeys, string> read, string[] open, string[] names, string[] nulls)
    {
        var expected = read(json, new());
        var missed = new List<string>();
        var changes = KeyChange.AllOf(json)
            .Where(c => !(c is { Kind: KeyChangeKind.Retype, Value: "null" } && nulls.Contains(c.Key)))
            .Where(c => c.Kind is KeyChangeKind.Retype or KeyChangeKind.Duplicate || !names.Contains(c.Place))
            .ToList();
        foreach (var change in changes)
        {
            var isOpen = Array.Exists(open, o => change.Place == o || change.Place.StartsWith(o + ".", StringComparison.Ordinal));
            var foreign = new ForeignKeys();
            string? result = null;
            try
            {
                result = read(change.Json, foreign);
            }
            catch (InvalidInputException e)
            {
                Assert.DoesNotContain('\n', e.Message);
            }

            var isNoted = isOpen || foreign.Notes.Any(n => n.Text.Contains(change.Key, StringComparison.Ordinal));
            var isNoticed = result is null || change.Kind switch
            {
                KeyChangeKind.Duplicate => false,
                KeyChangeKind.AddValue => isOpen && result == expected,
                // Of two letters, one more or less makes another word.
                KeyChangeKind.AddSlip => (isOpen || (isNoted && change.Key.Length <= 3)) && result == expected,
                KeyChangeKind.AddEmpty => isNoted && result == expected,
                _ => result == expected,
            };
            if (!isNoticed)
            {
                missed.Add($"{change.Kind} of {change.Place}: {change.Key} = {change.Value}: {change.Json}");
            }
        }

        Assert.True(changes.Count > 50, $"only {changes.Count} changes");
        Assert.True(missed.Count == 0, string.Join('\n', missed.Take(10)));
    }
}
