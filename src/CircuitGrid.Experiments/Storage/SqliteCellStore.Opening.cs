using System.Globalization;
using System.Text;
using CircuitGrid.Compute;
using CircuitGrid.Models.Files;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace CircuitGrid.Experiments.Storage;

public sealed partial class SqliteCellStore
{
    /// <summary>Bytes of the longest path that SQLite opens on Unix: its MAX_PATHNAME of 512, less the ending of the journal beside the file.</summary>
    private const int LongestPath = 504;

    /// <summary>SQLITE_IOERR_SHMSIZE: the file that readers and writers share can't be made as long as it has to be.</summary>
    private const int NoRoomForSharedMemory = 4874;

    /// <summary>Opens a store, and makes it where the file isn't there.</summary>
    /// <param name="path">The file; its folder is made if need be.</param>
    /// <param name="time">Clock of claims.</param>
    /// <exception cref="InvalidInputException">The file can't be opened or written, is damaged, or isn't a store.</exception>
    public static SqliteCellStore Open(string path, TimeProvider? time = null) => Open(path, time ?? TimeProvider.System, maxPages: null);

    /// <summary>
    /// Opens a store to read it, changing nothing but its notes, and those only where the file and its folder can be written: else it
    /// <see cref="IsReadOnly"/>, and whether somebody writes it meanwhile makes no difference.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="time">Clock of claims.</param>
    /// <exception cref="InvalidInputException">The file isn't there, can't be read, is damaged, or isn't a store.</exception>
    public static SqliteCellStore OpenForReading(string path, TimeProvider? time = null)
    {
        path = Check(path, out var isThere);
        if (!isThere)
        {
            throw new InvalidInputException(path, "doesn't exist");
        }

        try
        {
            return TryOpenToWrite(path) is { } connection ? new(path, connection, reading: null, time ?? TimeProvider.System) : OpenReadOnly(path, time);
        }
        catch (SqliteException e)
        {
            throw Explain(path, FullIfSo(e));
        }
    }

    /// <summary>Opens a store as if it couldn't be written.</summary>
    internal static SqliteCellStore OpenReadOnly(string path, TimeProvider? time = null)
    {
        try
        {
            var reading = ReadOnlyConnection.Open(path);
            return new(path, reading.Connection, reading, time ?? TimeProvider.System);
        }
        catch (SqliteException e) when (e.SqliteErrorCode == CannotOpen)
        {
            throw new InvalidInputException(path, "can't be opened; may you read it?", e);
        }
        catch (SqliteException e)
        {
            throw Explain(path, FullIfSo(e));
        }
    }

    /// <summary>A store without results that is nowhere but in memory: it takes the place of one that isn't there yet.</summary>
    /// <param name="location">Where that one would be.</param>
    /// <param name="time">Clock of claims.</param>
    public static SqliteCellStore OpenInMemory(string location, TimeProvider? time = null)
    {
        var connection = new SqliteConnection("Data Source=:memory:");
        connection.Open();
        SqliteSchema.Prepare(connection, location);
        return new(Path.GetFullPath(location), connection, reading: null, time ?? TimeProvider.System);
    }

    /// <summary>Whether a file says at its beginning that it is an SQLite database, as every store does.</summary>
    /// <exception cref="InvalidInputException">The file can't be read.</exception>
    public static bool IsDatabase(string path)
    {
        if (FileStatus.Of(path) is not { Kind: FileKind.Plain })
        {
            return false;
        }

        var magic = "SQLite format 3\0"u8;
        Span<byte> start = stackalloc byte[magic.Length];
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            return file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length && start.SequenceEqual(magic);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InvalidInputException(path, "can't be read: " + e.Message.TrimEnd('.'), e);
        }
    }

    /// <param name="path">The file; its folder is made if need be.</param>
    /// <param name="time">Clock of claims.</param>
    /// <param name="maxPages">Pages after which the file counts as full.</param>
    internal static SqliteCellStore Open(string path, TimeProvider time, int? maxPages)
    {
        path = Check(path, out var isThere);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            var connection = OpenToWrite(path, SqliteOpenMode.ReadWriteCreate)
                ?? throw new InvalidInputException(path, "can't be written to; give yourself the right to, or name another file with --store");
            if (maxPages is { } pages)
            {
                SqliteSchema.Execute(connection, string.Create(CultureInfo.InvariantCulture, $"PRAGMA max_page_count = {pages}"));
            }

            return new(path, connection, reading: null, time);
        }
        catch (SqliteException e) when (e.SqliteErrorCode == CannotOpen)
        {
            throw new InvalidInputException(
                path,
                isThere ? "can't be opened for writing: SQLite writes files beside it, so its folder has to be writable too; name another file with --store"
                    : "can't be made: its folder can't be written to; name another file with --store",
                e);
        }
        catch (SqliteException e)
        {
            throw Explain(path, FullIfSo(e));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new InvalidInputException(path, "can't be opened as a store: " + e.Message.TrimEnd('.'), e);
        }
    }

    /// <summary>The full path of a store that can be opened as far as its path goes.</summary>
    /// <exception cref="InvalidInputException">Something else than a file is there, or the path is too long.</exception>
    private static string Check(string path, out bool isThere)
    {
        var status = FileStatus.Of(path);
        isThere = status is not null;
        path = Path.GetFullPath(path);
        switch (status?.Kind)
        {
            case null or FileKind.Plain:
                break;
            case FileKind.Folder:
                throw new InvalidInputException(path, "is a folder; a store is a file, such as results.db in it");
            default:
                throw new InvalidInputException(path, "is a pipe, a socket or a device; a store is a plain file");
        }

        var bytes = Encoding.UTF8.GetByteCount(path);
        return bytes <= LongestPath || OperatingSystem.IsWindows()
            ? path
            : throw new InvalidInputException(
                path,
                string.Create(CultureInfo.InvariantCulture, $"is a path of {bytes} bytes; SQLite opens paths of at most {LongestPath}, so name a shorter one with --store"));
    }

    /// <summary>Opens a store that is there as a writer does.</summary>
    /// <returns><see langword="null"/> where the file, its folder or the disk doesn't allow that.</returns>
    private static SqliteConnection? TryOpenToWrite(string path)
    {
        try
        {
            return OpenToWrite(path, SqliteOpenMode.ReadWrite);
        }
        catch (SqliteException e) when (e.SqliteErrorCode is ReadOnly or CannotOpen or InputOutput or Full)
        {
            return null;
        }
    }

    /// <returns><see langword="null"/> where the file may only be read.</returns>
    private static SqliteConnection? OpenToWrite(string path, SqliteOpenMode mode)
    {
        SqliteConnection? connection = null;
        try
        {
            connection = new SqliteConnection(new SqliteConnectionStringBuilder
            {
                DataSource = path,
                Mode = mode,
                Pooling = false,
                DefaultTimeout = PatienceSeconds,
            }.ConnectionString);
            connection.Open();

            // SQLite opens what can't be written to read it, and would put files beside it that keep those out who can write
            if (raw.sqlite3_db_readonly(connection.Handle!, "main") == 1)
            {
                return null;
            }

            SqliteSchema.Execute(connection, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON");
            SqliteSchema.Prepare(connection, path);
            var opened = connection;
            connection = null;
            return opened;
        }
        finally
        {
            connection?.Dispose();
        }
    }

    /// <summary>What SQLite calls an error of the disk is a full one where it wanted nothing but room.</summary>
    private static SqliteException FullIfSo(SqliteException e) => e.SqliteExtendedErrorCode == NoRoomForSharedMemory ? new(e.Message, Full) : e;
}
