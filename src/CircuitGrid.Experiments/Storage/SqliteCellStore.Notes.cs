using System.Runtime.CompilerServices;

namespace CircuitGrid.Experiments.Storage;

public sealed partial class SqliteCellStore
{
    public Task<byte[]?> ReadNoteAsync(NoteArea area, string name, CancellationToken cancellation = default) => RunAsync(
        () =>
        {
            if (!hasNotes)
            {
                return null;
            }

            using var command = Command("SELECT content FROM notes WHERE area = $area AND name = $name", ("$area", area.Key()), ("$name", name));
            return (byte[]?)command.ExecuteScalar();
        },
        cancellation);

    public Task WriteNoteAsync(NoteArea area, string name, ReadOnlyMemory<byte> content, CancellationToken cancellation = default) => IsReadOnly
        ? Task.CompletedTask
        : WriteAsync(
            () => Execute("INSERT OR IGNORE INTO notes VALUES ($area, $name, $content)", ("$area", area.Key()), ("$name", name), ("$content", content.ToArray())),
            cancellation);

    public async IAsyncEnumerable<string> NotesAsync(NoteArea area, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var names = await RunAsync(
            () =>
            {
                var found = new List<string>();
                if (!hasNotes)
                {
                    return found;
                }

                using var command = Command("SELECT name FROM notes WHERE area = $area", ("$area", area.Key()));
                using var row = command.ExecuteReader();
                while (row.Read())
                {
                    found.Add(row.GetString(0));
                }

                return found;
            },
            cancellation);
        foreach (var name in names.Order(StringComparer.Ordinal))
        {
            yield return name;
        }
    }
}
