using System.Globalization;
using CircuitGrid.Compute;
using Microsoft.Data.Sqlite;

namespace CircuitGrid.Experiments.Storage;

/// <summary>The tables of a store. They are meant to be read with any SQLite tool; the view <c>grid</c> is the place to start.</summary>
internal static class SqliteSchema
{
    /// <summary>Marks the file as a store of ours: "CGRD".</summary>
    private const int ApplicationId = 0x43475244;

    private const int Version = 1;

    private const string Tables = """
        CREATE TABLE cells (
            key TEXT PRIMARY KEY,
            status TEXT NOT NULL,
            examples INTEGER NOT NULL,
            metric REAL,
            metric_low REAL,
            metric_high REAL,
            ablated_metric REAL,
            accuracy REAL NOT NULL,
            graph_edges INTEGER NOT NULL,
            budget INTEGER,
            edges INTEGER,
            nodes INTEGER,
            faithfulness_found REAL,
            faithfulness_judged REAL,
            normalized_found REAL,
            normalized_judged REAL,
            seconds REAL NOT NULL,
            load_seconds REAL NOT NULL,
            work REAL NOT NULL,
            threads INTEGER NOT NULL,
            host TEXT NOT NULL,
            device TEXT NOT NULL,
            program TEXT NOT NULL,
            started TEXT NOT NULL,
            finished TEXT NOT NULL) WITHOUT ROWID;

        CREATE TABLE results (key TEXT PRIMARY KEY REFERENCES cells, bytes BLOB NOT NULL);

        CREATE TABLE names (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            suite TEXT NOT NULL,
            model TEXT NOT NULL,
            step INTEGER NOT NULL,
            task TEXT NOT NULL,
            key TEXT NOT NULL,
            model_digest TEXT NOT NULL,
            examples_digest TEXT NOT NULL,
            analysis TEXT NOT NULL,
            numerics TEXT NOT NULL,
            algorithm INTEGER NOT NULL,
            UNIQUE (suite, model, step, task, key));
        CREATE INDEX names_key ON names (key);

        CREATE TABLE failures (
            key TEXT PRIMARY KEY,
            suite TEXT NOT NULL,
            model TEXT NOT NULL,
            step INTEGER NOT NULL,
            task TEXT NOT NULL,
            reason TEXT NOT NULL,
            attempts INTEGER NOT NULL,
            last TEXT NOT NULL) WITHOUT ROWID;

        CREATE TABLE claims (
            key TEXT PRIMARY KEY,
            session TEXT NOT NULL,
            host TEXT NOT NULL,
            process INTEGER NOT NULL,
            process_started TEXT NOT NULL,
            last_seen TEXT NOT NULL) WITHOUT ROWID;

        CREATE TABLE digests (
            folder TEXT PRIMARY KEY,
            state TEXT NOT NULL,
            digest TEXT NOT NULL) WITHOUT ROWID;

        CREATE VIEW grid AS
            SELECT suite, model, step, task, status, metric, accuracy, edges, nodes, faithfulness_found, faithfulness_judged, seconds, finished, analysis, key
            FROM names JOIN cells USING (key);
        """;

    /// <summary>What stores of this version may lack: programs that don't know it don't miss it.</summary>
    private const string Additions = """
        CREATE TABLE IF NOT EXISTS transfers (
            circuit TEXT NOT NULL,
            place TEXT NOT NULL,
            faithfulness REAL NOT NULL,
            PRIMARY KEY (circuit, place)) WITHOUT ROWID;

        CREATE TABLE IF NOT EXISTS notes (
            area TEXT NOT NULL,
            name TEXT NOT NULL,
            content BLOB NOT NULL,
            PRIMARY KEY (area, name));
        """;

    /// <summary>Makes the tables where the file is new; writes nothing where all are there.</summary>
    /// <exception cref="InvalidInputException">The file is somebody else's, or of a newer version.</exception>
    public static void Prepare(SqliteConnection connection, string path)
    {
        if (IsStore(connection, path) && HasTransfers(connection) && HasNotes(connection))
        {
            return;
        }

        // another process may be at the same
        using var transaction = connection.BeginTransaction(deferred: false);
        if (!HasTables(connection, path))
        {
            Execute(connection, Tables);
            Execute(connection, string.Create(CultureInfo.InvariantCulture, $"PRAGMA application_id = {ApplicationId}; PRAGMA user_version = {Version}"));
        }

        Execute(connection, Additions);
        transaction.Commit();
    }

    /// <summary>Whether a database is a store; it isn't one yet where it is empty.</summary>
    /// <exception cref="InvalidInputException">The file is somebody else's, or of a newer version.</exception>
    public static bool IsStore(SqliteConnection connection, string path)
    {
        // one transaction, so that all is of one state where another process is making the tables
        using var transaction = connection.BeginTransaction(deferred: true);
        return HasTables(connection, path);
    }

    /// <summary>Whether a store has the table of circuits in each other's place, which older programs don't make.</summary>
    public static bool HasTransfers(SqliteConnection connection) => Number(connection, "SELECT count(*) FROM sqlite_master WHERE name = 'transfers'") > 0;

    /// <summary>Whether a store has the table of notes, which older programs don't make.</summary>
    public static bool HasNotes(SqliteConnection connection) => Number(connection, "SELECT count(*) FROM sqlite_master WHERE name = 'notes'") > 0;

    private static bool HasTables(SqliteConnection connection, string path)
    {
        var version = Number(connection, "PRAGMA user_version");
        var application = Number(connection, "PRAGMA application_id");
        if (application == 0 && version == 0 && Number(connection, "SELECT count(*) FROM sqlite_master") == 0)
        {
            return false;
        }

        return application != ApplicationId ? throw new InvalidInputException(path, "is a database of another program; choose another file for the store")
            : version > Version ? throw new InvalidInputException(path, $"is a store of a newer version ({version}, known up to {Version}); use the program that made it")
            : true;
    }

    public static void Execute(SqliteConnection connection, string sql)
    {
        using var command = Command(connection, sql);
        command.ExecuteNonQuery();
    }

    private static long Number(SqliteConnection connection, string sql)
    {
        using var command = Command(connection, sql);
        return (long)command.ExecuteScalar()!;
    }

    private static SqliteCommand Command(SqliteConnection connection, string sql)
    {
        var command = connection.CreateCommand();
#pragma warning disable CA2100 // only constants of this folder come here
        command.CommandText = sql;
#pragma warning restore CA2100
        return command;
    }
}
