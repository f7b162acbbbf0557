using Microsoft.Data.Sqlite;

namespace CircuitGrid.Grains.Tests.Cluster;

/// <summary>What a store file holds, byte by byte.</summary>
internal static class StoredBytes
{
    /// <summary>The bytes of every result, by cell.</summary>
    public static SortedDictionary<string, string> Of(string store)
    {
        using var connection = new SqliteConnection($"Data Source={store};Mode=ReadOnly;Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT suite || '/' || model || '@' || step || '/' || task || ' ' || key, hex(bytes) FROM names JOIN results USING (key)";
        using var reader = command.ExecuteReader();
        var found = new SortedDictionary<string, string>(StringComparer.Ordinal);
        while (reader.Read())
        {
            found.Add(reader.GetString(0), reader.GetString(1));
        }

        return found;
    }
}
