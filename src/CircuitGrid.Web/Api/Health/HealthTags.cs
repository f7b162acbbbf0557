namespace CircuitGrid.Web.Api.Health;

/// <summary>Which of the health checks an address asks; <c>/health</c> asks all.</summary>
public static class HealthTags
{
    /// <summary>Whether the process can go on at all: <c>/health/live</c>. What fails here has it killed and started again.</summary>
    public const string Live = "live";

    /// <summary>Whether it takes work now: <c>/health/ready</c>.</summary>
    public const string Ready = "ready";
}
