using System.Diagnostics;
using System.Globalization;
using System.Text;
using CircuitGrid.Compute;
using CircuitGrid.Models.Files;
using CircuitGrid.Models.Hub;

namespace CircuitGrid.Hub.Cache;

/// <summary>
/// Notes of the partial files that this program has begun in a repository's folder, one a file, by which it finds those of its processes that were killed. A note
/// holds the machine and the process.
/// </summary>
internal sealed class PartialNotes(HubRepositoryFolder folder)
{
    private const string Ending = ".incomplete";
    private const int MostNoteBytes = 4096;

    private static readonly TimeSpan s_surelyDead = TimeSpan.FromDays(1);

    /// <summary>A path for a partial file as Python's libraries name theirs, <c>DIGEST.8 hex digits.incomplete</c>, and a note of it.</summary>
    /// <exception cref="InvalidInputException">The note can't be written.</exception>
    public string Begin(string digest)
    {
        var name = $"{digest}.{Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture)[..8]}{Ending}";
        OutputFile.Write(Path.Combine(folder.Partials, name), note => note.Write(Encoding.UTF8.GetBytes(Writer(Environment.ProcessId))));
        return Path.Combine(folder.Blobs, name);
    }

    /// <summary>Drops the note of a partial file that has come to its place or is gone.</summary>
    public void End(string path) => Remove(Path.Combine(folder.Partials, Path.GetFileName(path)));

    /// <summary>
    /// Removes partial files of this program whose writers are dead: nobody holds them, and their process is gone or has done nothing to them for a day.
    /// </summary>
    public void RemoveDead()
    {
        if (!Directory.Exists(folder.Partials))
        {
            return;
        }

        foreach (var note in Directory.EnumerateFiles(folder.Partials, "*" + Ending))
        {
            var partial = Path.Combine(folder.Blobs, Path.GetFileName(note));
            try
            {
                if (FileStatus.Of(partial) is not { } status)
                {
                    // its writer may be about to begin, or has just come to the end
                    if (FileStatus.Of(note) is { } alone && (IsOld(alone) || IsOfDeadProcess(note, isOwnDead: false)))
                    {
                        Remove(note);
                    }
                }
                else if (LockFile.TryTake(partial) is { } held)
                {
                    using (held)
                    {
                        if (IsOld(status) || IsOfDeadProcess(note, isOwnDead: true))
                        {
                            Remove(partial);
                            Remove(note);
                        }
                    }
                }
            }
            catch (InvalidInputException)
            {
                // Another user's: it stays.
            }
        }
    }

    private static bool IsOld(FileStatus status) => DateTimeOffset.UtcNow - status.Modified > s_surelyDead;

    private static string Writer(int process) => $"{Environment.MachineName}\n{process.ToString(CultureInfo.InvariantCulture)}\n";

    /// <summary>Whether a process of this machine wrote a note and is gone. A partial file that nobody holds isn't this process's, whatever its number.</summary>
    private static bool IsOfDeadProcess(string note, bool isOwnDead)
    {
        var lines = Encoding.UTF8.GetString(SourceFile.ReadAll(note, MostNoteBytes)).Split('\n');
        if (lines is not [var machine, var text, ..] || machine != Environment.MachineName || !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id))
        {
            return false;
        }

        if (id == Environment.ProcessId)
        {
            return isOwnDead;
        }

        try
        {
            using var process = Process.GetProcessById(id);
            return process.HasExited;
        }
        catch (ArgumentException)
        {
            return true;
        }
        catch (Exception e) when (e is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private static void Remove(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (WriteFault.IsOne(e))
        {
            // It takes room, and does no harm.
        }
    }
}
