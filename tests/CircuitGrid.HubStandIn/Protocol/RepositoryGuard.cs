using CircuitGrid.HubStandIn.Repositories;
using CircuitGrid.HubStandIn.Requests;

namespace CircuitGrid.HubStandIn.Protocol;

/// <summary>Finds the repository and commit that a request names, or answers that it may not have them.</summary>
internal static class RepositoryGuard
{
    /// <summary>The repository; <see langword="null"/> where the request has been answered.</summary>
    public static async Task<StandInRepository?> RepositoryAsync(Exchange exchange)
    {
        var token = exchange.Log.Host == StandInHost.Elsewhere ? null : exchange.Token;
        var files = exchange.Target.Kind is RequestKind.Resolve or RequestKind.ResolveCache or RequestKind.Raw;
        if (token is not null && !exchange.Hub.Knows(token))
        {
            await exchange.ErrorAsync(401, null, "Invalid credentials in Authorization header");
            return null;
        }

        if (exchange.Hub.Repositories.NewNameOf(exchange.Target.Repository) is { } renamed)
        {
            var (target, name) = (exchange.Log.Target, exchange.Target.Repository);
            var at = target.IndexOf($"/{name}", StringComparison.Ordinal) + 1;
            await exchange.RedirectAsync(307, $"{target[..at]}{renamed}{target[(at + name.Length)..]}");
            return null;
        }

        var repository = exchange.Hub.Repositories.Find(exchange.Target.Repository);
        var accepted = repository is not null && token is not null && repository.AcceptedTokens.Contains(token);
        if (repository is null || (repository.Access == RepositoryAccess.Private && !accepted))
        {
            // Who isn't known is never told whether there is such a repository; listings don't even give a code then.
            await (token is not null ? exchange.ErrorAsync(404, "RepoNotFound", "Repository not found")
                : files ? exchange.ErrorAsync(401, "RepoNotFound", "Repository not found")
                : exchange.ErrorAsync(401, null, "Invalid username or password."));
            return null;
        }

        if (files && repository.Access == RepositoryAccess.Gated && !accepted)
        {
            await (token is null
                ? exchange.ErrorAsync(401, "GatedRepo", $"Access to model {repository.Name} is restricted. You must have access to it and be authenticated to access it. Please log in.")
                : exchange.ErrorAsync(403, "GatedRepo", $"Access to model {repository.Name} is restricted and you are not in the authorized list. Visit {exchange.Hub.Endpoint}/{repository.Name} to ask for access."));
            return null;
        }

        return repository;
    }

    /// <summary>The repository and the commit of the revision that is named; <see langword="null"/> where the request has been answered.</summary>
    public static async Task<(StandInRepository Repository, StandInCommit Commit)?> CommitAsync(Exchange exchange)
    {
        if (await RepositoryAsync(exchange) is not { } repository)
        {
            return null;
        }

        var revision = exchange.Target.Revision.Length == 0 ? "main" : exchange.Target.Revision;
        if (repository.Find(revision) is { } commit)
        {
            return (repository, commit);
        }

        await exchange.ErrorAsync(404, "RevisionNotFound", $"Invalid rev id: {revision}");
        return null;
    }
}
