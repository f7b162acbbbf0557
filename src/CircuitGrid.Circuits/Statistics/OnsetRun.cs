namespace CircuitGrid.Circuits.Statistics;

/// <summary>Checkpoints of a series through which something lasts, by their places in the series.</summary>
/// <param name="After">
/// The last checkpoint before the run that is <see cref="Presence.Without"/>; <see langword="null"/> where there is none, so that when it came isn't bounded below.
/// </param>
/// <param name="By">The run's first checkpoint that is <see cref="Presence.With"/>.</param>
/// <param name="Shown">How many of the run's checkpoints are <see cref="Presence.With"/>.</param>
/// <param name="LostAt">The checkpoint that ends the run, the first after it that is <see cref="Presence.Without"/>; <see langword="null"/> where it reaches the end.</param>
public readonly record struct OnsetRun(int? After, int By, int Shown, int? LostAt);
