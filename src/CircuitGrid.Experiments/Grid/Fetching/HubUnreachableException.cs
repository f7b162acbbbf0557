using CircuitGrid.Compute;

namespace CircuitGrid.Experiments.Grid.Fetching;

/// <summary>The hub can't be reached, or this machine is told not to: no checkpoint is at fault, and another time may do.</summary>
public sealed class HubUnreachableException(string input, string reason, Exception? innerException = null) : InvalidInputException(input, reason, innerException);
