namespace CircuitGrid.Grains.Experiments;

/// <summary>An experiment can't be planned where it is: another silo sees more of its suite, and it moves there.</summary>
/// <param name="message">Which silos lack what, and where it moves.</param>
[GenerateSerializer, Alias("circuitgrid.SuiteElsewhereException")]
public sealed class SuiteElsewhereException(string message) : OrleansException(message);
