using CircuitGrid.Compute;

namespace CircuitGrid.Models.Hub;

/// <summary>Addresses of suites that are no folders: on the hub, or lists of URLs.</summary>
public static class RemoteSuite
{
    /// <summary>Whether a text is an address, not a path.</summary>
    public static bool IsOne(string text) => HubAddress.IsOne(text) || UrlList.IsOne(text);

    /// <summary>The address as experiments keep it.</summary>
    /// <param name="text">The address.</param>
    /// <param name="folder">What a path in it is relative to.</param>
    /// <exception cref="InvalidInputException">It is none.</exception>
    public static string Parse(string text, string folder) => UrlList.IsOne(text) ? UrlList.InFolder(text, folder) : HubAddress.Parse(text).Text;

    /// <summary>What the suite is called where nobody gives it a name.</summary>
    /// <exception cref="InvalidInputException">The address is none.</exception>
    public static string NameOf(string address) => UrlList.IsOne(address) ? UrlList.NameOf(address) : HubAddress.Parse(address).CommonName;
}
