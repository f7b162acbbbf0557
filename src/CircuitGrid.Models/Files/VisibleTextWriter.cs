using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace CircuitGrid.Models.Files;

/// <summary>
/// A writer to a terminal or log by which nothing gets there that isn't <see cref="VisibleText"/>, whoever writes. Texts are passed on whole, so that
/// what several threads write keeps apart as it would without.
/// </summary>
public sealed class VisibleTextWriter : TextWriter
{
    private readonly TextWriter inner;

    private VisibleTextWriter(TextWriter inner)
        : base(inner.FormatProvider) => this.inner = inner;

    public override Encoding Encoding => inner.Encoding;

    [AllowNull]
    public override string NewLine
    {
        get => inner.NewLine;
        set => inner.NewLine = value;
    }

    /// <summary>Writes to another writer, which isn't disposed of with it.</summary>
    public static TextWriter Around(TextWriter writer) => new VisibleTextWriter(writer);

    /// <summary>A character alone: half a character has no other half.</summary>
    public override void Write(char value) => inner.Write(VisibleText.Of(value.ToString()));

    public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

    public override void Write(ReadOnlySpan<char> buffer) => inner.Write(VisibleText.Of(buffer.ToString()));

    public override void Write(string? value) => inner.Write(value is null ? null : VisibleText.Of(value));

    public override void WriteLine() => inner.WriteLine();

    public override void WriteLine(ReadOnlySpan<char> buffer) => inner.WriteLine(VisibleText.Of(buffer.ToString()));

    public override void WriteLine(string? value) => inner.WriteLine(value is null ? null : VisibleText.Of(value));

    public override void Flush() => inner.Flush();
}
