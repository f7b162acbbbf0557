using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Microsoft.Data.Sqlite;

namespace CircuitGrid.ClusterTrials;

/// <summary>The bytes of all results, by key.</summary>
internal static class StoredResults
{
    private const string Folder = "results/";

    public static SortedDictionary<string, string> OfFile(string path)
    {
        using var connection = new SqliteConnection($"Data Source={path};Mode=ReadOnly;Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT key, hex(bytes) FROM results";
        using var reader = command.ExecuteReader();
        var found = new SortedDictionary<string, string>(StringComparer.Ordinal);
        while (reader.Read())
        {
            found.Add(reader.GetString(0), reader.GetString(1));
        }

        return found;
    }

    public static async Task<SortedDictionary<string, string>> OfEmulatorAsync(string connection, string container, CancellationToken cancellation)
    {
        var blobs = new BlobContainerClient(connection, container);
        var found = new SortedDictionary<string, string>(StringComparer.Ordinal);
        await foreach (var blob in blobs.GetBlobsAsync(BlobTraits.None, BlobStates.None, Folder, cancellation))
        {
            var content = await blobs.GetBlobClient(blob.Name).DownloadContentAsync(cancellation);
            found.Add(blob.Name[Folder.Length..], Convert.ToHexString(content.Value.Content.ToArray()));
        }

        return found;
    }
}
