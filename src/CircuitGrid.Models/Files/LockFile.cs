using System.Globalization;
using CircuitGrid.Compute;

namespace CircuitGrid.Models.Files;

/// <summary>
/// A file that one holder at a time has, in whatever process. On Unix the lock is flock(2), the same that Python's filelock takes; the system
/// gives it back when its holder is killed. The file itself stays: another that came into its place would be another lock.
/// </summary>
internal sealed class LockFile : IDisposable
{
    // errno EWOULDBLOCK, and HRESULTs of ERROR_SHARING_VIOLATION and ERROR_LOCK_VIOLATION
    private const int HeldOnLinux = 11;
    private const int HeldOnMac = 35;
    private const int SharingViolation = unchecked((int)0x80070020);
    private const int LockViolation = unchecked((int)0x80070021);

    private readonly FileStream _stream;

    private LockFile(FileStream stream) => _stream = stream;

    /// <summary>Takes the lock, and makes the file and its folder where they are missing; <see langword="null"/> where somebody else has it.</summary>
    /// <exception cref="InvalidInputException">The file can't be made or opened.</exception>
    public static LockFile? TryTake(string path)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            while (true)
            {
                var stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
                if (IsStillThere(path, stream))
                {
                    Share(stream);
                    return new(stream);
                }

                stream.Dispose();
            }
        }
        catch (IOException e) when (IsHeld(e.HResult))
        {
            return null;
        }
        catch (Exception e) when (WriteFault.IsOne(e))
        {
            throw WriteFault.Of(path, e);
        }
    }

    public void Dispose() => _stream.Dispose();

    /// <summary>Lets the group of a folder that several people use lock the file too, as Python's libraries do.</summary>
    private static void Share(FileStream stream)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        try
        {
            var mode = File.GetUnixFileMode(stream.SafeFileHandle);
            if (!mode.HasFlag(UnixFileMode.GroupWrite))
            {
                File.SetUnixFileMode(stream.SafeFileHandle, mode | UnixFileMode.GroupRead | UnixFileMode.GroupWrite);
            }
        }
        catch (UnauthorizedAccessException)
        {
            // Another's file, which was open to this program.
        }
    }

    /// <summary>Whether nobody has removed or replaced the file between its opening and its being locked.</summary>
    private static bool IsStillThere(string path, FileStream stream)
    {
        if (!OperatingSystem.IsLinux())
        {
            return true;
        }

        var descriptor = stream.SafeFileHandle.DangerousGetHandle().ToString(CultureInfo.InvariantCulture);
        return FileStatus.Of(path) is { } named && FileStatus.Of($"/proc/self/fd/{descriptor}") is { } open && named.Inode == open.Inode;
    }

    private static bool IsHeld(int code) =>
        OperatingSystem.IsWindows() ? code is SharingViolation or LockViolation : code == (OperatingSystem.IsMacOS() ? HeldOnMac : HeldOnLinux);
}
