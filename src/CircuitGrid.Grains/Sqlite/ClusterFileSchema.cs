using System.Globalization;
using CircuitGrid.Compute;
using Microsoft.Data.Sqlite;

namespace CircuitGrid.Grains.Sqlite;

/// <summary>The tables of a cluster's file. Times and spans are ticks of 100 ns, times since year 1 in UTC.</summary>
internal static class ClusterFileSchema
{
    /// <summary>Marks the file as a cluster's: "CGRC".</summary>
    private const int ApplicationId = 0x43475243;

    private const int Version = 1;

    private const string Tables = """
        CREATE TABLE versions (cluster TEXT PRIMARY KEY, version INTEGER NOT NULL, etag TEXT NOT NULL) WITHOUT ROWID;

        CREATE TABLE silos (
            cluster TEXT NOT NULL,
            address TEXT NOT NULL,
            etag TEXT NOT NULL,
            status INTEGER NOT NULL,
            suspicions TEXT NOT NULL,
            proxy_port INTEGER NOT NULL,
            host TEXT NOT NULL,
            name TEXT NOT NULL,
            role TEXT,
            update_zone INTEGER NOT NULL,
            fault_zone INTEGER NOT NULL,
            started INTEGER NOT NULL,
            alive INTEGER NOT NULL,
            PRIMARY KEY (cluster, address)) WITHOUT ROWID;

        CREATE TABLE reminders (
            service TEXT NOT NULL,
            grain TEXT NOT NULL,
            name TEXT NOT NULL,
            hash INTEGER NOT NULL,
            start INTEGER NOT NULL,
            period INTEGER NOT NULL,
            etag TEXT NOT NULL,
            PRIMARY KEY (service, grain, name)) WITHOUT ROWID;
        CREATE INDEX reminders_hash ON reminders (service, hash);

        CREATE TABLE states (
            service TEXT NOT NULL,
            storage TEXT NOT NULL,
            grain TEXT NOT NULL,
            name TEXT NOT NULL,
            etag TEXT NOT NULL,
            bytes BLOB NOT NULL,
            UNIQUE (service, storage, grain, name));
        """;

    /// <summary>Makes the tables where the file is new.</summary>
    /// <exception cref="InvalidInputException">The file is somebody else's, or of a newer version.</exception>
    public static void Prepare(SqliteConnection connection, string path)
    {
        using var transaction = connection.BeginTransaction(deferred: false);
        var version = Number(connection, "PRAGMA user_version");
        var application = Number(connection, "PRAGMA application_id");
        if (application == 0 && version == 0 && Number(connection, "SELECT count(*) FROM sqlite_master") == 0)
        {
            Execute(connection, Tables);
            Execute(connection, string.Create(CultureInfo.InvariantCulture, $"PRAGMA application_id = {ApplicationId}; PRAGMA user_version = {Version}"));
        }
        else if (application != ApplicationId)
        {
            throw new InvalidInputException(path, "is a database of another program; choose another file for the cluster");
        }
        else if (version > Version)
        {
            throw new InvalidInputException(path, $"is a cluster's file of a newer version ({version}, known up to {Version}); use the program that made it");
        }

        transaction.Commit();
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
#pragma warning disable CA2100 // only constants of this class come here
        command.CommandText = sql;
#pragma warning restore CA2100
        return command;
    }
}
