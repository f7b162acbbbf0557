using System.Collections.Immutable;
using System.Net;
using CircuitGrid.Compute;
using CircuitGrid.Models.Files;
using CircuitGrid.Models.Hub;

namespace CircuitGrid.Hub.Protocol;

/// <summary>What the hub lists: revisions, a revision's commit, a commit's files. Keys that this program doesn't know are passed over: the hub adds some from time to time.</summary>
internal sealed class HubListings(HubOptions options, HubUrls urls, HubClient client)
{
    private const int MaxAnswerBytes = 64 << 20;
    private const int MostFiles = 1_000_000;
    private const long MaxFileSize = 1L << 50;

    /// <summary>A repository's revisions.</summary>
    /// <param name="repository">The repository's name.</param>
    /// <param name="known">What was listed before.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="InvalidInputException">The hub refuses or can't be reached, or its answer is none.</exception>
    public async Task<HubRefsAnswer> ReadRefsAsync(string repository, HubRefsAnswer? known, CancellationToken cancellation)
    {
        var request = Request(urls.Refs(repository), new(repository)) with { KnownETag = known?.ETag };
        using var answer = await client.SendAsync(request, cancellation);
        if (answer.Status == HttpStatusCode.NotModified)
        {
            return known!;
        }

        var json = JsonInput.Parse(HubUrls.Show(answer.Address), await answer.ReadBytesAsync(cancellation));
        json.Require("branches");
        ImmutableArray<HubRevision> revisions =
        [
            .. Revisions(json, "branches", HubRevisionKind.Branch),
            .. Revisions(json, "tags", HubRevisionKind.Tag),
            .. Revisions(json, "converts", HubRevisionKind.Convert),
        ];
        return new(HubHeaders.Find(answer.Message, "ETag"), new(urls.RepositoryOf(answer.Address) ?? repository, revisions));
    }

    /// <summary>The commit that a revision is now.</summary>
    /// <exception cref="InvalidInputException">The hub refuses or can't be reached, or its answer is none.</exception>
    public async Task<string> ReadCommitAsync(string repository, string revision, CancellationToken cancellation)
    {
        using var answer = await client.SendAsync(Request(urls.Revision(repository, revision), new(repository, revision)), cancellation);
        return Commit(JsonInput.Parse(HubUrls.Show(answer.Address), await answer.ReadBytesAsync(cancellation)).Require("sha"));
    }

    /// <summary>The files of a commit.</summary>
    /// <exception cref="InvalidInputException">The hub refuses or can't be reached, or its answer is none.</exception>
    public async Task<HubTree> ReadTreeAsync(string repository, string commit, CancellationToken cancellation)
    {
        var files = new List<HubFile>();
        var pages = new HashSet<Uri>();
        var subject = new HubSubject(repository, commit);
        for (var page = urls.Tree(repository, commit); ;)
        {
            pages.Add(page);
            using var answer = await client.SendAsync(Request(page, subject), cancellation);
            var where = HubUrls.Show(answer.Address);
            files.AddRange(Files(JsonInput.ParseList(where, await answer.ReadBytesAsync(cancellation))));
            if (HubHeaders.NextPage(answer.Message) is not { } link)
            {
                return new(HubUrls.Show(urls.Tree(repository, commit)), files);
            }

            page = urls.NextPage(answer.Address, link) ?? throw new InvalidInputException(where, "says that the list goes on somewhere else than on the hub");
            if (pages.Contains(page))
            {
                throw new InvalidInputException(where, "says that the list goes on with a page that was read already");
            }

            if (files.Count > MostFiles || pages.Count > MostFiles)
            {
                throw new InvalidInputException(where, $"lists more than {MostFiles} files");
            }
        }
    }

    private HubRequest Request(Uri address, HubSubject subject) => new(address, subject, options.ListingTimeout) { Limit = MaxAnswerBytes };

    private static SortedDictionary<string, HubRevision>.ValueCollection Revisions(JsonInput json, string key, HubRevisionKind kind)
    {
        var revisions = new SortedDictionary<string, HubRevision>(StringComparer.Ordinal);
        foreach (var item in json.FindObjects(key) ?? [])
        {
            var name = item.Require("name");
            var revision = new HubRevision(name.AsString(), Commit(item.Require("targetCommit")), kind);
            if (!HubNames.IsRevision(revision.Name))
            {
                throw name.Error($"is '{Text.OneLine(revision.Name)}', which no revision can be called");
            }

            if (!revisions.TryAdd(revision.Name, revision))
            {
                throw name.Error($"is {Text.OneLine(revision.Name)}, which stands there twice");
            }
        }

        return revisions.Values;
    }

    private static IEnumerable<HubFile> Files(IEnumerable<JsonInput> entries)
    {
        foreach (var entry in entries)
        {
            var type = entry.Require("type");
            switch (type.AsString())
            {
                case "directory":
                    break;
                case "file":
                    var large = entry.FindObject("lfs");
                    yield return new(
                        entry.Require("path").AsString(),
                        (large ?? entry).Require("size").AsInteger(0, MaxFileSize),
                        entry.Require("oid").AsString(),
                        large?.Require("oid").AsString());
                    break;
                case var other:
                    throw type.Error($"is '{Text.OneLine(other)}'; it can be file or directory");
            }
        }
    }

    private static string Commit(JsonInput value) =>
        value.AsString() is var text && HubNames.IsCommit(text) ? text : throw value.Error($"is '{Text.OneLine(text)}'; it must be a commit of {HubNames.CommitDigits} hexadecimal digits");
}
