namespace CircuitGrid.Grains.Experiments;

/// <summary>
/// Questions to silos, of which some may have stopped answering: one of a kind is out to each silo at a time, and none is waited for longer than the patience. A
/// silo that is late keeps nobody else waiting, and its answer is there at the next asking, however slow it is. Belongs to one activation and its turns.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="patience">How long an answer is waited for.</param>
/// <param name="failed">Hears which silo couldn't be asked, and why.</param>
internal sealed class SiloCalls(TimeProvider time, TimeSpan patience, Action<SiloAddress, string> failed)
{
    private readonly Dictionary<(SiloAddress Silo, string Kind), (Task Answer, long AskedAt)> open = [];

    /// <summary>Asks a silo, or waits for what it was asked before.</summary>
    /// <param name="silo">The silo.</param>
    /// <param name="kind">What it is asked; questions of a kind are the same.</param>
    /// <param name="ask">Asks it.</param>
    /// <returns>The answer and when the question was asked; <see langword="null"/> where there is none yet, or none will come.</returns>
    public async Task<SiloAnswer<T>?> AskAsync<T>(SiloAddress silo, string kind, Func<Task<T>> ask)
        where T : class
    {
        if (!open.TryGetValue((silo, kind), out var asked))
        {
            open.Add((silo, kind), asked = (ask(), time.GetTimestamp()));

            // nobody may come back for it
            asked.Answer.Ignore();
        }

        var answer = (Task<T>)asked.Answer;
        if (!await IsThereAsync(answer))
        {
            return null;
        }

        open.Remove((silo, kind));
        try
        {
            return new(await answer, asked.AskedAt);
        }
        catch (Exception e) when (e is OrleansException or TimeoutException)
        {
            failed(silo, e.Message);
            return null;
        }
    }

    /// <summary>Whether an answer has come before the patience is over.</summary>
    public async Task<bool> IsThereAsync(Task answer)
    {
        if (!answer.IsCompleted)
        {
            using var over = new CancellationTokenSource();
            await Task.WhenAny(answer, Task.Delay(patience, time, over.Token));
            await over.CancelAsync();
        }

        return answer.IsCompleted;
    }

    /// <summary>Forgets what silos were asked that are not part of the cluster any more.</summary>
    public void Keep(IReadOnlySet<SiloAddress> living)
    {
        foreach (var gone in open.Keys.Where(k => !living.Contains(k.Silo)).ToList())
        {
            open.Remove(gone);
        }
    }
}

/// <summary>What a silo has answered.</summary>
/// <param name="Value">The answer.</param>
/// <param name="AskedAt">When it was asked: it may be as old as that.</param>
internal sealed record SiloAnswer<T>(T Value, long AskedAt);
