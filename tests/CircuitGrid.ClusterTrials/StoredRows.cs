using Microsoft.Data.Sqlite;

namespace CircuitGrid.ClusterTrials;

/// <summary>Rows of all tables of a trial's files, and bytes of what is in them.</summary>
/// <param name="Rows">Rows.</param>
/// <param name="Bytes">Bytes of all their values; the files themselves grow by whole pages.</param>
internal sealed record StoredRows(long Rows, long Bytes)
{
    public static StoredRows Of(string folder) => Of([StandInSilo.StoreOf(folder), StandInSilo.ClusterOf(folder)]);

    private static StoredRows Of(string[] files)
    {
        var (rows, bytes) = (0L, 0L);
        foreach (var file in files)
        {
            using var connection = new SqliteConnection($"Data Source={file};Mode=ReadOnly;Pooling=False");
            connection.Open();
            foreach (var table in Names(connection, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"))
            {
                var lengths = Names(connection, $"SELECT name FROM pragma_table_info('{table}')").Select(c => $"COALESCE(LENGTH(CAST(\"{c}\" AS BLOB)), 0)");
                using var command = connection.CreateCommand();
                command.CommandText = $"SELECT COUNT(*), COALESCE(SUM({string.Join(" + ", lengths)}), 0) FROM \"{table}\"";
                using var reader = command.ExecuteReader();
                reader.Read();
                rows += reader.GetInt64(0);
                bytes += reader.GetInt64(1);
            }
        }

        return new(rows, bytes);
    }

    private static List<string> Names(SqliteConnection connection, string query)
    {
        using var command = connection.CreateCommand();
        command.CommandText = query;
        using var reader = command.ExecuteReader();
        var names = new List<string>();
        while (reader.Read())
        {
            names.Add(reader.GetString(0));
        }

        return names;
    }
}
