using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace CircuitGrid.HubStandIn.Repositories;

/// <summary>A commit of a repository: its files, and what came before it.</summary>
public sealed class StandInCommit
{
    private static readonly DateTimeOffset First = new(2023, 4, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly Lazy<string> id;

    internal StandInCommit(string repository, string title, StandInTree tree, StandInCommit? parent)
    {
        Title = title;
        Tree = tree;
        Parent = parent;
        Date = parent is null ? First : parent.Date.AddHours(1);
        id = new(() => Hash(repository));
    }

    /// <summary>40 hexadecimal digits, determined by repository, title, files and the commits before. Files are hashed when it is first asked for.</summary>
    public string Id => id.Value;

    public string Title { get; }

    public StandInTree Tree { get; }

    public StandInCommit? Parent { get; }

    /// <summary>The first commit of a branch is of a fixed day, each other an hour after the one before it.</summary>
    public DateTimeOffset Date { get; }

    private string Hash(string repository)
    {
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"{repository}\n{Title}\n{Parent?.Id}\n");
        foreach (var (path, file) in Tree.Files)
        {
            text.Append(CultureInfo.InvariantCulture, $"{path}\0{file.Identity}\n");
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())))[..40];
    }
}
