using CircuitGrid.Compute;
using CircuitGrid.Models.Tokenization;

namespace CircuitGrid.Circuits.Tasks.Pairs.Forms;

/// <summary>What the answers of a form may depend on beside the file.</summary>
/// <param name="Path">The file.</param>
/// <param name="Metric">What is measured.</param>
/// <param name="Tokenizer">The model's; <see langword="null"/> where there is none.</param>
internal readonly record struct CsvContext(string Path, MetricKind Metric, Lazy<Tokenizer>? Tokenizer);
