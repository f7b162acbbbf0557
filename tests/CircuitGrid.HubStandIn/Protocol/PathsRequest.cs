using System.Text.Json;

namespace CircuitGrid.HubStandIn.Protocol;

/// <summary>The body of a paths-info request: JSON, or a form as Python's client sends it.</summary>
internal sealed record PathsRequest(IReadOnlyList<string> Paths, bool Expand)
{
    /// <summary>Reads it; <see langword="null"/> where it is none.</summary>
    public static async Task<PathsRequest?> ReadAsync(Exchange exchange)
    {
        if (exchange.Request.HasFormContentType)
        {
            var form = await exchange.Request.ReadFormAsync(exchange.Cancellation);
            return form.ContainsKey("paths") ? new([.. form["paths"].OfType<string>()], form["expand"].ToString() is "true" or "True") : null;
        }

        try
        {
            using var json = await JsonDocument.ParseAsync(exchange.Request.Body, cancellationToken: exchange.Cancellation);
            return json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("paths", out var paths) && paths.ValueKind == JsonValueKind.Array
                ? new([.. paths.EnumerateArray().Select(p => p.GetString()!)], json.RootElement.TryGetProperty("expand", out var expand) && expand.ValueKind == JsonValueKind.True)
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
