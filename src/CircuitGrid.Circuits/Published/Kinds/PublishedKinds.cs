namespace CircuitGrid.Circuits.Published;

/// <summary>What published values may be, in the words of the file.</summary>
public static class PublishedKinds
{
    public const string Loss = "loss";
    public const string LogitMeans = "logitMeans";
    public const string Logits = "logits";
    public const string LogitDifferences = "logitDifferences";
    public const string LogitDifferenceMean = "logitDifferenceMean";
    public const string Probabilities = "probabilities";
    public const string Greedy = "greedy";
    public const string Tokens = "tokens";
    public const string HeadRoles = "headRoles";
}
