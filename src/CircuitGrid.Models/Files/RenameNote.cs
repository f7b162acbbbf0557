using System.Text;
using CircuitGrid.Compute;

namespace CircuitGrid.Models.Files;

/// <summary>
/// A text that stands beside several files while they are put into their places. Where a process is killed in that moment it stays, and says to whoever looks
/// into the folder that its files may not belong together.
/// </summary>
internal sealed class RenameNote
{
    private const string Name = "circuitgrid-unfinished.txt";

    private readonly string? _path;

    private RenameNote(string? path) => _path = path;

    /// <summary>Writes the note where more than one file is renamed; it goes into the folder of the first.</summary>
    /// <exception cref="InvalidInputException">It can't be written; nothing has been renamed.</exception>
    public static RenameNote Begin(IEnumerable<OutputTarget> targets)
    {
        string[] files = [.. targets.Select(t => t.Final)];
        if (files.Length < 2)
        {
            return new(path: null);
        }

        var path = Path.Combine(Path.GetDirectoryName(files[0])!, Name);
        var text = new StringBuilder("A command was interrupted while it put these files into their places. They may not belong together; the same command writes them anew.\n\n");
        foreach (var file in files)
        {
            text.Append(Text.OneLine(file)).Append('\n');
        }

        var temporary = OutputTarget.Temporary(Path.GetDirectoryName(path)!);
        try
        {
            // renamed into its place, so that a link or a pipe of this name is not written through
            File.WriteAllText(temporary, text.ToString());
            File.Move(temporary, path, overwrite: true);
            return new(path);
        }
        catch (Exception e) when (WriteFault.IsOne(e))
        {
            throw WriteFault.Of(path, e);
        }
    }

    /// <summary>All files are in their places, or none is: the note goes.</summary>
    /// <exception cref="InvalidInputException">It can't be taken away.</exception>
    public void Finish()
    {
        try
        {
            if (_path is not null)
            {
                File.Delete(_path);
            }
        }
        catch (Exception e) when (WriteFault.IsOne(e))
        {
            throw new InvalidInputException(_path!, "can't be deleted; the files that it names are in their places: " + Text.OneLine(e.Message), e);
        }
    }
}
