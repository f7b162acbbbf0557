namespace CircuitGrid.Web.Api.Deadlines;

/// <summary>Work that several wait for and that is done once: by key, for those who ask while it is under way. It is called off when the last of them goes.</summary>
/// <param name="comparer">Tells keys apart.</param>
/// <typeparam name="TKey">What names a piece of work.</typeparam>
/// <typeparam name="TResult">What comes of it.</typeparam>
internal sealed class SharedWork<TKey, TResult>(IEqualityComparer<TKey> comparer)
    where TKey : notnull
{
    private readonly Lock gate = new();
    private readonly Dictionary<TKey, Piece> pieces = new(comparer);

    /// <summary>Joins the work of a key, or begins it.</summary>
    /// <param name="key">The key.</param>
    /// <param name="work">Does it; its token says that nobody waits any more.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    public async Task<TResult> RunAsync(TKey key, Func<CancellationToken, Task<TResult>> work, CancellationToken cancellation)
    {
        Piece piece;
        lock (gate)
        {
            if (!pieces.TryGetValue(key, out piece!))
            {
                pieces[key] = piece = new();
                var stop = piece.Stop.Token;
                piece.Task = Task.Run(() => work(stop), stop);
                _ = ForgetAsync(key, piece);
            }

            piece.Waiting++;
        }

        try
        {
            return await piece.Task.WaitAsync(cancellation);
        }
        finally
        {
            Leave(key, piece);
        }
    }

    private void Leave(TKey key, Piece piece)
    {
        lock (gate)
        {
            if (--piece.Waiting > 0)
            {
                return;
            }

            // who comes from now on doesn't join what is called off
            Remove(key, piece);
        }

        piece.Stop.Cancel();
    }

    private async Task ForgetAsync(TKey key, Piece piece)
    {
        // those who wait hear what it ended with
        await ((Task)piece.Task).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        lock (gate)
        {
            Remove(key, piece);
        }
    }

    private void Remove(TKey key, Piece piece)
    {
        if (pieces.TryGetValue(key, out var known) && known == piece)
        {
            pieces.Remove(key);
        }
    }

    private sealed class Piece
    {
        public CancellationTokenSource Stop { get; } = new();

        public Task<TResult> Task { get; set; } = null!;

        public int Waiting { get; set; }
    }
}
