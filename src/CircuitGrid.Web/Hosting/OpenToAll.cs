namespace CircuitGrid.Web.Hosting;

/// <summary>Marks an endpoint that answers without a token, and then tells next to nothing.</summary>
internal sealed class OpenToAll
{
    public static OpenToAll Instance { get; } = new();
}
