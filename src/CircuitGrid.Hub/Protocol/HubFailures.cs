using System.Globalization;
using System.Net;
using System.Net.Sockets;
using CircuitGrid.Compute;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Hub.Protocol;

/// <summary>What an answer or a connection that failed means, in plain words.</summary>
internal sealed class HubFailures(HubOptions options, HubUrls urls)
{
    /// <summary>Whether a failure may pass by itself: a connection that broke, or didn't come about.</summary>
    public static bool IsOfConnection(Exception e) => e is HttpRequestException or IOException or TimeoutException or SocketException;

    /// <summary>Whether an answer says that a repetition may be answered otherwise.</summary>
    public static bool MayPass(HttpStatusCode status) => status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests || (int)status is >= 500 and < 600;

    /// <summary>An answer that isn't what was asked for.</summary>
    public InvalidInputException OfAnswer(HubSubject subject, HttpResponseMessage answer, Uri address, DateTimeOffset now)
    {
        if (MayPass(answer.StatusCode))
        {
            return new HubUnreachableException(subject.ToString(), HubWaits.Of(answer, now) is { } wait && wait > options.LongestWait
                ? $"{HubUrls.Show(address)} answers {Name(answer)}, and asks to wait {wait.TotalSeconds:0} s; run again then"
                : $"{HubUrls.Show(address)} goes on answering {Name(answer)}; run again later");
        }

        var code = HubHeaders.Find(answer, "X-Error-Code");
        var said = HubHeaders.Find(answer, "X-Error-Message");
        var reason = code switch
        {
            _ when !urls.IsHub(address) => $"{HubUrls.Show(address)} answers {Name(answer)}",
            "GatedRepo" => $"is gated: accept its terms at {urls.Page(subject.Repository)} and {(options.Token is null ? "set HF_TOKEN" : "use a token of the account that did")}",
            "RevisionNotFound" => $"has no revision {Text.OneLine(subject.Revision ?? "")}",
            "EntryNotFound" => "isn't in the repository at that commit",
            "RepoNotFound" => NoRepository(),
            _ when answer.StatusCode == HttpStatusCode.Unauthorized && said?.StartsWith("Invalid credentials", StringComparison.OrdinalIgnoreCase) == true => "the hub doesn't know the token; set HF_TOKEN to a valid one, or to nothing",
            null or "" when answer.StatusCode == HttpStatusCode.Unauthorized => NoRepository(),
            _ => $"{HubUrls.Show(address)} answers {Name(answer)}{(said is null ? "" : $": {Text.OneLine(said)}")}",
        };

        var where = code is "RepoNotFound" or "GatedRepo" or "RevisionNotFound" ? subject with { Revision = null, Path = null } : subject;
        return new(where.ToString(), reason);
    }

    /// <summary>A connection that failed. Nothing of the exception is shown that could hold a password or a signed address.</summary>
    public static HubUnreachableException OfConnection(HubSubject subject, Uri address, Exception e)
    {
        var socket = e.Causes().OfType<SocketException>().FirstOrDefault();
        return new(subject.ToString(), $"{HubUrls.Show(address)} can't be reached: {Describe(e, socket)}", socket);
    }

    private static string Describe(Exception e, SocketException? socket) => e switch
    {
        TimeoutException => Text.OneLine(e.Message),
        _ when socket is not null => Text.OneLine(socket.Message),
        HttpRequestException { HttpRequestError: var error } => Describe(error),
        HttpIOException { HttpRequestError: var error } => Describe(error),
        _ => "the connection broke",
    };

    private static string Describe(HttpRequestError error) => error switch
    {
        HttpRequestError.NameResolutionError => "its name isn't known",
        HttpRequestError.ConnectionError => "no connection can be made",
        HttpRequestError.SecureConnectionError => "no secure connection can be made",
        HttpRequestError.ProxyTunnelError => "the proxy refuses",
        HttpRequestError.ResponseEnded => "the answer broke off",
        HttpRequestError.InvalidResponse => "the answer isn't HTTP",
        HttpRequestError.ConfigurationLimitExceeded => "the headers of the answer are too long",
        _ => "the connection broke",
    };

    private static string Name(HttpResponseMessage answer)
    {
        var status = (int)answer.StatusCode;
        return Enum.IsDefined(answer.StatusCode) ? string.Create(CultureInfo.InvariantCulture, $"{status} ({answer.StatusCode})") : status.ToString(CultureInfo.InvariantCulture);
    }

    private string NoRepository() => options.Token is null
        ? "there is no such repository, or it is private; set HF_TOKEN if it is yours"
        : "there is no such repository, or it is private and the token doesn't open it";
}
