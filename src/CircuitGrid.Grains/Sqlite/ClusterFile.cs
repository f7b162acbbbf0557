using CircuitGrid.Compute;
using CircuitGrid.Experiments.Storage;
using Microsoft.Data.Sqlite;

namespace CircuitGrid.Grains.Sqlite;

/// <summary>
/// The SQLite file in which the silos of one machine meet: its members, reminders and grain state. Several processes may have it open.
/// Write-ahead logging makes every finished transaction survive a killed process.
/// </summary>
internal sealed class ClusterFile : IDisposable
{
    /// <summary>How long to wait for another process's transaction; they take milliseconds.</summary>
    private const int PatienceSeconds = 30;

    private readonly SqliteConnection connection;
    private readonly SemaphoreSlim gate = new(1, 1);

    private ClusterFile(string path, SqliteConnection connection)
    {
        Path = path;
        this.connection = connection;
    }

    public string Path { get; }

    /// <summary>A value no row has had: a counter would begin anew with a row that is made again, and let a stale writer pass.</summary>
    public static string NewETag() => Guid.NewGuid().ToString("N");

    /// <summary>Opens a file, and makes it where it isn't there.</summary>
    /// <exception cref="InvalidInputException">The file can't be opened, is damaged, or isn't a cluster's.</exception>
    public static ClusterFile Open(string path)
    {
        SqliteConnection? connection = null;
        try
        {
            path = System.IO.Path.GetFullPath(path);
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
            connection = new SqliteConnection(new SqliteConnectionStringBuilder
            {
                DataSource = path,
                Mode = SqliteOpenMode.ReadWriteCreate,
                Pooling = false,
                DefaultTimeout = PatienceSeconds,
            }.ConnectionString);
            connection.Open();
            ClusterFileSchema.Execute(connection, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
            ClusterFileSchema.Prepare(connection, path);
            var file = new ClusterFile(path, connection);
            connection = null;
            return file;
        }
        catch (SqliteException e)
        {
            throw SqliteCellStore.Explain(path, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new InvalidInputException(path, "can't be opened as a cluster's file: " + e.Message.TrimEnd('.'), e);
        }
        finally
        {
            connection?.Dispose();
        }
    }

    /// <summary>Runs statements in one transaction off the caller's thread: they see one state of the file, and all take effect or none.</summary>
    /// <exception cref="InvalidInputException">The file can't be used: damaged, full, locked for too long.</exception>
    public async Task<T> RunAsync<T>(Func<T> action, bool writes, CancellationToken cancellation = default)
    {
        await gate.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            return await Task.Run(
                () =>
                {
                    // a write lock from the start: what was compared must not change before it is replaced
                    using var transaction = connection.BeginTransaction(deferred: !writes);
                    var result = action();
                    transaction.Commit();
                    return result;
                },
                cancellation).ConfigureAwait(false);
        }
        catch (SqliteException e)
        {
            throw SqliteCellStore.Explain(Path, e);
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>A statement to be run inside <see cref="RunAsync"/>.</summary>
    public SqliteCommand Command(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        var command = connection.CreateCommand();
#pragma warning disable CA2100 // only constants of this folder come here; values are parameters
        command.CommandText = sql;
#pragma warning restore CA2100
        foreach (var (name, value) in parameters)
        {
            command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        }

        return command;
    }

    /// <returns>The rows it changed.</returns>
    public int Execute(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var command = Command(sql, parameters);
        return command.ExecuteNonQuery();
    }

    public void Dispose()
    {
        connection.Dispose();
        gate.Dispose();
    }
}
