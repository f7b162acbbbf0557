using System.Text;
using CircuitGrid.Compute;

namespace CircuitGrid.Models.Files;

/// <summary>
/// A file that stands beside several others while they are put into their places, and names them. Where a process is killed in that moment the note stays, and
/// whoever uses the folder next is told that its files may not belong together.
/// </summary>
internal sealed class RenameNote
{
    private const string Name = ".circuitgrid-unfinished";
    private const int MaxBytes = 1 << 16;

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
        try
        {
            File.WriteAllLines(path, files, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        }
        catch (Exception e) when (SourceFile.IsFileError(e))
        {
            throw OutputTarget.CannotWrite(path, e);
        }

        return new(path);
    }

    /// <summary>The files of a folder whose renaming was interrupted; none where it wasn't.</summary>
    public static IReadOnlyList<string> Unfinished(string folder)
    {
        var path = Path.Combine(folder, Name);
        return FileStatus.Of(path)?.Kind == FileKind.Plain
            ? Encoding.UTF8.GetString(SourceFile.ReadAll(path, MaxBytes)).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            : [];
    }

    /// <summary>All files are in their places, or none is: the note goes.</summary>
    public void Finish()
    {
        if (_path is not null)
        {
            File.Delete(_path);
        }
    }
}
