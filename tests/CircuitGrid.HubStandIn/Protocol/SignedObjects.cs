using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CircuitGrid.HubStandIn.Repositories;

namespace CircuitGrid.HubStandIn.Protocol;

/// <summary>Large files on the storage host: addresses that are good for a time, and what lies at them.</summary>
internal sealed class SignedObjects(HubStandInOptions options)
{
    private readonly ConcurrentDictionary<string, SignedObject> objects = new(StringComparer.Ordinal);

    /// <summary>A path and query for a file, good from now.</summary>
    public string Sign(SignedObject file)
    {
        var id = Digest($"{file.Repository}\n{file.Commit}\n{file.Path}");
        objects[id] = file;
        var expires = (options.Time.GetUtcNow() + options.SignedFor).ToUnixTimeMilliseconds();
        var name = Uri.EscapeDataString($"inline; filename=\"{file.Path.Split('/')[^1]}\"");
        return string.Create(CultureInfo.InvariantCulture, $"/objects/{id[..2]}/{id[2..4]}/{id}?response-content-disposition={name}&Expires={expires}&Signature={Signature(id, expires)}");
    }

    /// <summary>What a path names; <see langword="null"/> where there is nothing.</summary>
    public SignedObject? Find(string target) => objects.GetValueOrDefault(target.Split('?')[0].Split('/')[^1]);

    /// <summary>Whether the query allows the path now.</summary>
    public bool Allows(string target, HubTarget parsed) =>
        long.TryParse(parsed.Value("Expires"), NumberStyles.None, CultureInfo.InvariantCulture, out var expires)
        && options.Time.GetUtcNow().ToUnixTimeMilliseconds() <= expires
        && string.Equals(parsed.Value("Signature"), Signature(target.Split('?')[0].Split('/')[^1], expires), StringComparison.Ordinal);

    private static string Signature(string id, long expires) => Digest(string.Create(CultureInfo.InvariantCulture, $"{id}\n{expires}"))[..32];

    private static string Digest(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}

/// <summary>A large file of a commit.</summary>
internal sealed record SignedObject(string Repository, string Commit, string Path, StandInFile File);
