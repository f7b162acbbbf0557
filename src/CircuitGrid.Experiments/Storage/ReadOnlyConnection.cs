using CircuitGrid.Compute;
using CircuitGrid.Models.Files;
using Microsoft.Data.Sqlite;

namespace CircuitGrid.Experiments.Storage;

/// <summary>
/// A connection to a store that can't be written. SQLite reads a database with a write-ahead log together with the files beside it, and makes them where they
/// are missing; where it may not, it depends on which of them are there how the store can be read.
/// </summary>
internal sealed class ReadOnlyConnection : IDisposable
{
    private const string LogSuffix = "-wal";
    private const string SharedMemorySuffix = "-shm";

    /// <summary>How often a file that is written meanwhile is copied again.</summary>
    private const int MostCopies = 5;

    private readonly string path;

    /// <summary>The file as it was when SQLite was told that nobody writes it; <see langword="null"/> where it wasn't told so.</summary>
    private readonly FileStatus? unchanging;

    /// <summary>Where the copy is that is read instead.</summary>
    private readonly string? copy;

    private ReadOnlyConnection(string path, SqliteConnection connection, FileStatus? unchanging, string? copy)
    {
        this.path = path;
        Connection = connection;
        this.unchanging = unchanging;
        this.copy = copy;
    }

    public SqliteConnection Connection { get; }

    /// <summary>Whether somebody has written the file after all: what was read since it was opened may be half of one state and half of another.</summary>
    public bool IsOutdated => unchanging is not null && !string.Equals(unchanging.Stamp, FileStatus.Of(path)?.Stamp, StringComparison.Ordinal);

    /// <summary>Opens a store.</summary>
    /// <exception cref="InvalidInputException">It isn't a store, or can only be read from a copy and there is no room for one.</exception>
    /// <exception cref="SqliteException">SQLite can't read it.</exception>
    public static ReadOnlyConnection Open(string path)
    {
        if (FileStatus.Of(path + SharedMemorySuffix) is not null && TryOpenBesideWriter(path) is { } shared)
        {
            return shared;
        }

        return FileStatus.Of(path + LogSuffix) is { Length: > 0 } ? OpenCopy(path) : OpenUnchanging(path);
    }

    public void Dispose()
    {
        Connection.Dispose();
        if (copy is not null)
        {
            Directory.Delete(copy, recursive: true);
        }
    }

    /// <summary>As any reader does, with the memory that a writer shares, alive or not. Without that file this would make one, which a writer might then not be let in by.</summary>
    private static ReadOnlyConnection? TryOpenBesideWriter(string path)
    {
        try
        {
            return new(path, Connect(path, path, SqliteOpenMode.ReadOnly), unchanging: null, copy: null);
        }
        catch (SqliteException)
        {
            return null;
        }
    }

    /// <summary>All is in the one file, and SQLite is told that nobody writes it, so that it wants no others. Whoever reads has to ask whether that held.</summary>
    private static ReadOnlyConnection OpenUnchanging(string path)
    {
        var status = FileStatus.Of(path);
        var name = Uri.EscapeDataString(path.Replace('\\', '/')).Replace("%2F", "/", StringComparison.Ordinal);
        return new(path, Connect(path, $"file:{(name.StartsWith('/') ? "" : "/")}{name}?immutable=1", SqliteOpenMode.ReadOnly), status, copy: null);
    }

    /// <summary>A writer was killed, and what it wrote last is in the log, which takes a writer to be read: a copy may have one.</summary>
    private static ReadOnlyConnection OpenCopy(string path)
    {
        string? folder = null;
        SqliteConnection? connection = null;
        try
        {
            folder = Directory.CreateTempSubdirectory("circuitgrid-store-").FullName;
            var copied = Path.Combine(folder, "store.db");
            Copy(path, copied);
            connection = Connect(path, copied, SqliteOpenMode.ReadWrite);
            SqliteSchema.Execute(connection, "PRAGMA query_only = ON");
            var opened = new ReadOnlyConnection(path, connection, unchanging: null, folder);
            (folder, connection) = (null, null);
            return opened;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InvalidInputException(
                path,
                $"can only be read from a copy, because a writer ended without taking the {LogSuffix} file beside it in; {Path.GetTempPath()} can't hold one ({e.Message.TrimEnd('.')}): name a folder with room in TMPDIR",
                e);
        }
        finally
        {
            connection?.Dispose();
            if (folder is not null)
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    private static void Copy(string path, string to)
    {
        string[] suffixes = ["", LogSuffix];
        for (var copies = 0; copies < MostCopies; copies++)
        {
            var before = Stamps();
            foreach (var suffix in suffixes)
            {
                CopyFile(path + suffix, to + suffix);
            }

            if (before.SequenceEqual(Stamps()))
            {
                return;
            }
        }

        throw new InvalidInputException(path, "is being written while it is copied to be read; run the command again");

        string?[] Stamps() => [.. suffixes.Select(s => FileStatus.Of(path + s)?.Stamp)];
    }

    /// <summary>Not <see cref="File.Copy(string, string)"/>, which would make the copy as little writable as the file is. A file that is gone leaves no copy.</summary>
    private static void CopyFile(string path, string to)
    {
        File.Delete(to);
        try
        {
            using var from = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var into = File.Create(to);
            from.CopyTo(into);
        }
        catch (FileNotFoundException)
        {
            // a writer has come and taken it in
        }
        catch (UnauthorizedAccessException e)
        {
            throw new InvalidInputException(path, "can't be read: access is denied", e);
        }
    }

    /// <exception cref="InvalidInputException">It isn't a store.</exception>
    private static SqliteConnection Connect(string path, string source, SqliteOpenMode mode)
    {
        SqliteConnection? connection = null;
        try
        {
            connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = source, Mode = mode, Pooling = false }.ConnectionString);
            connection.Open();
            if (!SqliteSchema.IsStore(connection, path))
            {
                throw new InvalidInputException(path, "is empty, and can't be made a store because it can't be written to");
            }

            var opened = connection;
            connection = null;
            return opened;
        }
        finally
        {
            connection?.Dispose();
        }
    }
}
