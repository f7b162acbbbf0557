namespace CircuitGrid.Experiments.Grid;

/// <content>Cells of checkpoints whose weights nobody has read: they are under the keys of their files until the weights come.</content>
internal sealed partial class GridRun
{
    /// <summary>Cells under the keys of weights that have just come, without those whose results are there or that others compute.</summary>
    private async Task<PlannedCell[]> KnowAsync(int index, PlannedCell[] cells, CancellationToken cancellation)
    {
        if (checkpoints[index].Known is { IsRead: true })
        {
            return cells;
        }

        await KnowAsync(index, mayRead: true, cancellation);
        await claims.ReleaseAsync(owner, [.. cells.Select(c => c.Fingerprint!.Key)], cancellation);
        var now = checkpoints[index].Cells.Where(c => Array.Exists(cells, before => before.Id == c.Id)).ToArray();
        var stored = await store.FindAsync([.. now.Select(c => c.Fingerprint!.Key)], cancellation);
        foreach (var cell in now.Where(c => stored.Contains(c.Fingerprint!.Key)))
        {
            await FoundAsync(checkpoints[index], cell, cancellation);
        }

        now = [.. now.Where(c => !stored.Contains(c.Fingerprint!.Key))];
        var claimed = await claims.ClaimAsync(owner, [.. now.Select(c => c.Fingerprint!.Key)], cancellation);
        return [.. now.Where(c => claimed.Contains(c.Fingerprint!.Key))];
    }

    /// <summary>Puts a checkpoint under the keys of its weights, as far as they are known or may be read.</summary>
    private async Task KnowAsync(int index, bool mayRead, CancellationToken cancellation)
    {
        if (await reader.KnowAsync(checkpoints[index], mayRead, cancellation) is { } known)
        {
            checkpoints[index] = known;
            foreach (var cell in known.Cells.Where(c => open.ContainsKey(c.Id)))
            {
                open[cell.Id] = cell;
            }
        }
    }

    private bool IsOpen(PlannedCheckpoint checkpoint) => checkpoint.Cells.Any(c => open.ContainsKey(c.Id));

    /// <summary>Takes note that a cell needs nothing more.</summary>
    private void Close(PlannedCheckpoint checkpoint, PlannedCell cell)
    {
        open.TryRemove(cell.Id, out _);
        if (!IsOpen(checkpoint))
        {
            fetching.Done(checkpoint);
        }
    }

    /// <summary>Takes in the results of checkpoints that have the same files, which needn't be fetched any more.</summary>
    private async Task FindEqualAsync(PlannedCheckpoint done, CancellationToken cancellation)
    {
        if (done.Content is null || IsOpen(done))
        {
            return;
        }

        for (var i = 0; i < checkpoints.Length; i++)
        {
            if (checkpoints[i] is { Known.IsRead: false } equal && string.Equals(equal.Content, done.Content, StringComparison.Ordinal) && IsOpen(equal))
            {
                await KnowAsync(i, mayRead: false, cancellation);
                await FindAsync([checkpoints[i]], cancellation);
            }
        }
    }
}
