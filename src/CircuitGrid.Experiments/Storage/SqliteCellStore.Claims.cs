using CircuitGrid.Experiments.Cells;

namespace CircuitGrid.Experiments.Storage;

public sealed partial class SqliteCellStore
{
    public Task<IReadOnlySet<CellKey>> ClaimAsync(ClaimOwner owner, IReadOnlyCollection<CellKey> keys, CancellationToken cancellation = default) => RunAsync<IReadOnlySet<CellKey>>(
        () =>
        {
            // a write lock from the start: what is free must not change between looking and claiming
            using var transaction = connection.BeginTransaction(deferred: false);
            // nobody may ask for them again: a killed process's, under keys of weights that are known by now
            Execute("DELETE FROM claims WHERE last_seen < $lapsed", ("$lapsed", Text(time.GetUtcNow() - ClaimOwner.Patience)));
            var gone = new Dictionary<string, bool>(StringComparer.Ordinal);
            var claimed = keys.Where(key => IsFree(key, owner, gone)).ToHashSet();
            foreach (var key in claimed)
            {
                Execute(
                    "INSERT OR REPLACE INTO claims VALUES ($key, $session, $host, $process, $started, $seen)",
                    ("$key", key.Value),
                    ("$session", owner.Session),
                    ("$host", owner.Host),
                    ("$process", owner.ProcessId),
                    ("$started", Text(owner.ProcessStarted)),
                    ("$seen", Text(time.GetUtcNow())));
            }

            transaction.Commit();
            return claimed;
        },
        cancellation);

    public Task RenewAsync(ClaimOwner owner, CancellationToken cancellation = default) => WriteAsync(
        () => Execute("UPDATE claims SET last_seen = $seen WHERE session = $session", ("$seen", Text(time.GetUtcNow())), ("$session", owner.Session)),
        cancellation);

    public Task ReleaseAsync(ClaimOwner owner, IReadOnlyCollection<CellKey> keys, CancellationToken cancellation = default) => WriteAsync(
        () =>
        {
            foreach (var key in keys)
            {
                Execute("DELETE FROM claims WHERE key = $key AND session = $session", ("$key", key.Value), ("$session", owner.Session));
            }
        },
        cancellation);

    /// <param name="key">The cell.</param>
    /// <param name="owner">Who asks.</param>
    /// <param name="gone">Which sessions are gone and which not, so that each is looked up once.</param>
    private bool IsFree(CellKey key, ClaimOwner owner, Dictionary<string, bool> gone)
    {
        using var done = Command("SELECT 1 FROM cells WHERE key = $key", ("$key", key.Value));
        if (done.ExecuteScalar() is not null)
        {
            return false;
        }

        using var command = Command("SELECT session, host, process, process_started, last_seen FROM claims WHERE key = $key", ("$key", key.Value));
        using var row = command.ExecuteReader();
        if (!row.Read())
        {
            return true;
        }

        var holder = new ClaimOwner(row.GetString(0), row.GetString(1), row.GetInt32(2), Time(row.GetString(3)));
        if (string.Equals(holder.Session, owner.Session, StringComparison.Ordinal))
        {
            return true;
        }

        if (!gone.TryGetValue(holder.Session, out var isGone))
        {
            isGone = holder.IsGone(Time(row.GetString(4)), time.GetUtcNow());
            gone.Add(holder.Session, isGone);
        }

        return isGone;
    }
}
