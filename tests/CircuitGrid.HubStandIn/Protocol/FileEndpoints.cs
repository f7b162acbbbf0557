using System.Globalization;
using CircuitGrid.HubStandIn.Repositories;
using CircuitGrid.HubStandIn.Requests;
using Microsoft.AspNetCore.Http;

namespace CircuitGrid.HubStandIn.Protocol;

/// <summary>Files: the hub sends small ones itself, and says where large ones lie.</summary>
internal static class FileEndpoints
{
    public static async Task ResolveAsync(Exchange exchange)
    {
        if (await RepositoryGuard.CommitAsync(exchange) is not var (repository, commit))
        {
            return;
        }

        var headers = exchange.Response.Headers;
        headers["X-Repo-Commit"] = commit.Id;
        headers.AcceptRanges = "bytes";
        var path = exchange.Target.Path;
        if (commit.Tree.Files.GetValueOrDefault(path) is not { } file)
        {
            await exchange.ErrorAsync(404, "EntryNotFound", "Entry not found");
            return;
        }

        if (exchange.Target.Kind == RequestKind.Raw && exchange.Hub.IsLarge(path, file))
        {
            var pointer = StandInFile.Of(Listings.PointerOf(file));
            await FileAnswer.SendAsync(exchange, pointer, pointer.Digests.GitOid);
            return;
        }

        if (exchange.Hub.IsLarge(path, file))
        {
            headers.ETag = $"\"{new Listings(exchange.Hub, commit).OidOf(path, file)}\"";
            headers["X-Linked-Etag"] = $"\"{file.Digests.Sha256}\"";
            headers["X-Linked-Size"] = file.ListedSize.ToString(CultureInfo.InvariantCulture);
            headers["X-Xet-Hash"] = Listings.XetHashOf(file);
            var host = exchange.Log.Host == StandInHost.Hub ? exchange.Hub.Storage : exchange.Hub.Elsewhere;
            await exchange.RedirectAsync(StatusCodes.Status302Found, host + exchange.Hub.Objects.Sign(new(repository.Name, commit.Id, path, file)));
            return;
        }

        if (exchange.Target.Kind == RequestKind.Resolve && exchange.Hub.Options.RedirectsSmallFiles)
        {
            headers["X-Linked-Etag"] = $"\"{file.Digests.GitOid}\"";
            headers["X-Linked-Size"] = file.ListedSize.ToString(CultureInfo.InvariantCulture);
            var escaped = string.Join('/', path.Split('/').Select(Uri.EscapeDataString));
            await exchange.RedirectAsync(StatusCodes.Status307TemporaryRedirect, $"/api/resolve-cache/models/{repository.Name}/{commit.Id}/{escaped}?etag={Uri.EscapeDataString($"\"{file.Digests.GitOid}\"")}");
            return;
        }

        await FileAnswer.SendAsync(exchange, file, file.Digests.GitOid);
    }

    public static async Task LargeAsync(Exchange exchange)
    {
        if (exchange.Hub.Objects.Find(exchange.Log.Target) is not { } found || !exchange.Hub.Objects.Allows(exchange.Log.Target, exchange.Target))
        {
            await exchange.AnswerAsync(StatusCodes.Status403Forbidden, "application/xml", "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>AccessDenied</Code><Message>Access denied</Message></Error>"u8.ToArray());
            return;
        }

        // Storage has names of its own for what it holds: a client that takes this for the sha256 is wrong.
        await FileAnswer.SendAsync(exchange, found.File, FileDigests.Of(System.Text.Encoding.ASCII.GetBytes(found.File.Digests.Sha256)).GitOid[..32]);
    }
}
