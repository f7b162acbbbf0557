using CircuitGrid.Compute;

namespace CircuitGrid.Client.Remote;

/// <summary>The address of a server as <c>--server</c> names it.</summary>
internal static class ServerAddress
{
    private const string Option = "--server";

    /// <summary>Reads an address. What stands before an @ in it, a user and a password, is never shown.</summary>
    /// <exception cref="InvalidInputException">It is none, or holds a user's name or password.</exception>
    public static Uri Parse(string text)
    {
        var at = text.LastIndexOf('@');
        if (at >= 0)
        {
            throw new InvalidInputException(
                $"{Option} …{text[at..]}", "holds a user's name or a password, which no server asks for; leave out what stands before the @, and show a server's token with --token-file");
        }

        return Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            ? address
            : throw new InvalidInputException($"{Option} {text}", "is no address of a server; it looks like http://127.0.0.1:5480");
    }
}
