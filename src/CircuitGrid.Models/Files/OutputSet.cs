using CircuitGrid.Compute;

namespace CircuitGrid.Models.Files;

/// <summary>
/// Files that one command writes together. All are written beside their places first, and only when every one is whole are they put there; what fails before
/// that leaves every old file as it was. Not for several threads.
/// </summary>
public sealed class OutputSet : IDisposable
{
    private const int BufferBytes = 1 << 16;

    private readonly List<Staged> _files = [];
    private readonly List<(OutputTarget Target, MemoryStream Content)> _streams = [];
    private bool _isCommitted;

    /// <summary>Writes a file beside its place.</summary>
    /// <param name="path">Its place; a link is followed, a pipe or a device is written through when the set is committed.</param>
    /// <param name="write">Writes its contents.</param>
    /// <exception cref="InvalidInputException">It can't be written, or the set has a file there already.</exception>
    /// <exception cref="DiskFullException">There is no room for it.</exception>
    public void Add(string path, Action<Stream> write)
    {
        var target = OutputTarget.Of(path);
        if (_files.Select(f => f.Target).Concat(_streams.Select(s => s.Target)).Any(t => string.Equals(t.Final, target.Final, StringComparison.Ordinal)))
        {
            throw new InvalidInputException(path, "would be written twice by one command; name different files");
        }

        if (target.IsStream)
        {
            var content = new MemoryStream();
            write(content);
            _streams.Add((target, content));
            return;
        }

        var temporary = OutputTarget.Temporary(Path.GetDirectoryName(target.Final)!);
        _files.Add(new(target, temporary));
        try
        {
            using var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, BufferBytes);
            if (!OperatingSystem.IsWindows() && File.Exists(target.Final))
            {
                // Who may read and write the file goes on to be who it was.
                File.SetUnixFileMode(stream.SafeFileHandle, File.GetUnixFileMode(target.Final));
            }

            write(stream);
            stream.Flush(flushToDisk: true);
        }
        catch (Exception e) when (WriteFault.IsOne(e))
        {
            throw WriteFault.Of(path, e);
        }
    }

    /// <summary>Writes through pipes and devices, and then puts the files into their places, one rename after the other.</summary>
    /// <param name="cancellation">Ends the waiting for somebody who reads from a pipe.</param>
    /// <exception cref="InvalidInputException">A file can't be put into its place; the message says which ones are there already.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    public void Commit(CancellationToken cancellation = default)
    {
        foreach (var (target, content) in _streams)
        {
            WriteThrough(target, content, cancellation);
        }

        Staged[] renames = [.. _files];
        var note = RenameNote.Begin(renames.Select(f => f.Target));
        for (var i = 0; i < renames.Length; i++)
        {
            Rename(renames, i, note);
        }

        note.Finish();
        _isCommitted = true;
    }

    public void Dispose()
    {
        if (_isCommitted)
        {
            return;
        }

        foreach (var file in _files)
        {
            try
            {
                File.Delete(file.Temporary);
            }
            catch (Exception e) when (WriteFault.IsOne(e))
            {
                // Why the set wasn't committed is what the caller needs to hear.
            }
        }
    }

    private static void Rename(Staged[] files, int index, RenameNote note)
    {
        try
        {
            File.Move(files[index].Temporary, files[index].Target.Final, overwrite: true);
        }
        catch (Exception e) when (WriteFault.IsOne(e))
        {
            if (index == 0)
            {
                note.Finish();
            }

            var (done, left) = (Names(files.Take(index)), Names(files.Skip(index)));
            throw index == 0 && files.Length == 1
                ? WriteFault.Of(files[index].Target.Path, e)
                : new InvalidInputException(
                    files[index].Target.Path,
                    $"can't be put into its place: {Text.OneLine(e.Message)}. New are {(done.Length == 0 ? "none of the files" : done)}; as before are {left}",
                    e);
        }
    }

    private static string Names(IEnumerable<Staged> files) => string.Join(", ", files.Select(f => Path.GetFileName(f.Target.Final)));

    /// <summary>Opening a pipe waits for somebody who reads it, and no system call can be called off: the thread that waits is left behind.</summary>
    private static void WriteThrough(OutputTarget target, MemoryStream content, CancellationToken cancellation)
    {
        if (!cancellation.CanBeCanceled && FileStatus.Of(target.Final)?.Kind == FileKind.Pipe)
        {
            throw new InvalidInputException(target.Path, "is a pipe, where only a plain file can be written");
        }

        var writing = Task.Factory.StartNew(
            () =>
            {
                using var to = new FileStream(target.Final, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
                content.WriteTo(to);
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        try
        {
            writing.WaitAsync(cancellation).GetAwaiter().GetResult();
        }
        catch (Exception e) when (WriteFault.IsOne(e))
        {
            throw WriteFault.Of(target.Path, e);
        }
    }

    private sealed record Staged(OutputTarget Target, string Temporary);
}
