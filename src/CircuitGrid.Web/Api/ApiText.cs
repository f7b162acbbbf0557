namespace CircuitGrid.Web.Api;

/// <summary>Sentences that several answers share.</summary>
internal static class ApiText
{
    public const string NoExperiment = "There is no experiment of this id; GET /api/v1/experiments lists those there are.";
    public const string NoResult = "There is no result under this key.";
}
