using CircuitGrid.Grains.Silos;

namespace CircuitGrid.Grains.Experiments;

/// <summary>
/// Questions to silos, none of which keeps anybody long. A silo that is frozen takes messages and says nothing, and a call to it fails only when Orleans' response
/// time-out is over or membership has given it up. So whoever hasn't answered within the patience is passed over, and nothing more is asked of it until the old
/// question has ended: one silent silo costs its asker the patience once, however many questions there are. Belongs to one activation and its turns.
/// </summary>
/// <param name="grains">The cluster's grains.</param>
/// <param name="patience">How long an answer is waited for.</param>
/// <param name="time">The clock.</param>
/// <param name="silent">Hears of silos that don't answer, and why.</param>
internal sealed class SiloQuestions(Func<SiloAddress, ISiloGrain> grains, TimeSpan patience, TimeProvider time, Action<SiloAddress, string> silent)
{
    private readonly HashSet<SiloAddress> asked = [];

    /// <summary>Asks a silo something.</summary>
    /// <param name="silo">The silo.</param>
    /// <param name="ask">The question.</param>
    /// <param name="late">Hears of an answer that nobody waited for.</param>
    /// <returns>The answer; <see langword="null"/> where there is none in time, or an earlier question is still open.</returns>
    public async Task<T?> AskAsync<T>(SiloAddress silo, Func<ISiloGrain, Task<T>> ask, Action<T>? late = null)
        where T : class
    {
        if (!asked.Add(silo))
        {
            return null;
        }

        var isLate = false;
        var answer = EndAsync();
        if (await Task.WhenAny(answer, Task.Delay(patience, time)) == answer)
        {
            return await answer;
        }

        isLate = true;
        silent(silo, "it takes too long");
        return null;

        async Task<T?> EndAsync()
        {
            try
            {
                var said = await ask(grains(silo));
                if (isLate)
                {
                    late?.Invoke(said);
                }

                return said;
            }
            catch (Exception e) when (e is OrleansException or TimeoutException)
            {
                silent(silo, e.Message);
                return null;
            }
            finally
            {
                asked.Remove(silo);
            }
        }
    }
}
