using System.Collections.Concurrent;

namespace CircuitGrid.Hub.Suites;

/// <summary>Answers that never change, each asked for once by all who want it; a failure isn't kept. Safe for several threads.</summary>
internal sealed class KeptAnswers<TKey, TAnswer>
    where TKey : notnull
{
    private readonly ConcurrentDictionary<TKey, Lazy<Task<TAnswer>>> answers = new();

    /// <summary>The answer that is kept, or else the one that is asked for now.</summary>
    public async Task<TAnswer> GetAsync(TKey key, Func<Task<TAnswer>> ask)
    {
        var asking = answers.GetOrAdd(key, _ => new(ask));
        try
        {
            return await asking.Value;
        }
        catch
        {
            // another time it may be otherwise
            answers.TryRemove(new(key, asking));
            throw;
        }
    }
}
