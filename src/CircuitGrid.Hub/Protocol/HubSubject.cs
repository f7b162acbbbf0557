using CircuitGrid.Models.Files;
using CircuitGrid.Models.Hub;

namespace CircuitGrid.Hub.Protocol;

/// <summary>What a request is about, as messages name it.</summary>
/// <param name="Repository">The repository.</param>
/// <param name="Revision">A revision of it, or a commit.</param>
/// <param name="Path">A file of that.</param>
internal sealed record HubSubject(string Repository, string? Revision = null, string? Path = null)
{
    public static HubSubject Of(HubSnapshot snapshot, HubFile file) => new(snapshot.Repository.Repository, snapshot.Commit, file.Path);

    /// <summary>Its name where it isn't of the hub: the file of a list of URLs.</summary>
    public string? Name { get; init; }

    public override string ToString() =>
        Name ?? $"{HubAddress.Scheme}{Repository}{(Revision is null ? "" : "@" + Text.OneLine(Revision))}{(Path is null ? "" : ": " + Text.OneLine(Path))}";
}
