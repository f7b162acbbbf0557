using CircuitGrid.Compute;

namespace CircuitGrid.Hub.Protocol;

/// <summary>
/// What proves to the hub who asks. It shows itself to nobody: it has no text and no property, and can't be compared, printed or written into JSON.
/// </summary>
public sealed class HubToken
{
    private const int MostCharacters = 4096;

    private readonly string value;

    private HubToken(string value) => this.value = value;

    /// <summary>Takes a token.</summary>
    /// <param name="text">The token; space around it isn't part of it.</param>
    /// <param name="where">Where it comes from, for messages.</param>
    /// <returns><see langword="null"/> where the text is empty.</returns>
    /// <exception cref="InvalidInputException">It is none. The message doesn't show it.</exception>
    public static HubToken? Parse(string text, string where)
    {
        var token = text.Trim();
        return token.Length == 0 ? null
            : token.Length <= MostCharacters && token.All(c => c is > ' ' and <= '~') ? new(token)
            : throw new InvalidInputException(where, "holds no token: one is a single word of ASCII letters and digits, as hf_…");
    }

    public override string ToString() => "a token";

    /// <summary>The header that proves who asks. Only requests to the hub itself may have it.</summary>
    internal string Authorization => "Bearer " + value;
}
