using System.Globalization;
using System.Text.RegularExpressions;
using CircuitGrid.Compute;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Hub.Protocol;

/// <summary>The variables of the environment that Hugging Face's libraries read. An empty one is one that isn't set.</summary>
internal sealed partial class HubEnvironment(Func<string, string?> variable, string homeFolder)
{
    private const int MostTokenBytes = 1 << 16;
    private const int MostSeconds = 86_400;

    /// <summary>The hub's address.</summary>
    /// <exception cref="InvalidInputException">It isn't one.</exception>
    public Uri Endpoint()
    {
        const string Name = "HF_ENDPOINT";
        if (Text(Name) is not { } text)
        {
            return new(HubOptions.DefaultEndpoint);
        }

        // a part of it could be a password: the text isn't shown
        return Uri.TryCreate(text.Trim().TrimEnd('/'), UriKind.Absolute, out var address)
            && (address.Scheme == Uri.UriSchemeHttps || address.Scheme == Uri.UriSchemeHttp)
            && address is { UserInfo: "", Query: "", Fragment: "" }
            ? address
            : throw new InvalidInputException(Name, $"is no address of a hub; one is https://HOST, as {HubOptions.DefaultEndpoint}, perhaps with a path, but without a user, '?' or '#'");
    }

    /// <summary>The folder of the cache.</summary>
    public string CacheFolder() => Folder("HF_HUB_CACHE") ?? Folder("HUGGINGFACE_HUB_CACHE") ?? Path.Combine(Home(), "hub");

    /// <summary>The token; <see langword="null"/> where there is none, or none is to be used.</summary>
    /// <exception cref="InvalidInputException">It can't be read, or is none.</exception>
    public HubToken? Token()
    {
        if (Flag("HF_HUB_DISABLE_IMPLICIT_TOKEN"))
        {
            return null;
        }

        foreach (var name in new[] { "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN" })
        {
            if (Text(name) is { } text && HubToken.Parse(text, name) is { } token)
            {
                return token;
            }
        }

        var path = Folder("HF_TOKEN_PATH") ?? Path.Combine(Home(), "token");
        return FileStatus.Of(path) is null ? null : HubToken.Parse(Utf8Text.Decode(path, SourceFile.ReadAll(path, MostTokenBytes)), path);
    }

    /// <summary>A variable that says yes or no; no where it isn't set. Of several the first that is set counts.</summary>
    /// <exception cref="InvalidInputException">It says something else.</exception>
    public bool Flag(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (Text(name) is { } text)
            {
                return text.Trim().ToUpperInvariant() switch
                {
                    "1" or "ON" or "YES" or "TRUE" => true,
                    "" or "0" or "OFF" or "NO" or "FALSE" => false,
                    _ => throw new InvalidInputException(name, $"is '{Models.Files.Text.OneLine(text)}'; it can be 1, ON, YES or TRUE, or 0, OFF, NO or FALSE"),
                };
            }
        }

        return false;
    }

    /// <summary>A variable with a number of seconds.</summary>
    /// <exception cref="InvalidInputException">It has another value.</exception>
    public TimeSpan Seconds(string name, double usual) =>
        Text(name) is not { } text ? TimeSpan.FromSeconds(usual)
        : double.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var seconds) && seconds is > 0 and <= MostSeconds
            ? TimeSpan.FromSeconds(seconds)
            : throw new InvalidInputException(name, $"is '{Models.Files.Text.OneLine(text)}'; it must be a number of seconds above 0 and up to {MostSeconds}");

    private string Home() => Folder("HF_HOME") ?? Path.Combine(Folder("XDG_CACHE_HOME") ?? Path.Combine(homeFolder, ".cache"), "huggingface");

    /// <summary>A variable with a path, in which <c>~</c> and <c>$NAME</c> stand for what they do in a shell.</summary>
    private string? Folder(string name)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        var path = text is "~" || text.StartsWith("~/", StringComparison.Ordinal) ? homeFolder + text[1..] : text;
        return Path.GetFullPath(Named().Replace(path, match => Text(match.Groups["name"].Value) ?? match.Value));
    }

    private string? Text(string name) => variable(name) is { Length: > 0 } text ? text : null;

    [GeneratedRegex(@"\$(\{(?<name>\w+)\}|(?<name>\w+))", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Named();
}
