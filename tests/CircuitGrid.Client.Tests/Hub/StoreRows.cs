using System.Globalization;
using Microsoft.Data.Sqlite;

namespace CircuitGrid.Client.Tests.Hub;

/// <summary>What a store of results holds, read by plain SQL.</summary>
internal static class StoreRows
{
    /// <summary>Every cell by its name, with its key and all bytes of its result.</summary>
    public static IReadOnlyList<string> Of(string store) =>
        Read(store, "SELECT model || '@' || step || '/' || task || ' ' || key || ' ' || hex(bytes) FROM names JOIN results USING (key) ORDER BY model, step, task, key");

    /// <summary>Every result by its key, with the moment at which it was finished.</summary>
    public static IReadOnlyList<string> Finished(string store) => Read(store, "SELECT key || ' ' || finished FROM cells ORDER BY key");

    public static long Count(string store, string table) => long.Parse(Assert.Single(Read(store, $"SELECT count(*) FROM {table}")), CultureInfo.InvariantCulture);

    public static IReadOnlyList<string> Read(string store, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={store};Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var row = command.ExecuteReader();
        var rows = new List<string>();
        while (row.Read())
        {
            rows.Add(row.GetValue(0).ToString()!);
        }

        return rows;
    }
}
