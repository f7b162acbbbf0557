using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using CircuitGrid.HubStandIn.Repositories;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace CircuitGrid.HubStandIn.Protocol;

/// <summary>The hub's API about repositories: references, revisions, trees, single paths, commits.</summary>
internal static class ListingEndpoints
{
    public static async Task ReferencesAsync(Exchange exchange)
    {
        if (await RepositoryGuard.RepositoryAsync(exchange) is not { } repository)
        {
            return;
        }

        var references = repository.References;
        JsonArray Of(string kind) => [.. references.Where(r => r.Ref.StartsWith(kind, StringComparison.Ordinal)).Select(r => new JsonObject
        {
            ["name"] = r.Name,
            ["ref"] = r.Ref,
            ["targetCommit"] = r.Commit.Id,
        })];
        var json = new JsonObject
        {
            ["tags"] = Of(StandInReference.Tags),
            ["branches"] = Of(StandInReference.Branches),
            ["converts"] = Of(StandInReference.Converts),
        };
        if (exchange.Target.Flag("include_prs"))
        {
            json["pullRequests"] = Of(StandInReference.PullRequests);
        }

        var etag = $"W/\"{FileDigests.Of(Encoding.UTF8.GetBytes(json.ToJsonString())).GitOid[..32]}\"";
        exchange.Response.Headers.ETag = etag;
        var known = exchange.Request.GetTypedHeaders().IfNoneMatch.Any(e => e.Compare(EntityTagHeaderValue.Parse(etag), useStrongComparison: false) || e.Equals(EntityTagHeaderValue.Any));
        await (known ? exchange.SendAsync(StatusCodes.Status304NotModified, Stream.Null, 0, 0) : exchange.JsonAsync(json));
    }

    public static async Task ModelAsync(Exchange exchange)
    {
        if (await RepositoryGuard.CommitAsync(exchange) is not var (repository, commit))
        {
            return;
        }

        var listings = new Listings(exchange.Hub, commit);
        var blobs = exchange.Target.Flag("blobs");
        JsonObject Sibling(string path, StandInFile file)
        {
            var sibling = new JsonObject { ["rfilename"] = path };
            if (blobs)
            {
                sibling["blobId"] = listings.OidOf(path, file);
                sibling["size"] = file.ListedSize;
                if (exchange.Hub.IsLarge(path, file))
                {
                    sibling["lfs"] = new JsonObject { ["sha256"] = file.Digests.Sha256, ["size"] = file.ListedSize, ["pointerSize"] = Listings.PointerOf(file).Length };
                }
            }

            return sibling;
        }

        await exchange.JsonAsync(new JsonObject
        {
            ["_id"] = FileDigests.Of(Encoding.UTF8.GetBytes(repository.Name)).GitOid[..24],
            ["id"] = repository.Name,
            ["modelId"] = repository.Name,
            ["author"] = repository.Name.Contains('/', StringComparison.Ordinal) ? repository.Name.Split('/')[0] : null,
            ["sha"] = commit.Id,
            ["lastModified"] = Listings.DateOf(commit),
            ["private"] = repository.Access == RepositoryAccess.Private,
            ["gated"] = repository.Access == RepositoryAccess.Gated ? "manual" : false,
            ["disabled"] = false,
            ["downloads"] = 0,
            ["likes"] = 0,
            ["tags"] = new JsonArray(),
            ["siblings"] = new JsonArray([.. commit.Tree.Files.Select(f => Sibling(f.Key, f.Value))]),
        });
    }

    public static async Task TreeAsync(Exchange exchange)
    {
        if (await RepositoryGuard.CommitAsync(exchange) is not var (_, commit))
        {
            return;
        }

        var folder = exchange.Target.Path;
        var listings = new Listings(exchange.Hub, commit);
        var expand = exchange.Target.Flag("expand");
        var entries = listings.Below(folder, exchange.Target.Flag("recursive")).ToList();
        if (entries.Count == 0 && folder.Length > 0)
        {
            await exchange.ErrorAsync(404, "EntryNotFound", $"{folder} does not exist on \"{exchange.Target.Revision}\"");
            return;
        }

        var most = expand ? exchange.Hub.Options.ExpandedTreePageSize : exchange.Hub.Options.TreePageSize;
        var size = PageSize(exchange, most, most);
        var start = exchange.Target.Value("cursor") is { } cursor ? ReadCursor(cursor) : 0;
        if (start is null)
        {
            await exchange.ErrorAsync(400, null, "Invalid cursor");
            return;
        }

        if (start + size < entries.Count)
        {
            Link(exchange, "cursor", Base64Url.EncodeToString(Encoding.ASCII.GetBytes((start.Value + size).ToString(CultureInfo.InvariantCulture))));
        }

        await exchange.JsonAsync(new JsonArray([.. entries.Skip(start.Value).Take(size).Select(e => listings.Entry(e.Key, e.Value, expand))]));
    }

    public static async Task PathsInfoAsync(Exchange exchange)
    {
        if (await RepositoryGuard.CommitAsync(exchange) is not var (_, commit))
        {
            return;
        }

        if (await PathsRequest.ReadAsync(exchange) is not { } asked)
        {
            await exchange.ErrorAsync(400, null, "\"paths\" is required");
            return;
        }

        var listings = new Listings(exchange.Hub, commit);
        var found = listings.Below("", recursive: true);
        await exchange.JsonAsync(new JsonArray([.. asked.Paths.Where(found.ContainsKey).Select(p => listings.Entry(p, found[p], asked.Expand))]));
    }

    public static async Task CommitsAsync(Exchange exchange)
    {
        if (await RepositoryGuard.CommitAsync(exchange) is not var (_, commit))
        {
            return;
        }

        var history = new List<StandInCommit>();
        for (var at = commit; at is not null; at = at.Parent)
        {
            history.Add(at);
        }

        var size = PageSize(exchange, exchange.Hub.Options.CommitPageSize, 1000);
        _ = int.TryParse(exchange.Target.Value("p"), NumberStyles.None, CultureInfo.InvariantCulture, out var page);
        if ((page + 1) * size < history.Count)
        {
            Link(exchange, "p", (page + 1).ToString(CultureInfo.InvariantCulture));
        }

        exchange.Response.Headers["X-Total-Count"] = history.Count.ToString(CultureInfo.InvariantCulture);
        await exchange.JsonAsync(new JsonArray([.. history.Skip(page * size).Take(size).Select(c => new JsonObject
        {
            ["id"] = c.Id,
            ["title"] = c.Title,
            ["message"] = "",
            ["authors"] = new JsonArray(new JsonObject { ["user"] = "stand-in", ["avatar"] = "" }),
            ["date"] = Listings.DateOf(c),
        })]));
    }

    private static int PageSize(Exchange exchange, int usual, int most) =>
        int.TryParse(exchange.Target.Value("limit"), NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit > 0 ? Math.Min(limit, most) : usual;

    private static int? ReadCursor(string cursor) =>
        Base64Url.IsValid(cursor) && int.TryParse(Encoding.ASCII.GetString(Base64Url.DecodeFromChars(cursor)), NumberStyles.None, CultureInfo.InvariantCulture, out var start) ? start : null;

    /// <summary>Says where the next page is: here, with one key of the query changed.</summary>
    private static void Link(Exchange exchange, string key, string value)
    {
        var others = exchange.Target.Query.Where(q => q.Key != key).Select(q => $"{Uri.EscapeDataString(q.Key)}={Uri.EscapeDataString(q.Value.ToString())}");
        var next = exchange.Here($"{exchange.Log.Target.Split('?')[0]}?{string.Join('&', others.Append($"{key}={value}"))}");
        exchange.Response.Headers.Link = $"<{next}>; rel=\"next\"";
    }
}
