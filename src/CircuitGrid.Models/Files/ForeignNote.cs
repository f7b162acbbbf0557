namespace CircuitGrid.Models.Files;

/// <summary>Something about a file of another tool that a person should know.</summary>
/// <param name="File">The file's path.</param>
/// <param name="Text">What is known about it, on one line: it begins with the place in the file.</param>
public sealed record ForeignNote(string File, string Text);
