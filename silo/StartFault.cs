using System.Net.Sockets;
using Azure;
using CircuitGrid.Compute;
using Microsoft.AspNetCore.Connections;

namespace CircuitGrid.Silo;

/// <summary>Why a silo can't start, in one line for people. Of what storage answers only the code is told: its texts may hold what was sent to it.</summary>
internal static class StartFault
{
    public static string Of(Exception error)
    {
        var causes = Causes(error).ToList();
        return causes.OfType<InvalidInputException>().FirstOrDefault()?.Message
            ?? causes.OfType<AddressInUseException>().Select(_ => "a port is taken by another program").FirstOrDefault()
            ?? causes.OfType<RequestFailedException>().Where(r => r.Status != 0).Select(r => $"the storage account refuses with {r.Status} {r.ErrorCode}").FirstOrDefault()
            ?? causes.OfType<SocketException>().FirstOrDefault()?.Message
            ?? $"{causes[^1].GetType().Name}: {causes[^1].Message}";
    }

    /// <summary>Whether storage has answered, and said no.</summary>
    public static bool IsRefusal(Exception error) => Causes(error).OfType<RequestFailedException>().Any(r => r.Status is >= 400 and < 500 and not (408 or 429));

    private static IEnumerable<Exception> Causes(Exception error)
    {
        for (var cause = error; cause is not null; cause = (cause as AggregateException)?.InnerExceptions.FirstOrDefault() ?? cause.InnerException)
        {
            yield return cause;
        }
    }
}
