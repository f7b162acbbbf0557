using System.Globalization;
using CircuitGrid.Compute;
using Microsoft.Data.Sqlite;

namespace CircuitGrid.Experiments.Storage;

public sealed partial class SqliteCellStore
{
    /// <summary>How long to wait for another process's transaction; they take milliseconds.</summary>
    private const int PatienceSeconds = 30;

    // primary result codes, https://www.sqlite.org/rescode.html
    private const int Busy = 5;
    private const int Locked = 6;
    private const int ReadOnly = 8;
    private const int InputOutput = 10;
    private const int Corrupt = 11;
    private const int Full = 13;
    private const int CannotOpen = 14;
    private const int NotADatabase = 26;

    internal static InvalidInputException Explain(string path, SqliteException e) => e.SqliteErrorCode == Full
        ? new DiskFullException(path, "the disk is full; nothing stored so far is lost: free some space and run again", e)
        : new InvalidInputException(path, Reason(e), e);

    private static string Reason(SqliteException e) => e.SqliteErrorCode switch
    {
        Corrupt => "the store is damaged; move the file away (with the -wal and -shm beside it) and run again, or recover it with 'sqlite3 FILE .recover'",
        NotADatabase => "isn't a store; choose another file, or move this one away",
        CannotOpen => "can't be opened; does its folder exist, and may you write there?",
        ReadOnly => "can't be written to; give yourself the right to, or choose another file for the store",
        InputOutput => "can't be read or written: the disk reports an error",
        Busy or Locked => $"has been locked by another program for {PatienceSeconds} seconds; end it, or choose another file for the store",
        _ => "can't be used: " + e.Message,
    };

    /// <summary>How often something is read again because the file was written meanwhile.</summary>
    private const int MostReadings = 5;

    /// <summary>Runs something on the one connection, off the caller's thread, and explains what SQLite complains about.</summary>
    private async Task<T> RunAsync<T>(Func<T> action, CancellationToken cancellation)
    {
        await gate.WaitAsync(cancellation).ConfigureAwait(false);

        // SQLite waits for another process's lock without being told to stop: whoever is cancelled goes, and the connection stays taken until it has ended.
        var running = Task.Run(() => Run(action), CancellationToken.None);
        _ = running.ContinueWith(_ => gate.Release(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        try
        {
            return await running.WaitAsync(cancellation).ConfigureAwait(false);
        }
        catch (SqliteException e)
        {
            throw Explain(Location, e);
        }
    }

    /// <summary>Runs something, and once more on a new connection where the file turned out to be written meanwhile.</summary>
    private T Run<T>(Func<T> action)
    {
        for (var readings = 1; ; readings++)
        {
            try
            {
                var result = action();
                if (reading is not { IsOutdated: true })
                {
                    return result;
                }
            }
            catch (Exception) when (reading is { IsOutdated: true })
            {
                // what is half of one state and half of another may look like anything
            }

            if (readings == MostReadings)
            {
                throw new InvalidInputException(Location, "is being written, and can't be read beside that because its folder can't be written to; run the command again");
            }

            reading.Dispose();
            reading = ReadOnlyConnection.Open(Location);
            connection = reading.Connection;
            hasTransfers = SqliteSchema.HasTransfers(connection);
            hasNotes = SqliteSchema.HasNotes(connection);
        }
    }

    /// <summary>Runs statements in one transaction: all of them take effect or none.</summary>
    private async Task WriteAsync(Action action, CancellationToken cancellation) => await RunAsync(
        () =>
        {
            if (IsReadOnly)
            {
                throw new InvalidInputException(Location, "can only be read: the file or its folder can't be written to; name another file with --store");
            }

            using var transaction = connection.BeginTransaction(deferred: false);
            action();
            transaction.Commit();
            return true;
        },
        cancellation).ConfigureAwait(false);

    private SqliteCommand Command(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        var command = connection.CreateCommand();
#pragma warning disable CA2100 // only constants of this class come here; values are parameters
        command.CommandText = sql;
#pragma warning restore CA2100
        foreach (var (name, value) in parameters)
        {
            command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        }

        return command;
    }

    private void Execute(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var command = Command(sql, parameters);
        command.ExecuteNonQuery();
    }

    private static string Text(DateTimeOffset moment) => moment.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}
