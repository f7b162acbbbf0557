using System.Text.Json;
using CircuitGrid.Compute;
using CircuitGrid.Models.Hub;

namespace CircuitGrid.Models.Tests.Hub;

/// <summary>A commit's files, as the cache of Hugging Face's libraries keeps them.</summary>
public sealed class HubTreeTests : IDisposable
{
    private const string Sha1 = "0123456789abcdef0123456789abcdef01234567";
    private const string Sha256 = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    private readonly string folder = Directory.CreateTempSubdirectory("circuitgrid-hub-tree").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    /// <summary>The names that Python's library reads, looked at one by one.</summary>
    [Fact]
    public void Write_SomeFiles_IsWhatPythonKeeps()
    {
        var path = Path.Combine(folder, "trees", Sha1 + ".json");
        new HubTree("test", [new("a/model.safetensors", 5_000_000_000, Sha1, Sha256), new("config.json", 519, Sha1, Sha256: null)]).Write(path);
        using var json = JsonDocument.Parse(File.ReadAllBytes(path));
        Assert.Equal(1, json.RootElement.GetProperty("format_version").GetInt32());
        var files = json.RootElement.GetProperty("files");
        Assert.Equal("""{"size":519,"blob_id":"0123456789abcdef0123456789abcdef01234567"}""", JsonSerializer.Serialize(files.GetProperty("config.json")));
        var model = files.GetProperty("a/model.safetensors");
        Assert.Equal((5_000_000_000, Sha1, Sha256, 5_000_000_000), (model.GetProperty("size").GetInt64(), model.GetProperty("blob_id").GetString(), model.GetProperty("lfs_sha256").GetString(), model.GetProperty("lfs_size").GetInt64()));
        Assert.Equal(["a/model.safetensors", "config.json"], HubTree.Read(path)!.Files.Select(f => f.Path));
    }

    [Fact]
    public void Read_WhatPythonWrites_IsUnderstood()
    {
        var path = Path.Combine(folder, "tree.json");
        File.WriteAllText(path, $$"""
            {
             "format_version": 1,
             "files": {
              ".gitattributes": {"size": 1477, "blob_id": "{{Sha1}}"},
              "model.safetensors": {"size": 134, "blob_id": "{{Sha1}}", "lfs_sha256": "{{Sha256}}", "lfs_size": 374998512, "xet_hash": "ff"}
             }
            }
            """);
        var tree = HubTree.Read(path)!;
        var model = tree.Find("model.safetensors")!;
        Assert.Equal((374_998_512, Sha256), (model.Size, model.Digest));
        Assert.Equal(Sha1, tree.Find(".gitattributes")!.Digest);
        File.WriteAllText(path, """{"format_version": 2, "files": {"new": "form"}}""");
        Assert.Null(HubTree.Read(path));
        Assert.Null(HubTree.Read(Path.Combine(folder, "none.json")));
    }

    [Theory]
    [InlineData("../x")]
    [InlineData("a/../b")]
    [InlineData("/etc/passwd")]
    [InlineData("a//b")]
    [InlineData("a/")]
    [InlineData("a\\b")]
    [InlineData("a\0b")]
    [InlineData("a:b")]
    [InlineData("")]
    [InlineData("./a")]
    public void Paths_ThatLeadElsewhere_AreRefused(string path) =>
        Assert.Contains("no repository can have", Assert.Throws<InvalidInputException>(() => new HubTree("listing", [new(path, 1, Sha1, Sha256: null)])).Message, StringComparison.Ordinal);

    [Fact]
    public void Lists_ThatContradictThemselves_AreRefused()
    {
        HubFile Of(string path, long size = 1, string blob = Sha1, string? sha256 = null) => new(path, size, blob, sha256);
        foreach (var (files, part) in new (HubFile[], string)[]
        {
            ([Of("a"), Of("a")], "twice"),
            ([Of("a"), Of("a/b")], "as a folder"),
            ([Of("a", size: -1)], "-1 bytes"),
            ([Of("a", blob: "xyz")], "no digest"),
            ([Of("a", blob: Sha1.ToUpperInvariant())], "no digest"),
            ([Of("a", sha256: Sha1)], "no digest"),
        })
        {
            Assert.Contains(part, Assert.Throws<InvalidInputException>(() => new HubTree("listing", files)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Folder_OfARepository_IsPythons()
    {
        var repository = new HubRepositoryFolder("/cache", "org/name");
        Assert.Equal("/cache/models--org--name", repository.Folder);
        Assert.Equal($"/cache/models--org--name/blobs/{Sha256}", repository.Blob(Sha256));
        Assert.Equal($"/cache/models--org--name/snapshots/{Sha1}", repository.Snapshot(Sha1));
        Assert.Equal($"/cache/models--org--name/trees/{Sha1}.json", repository.Tree(Sha1));
        Assert.Equal("/cache/models--org--name/refs/refs/pr/1", repository.Ref("refs/pr/1"));
        Assert.Equal($"/cache/.locks/models--org--name/{Sha256}.lock", repository.Lock(Sha256));
        Assert.Throws<ArgumentException>(() => repository.Blob("../../x"));
        Assert.Throws<InvalidInputException>(() => repository.Ref("../x"));
    }
}
