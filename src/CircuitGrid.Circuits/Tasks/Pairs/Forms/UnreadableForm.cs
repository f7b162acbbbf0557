using System.Collections.Immutable;

namespace CircuitGrid.Circuits.Tasks.Pairs.Forms;

/// <summary>A published form whose metric can't be had from the file.</summary>
/// <param name="Columns">Its columns beside <c>clean</c> and <c>corrupted</c>.</param>
/// <param name="Reason">Why, and what to do instead.</param>
internal sealed record UnreadableForm(ImmutableArray<string> Columns, string Reason);
