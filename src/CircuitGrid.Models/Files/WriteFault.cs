using CircuitGrid.Compute;

namespace CircuitGrid.Models.Files;

/// <summary>What the file system says when something can't be written, in the words of this program.</summary>
public static class WriteFault
{
    // errno, asm-generic/errno.h and sys/errno.h; a .NET exception has it as its HResult
    private const int NoSpace = 28;
    private const int QuotaOfLinux = 122;
    private const int QuotaOfMac = 69;

    // HRESULTs of ERROR_HANDLE_DISK_FULL, ERROR_DISK_FULL and ERROR_DISK_QUOTA_EXCEEDED, winerror.h
    private const int HandleDiskFull = unchecked((int)0x80070027);
    private const int DiskFull = unchecked((int)0x80070070);
    private const int QuotaOfWindows = unchecked((int)0x8007050F);

    /// <summary>Whether an exception is the file system's word about a path, not a fault of the program.</summary>
    public static bool IsOne(Exception e) => e is IOException or UnauthorizedAccessException or NotSupportedException;

    /// <summary>The error to throw where a file can't be written.</summary>
    /// <param name="path">The file, as the user named it.</param>
    /// <param name="e">What the file system said.</param>
    /// <returns>A <see cref="DiskFullException"/> where there is no room; else an <see cref="InvalidInputException"/>.</returns>
    public static InvalidInputException Of(string path, Exception e) => e switch
    {
        InvalidInputException said => said,
        _ when IsDiskFull(e) => new DiskFullException(path, e),
        UnauthorizedAccessException when Directory.Exists(path) => new(path, "is a folder; name a file to write", e),
        UnauthorizedAccessException => new(path, "can't be written: access is denied", e),
        DirectoryNotFoundException => new(path, "can't be written: its folder doesn't exist", e),
        _ => new(path, "can't be written: " + Text.OneLine(e.Message.TrimEnd('.')), e),
    };

    /// <summary>Whether an exception, or one that it was made of, says that there is no room left on a disk.</summary>
    public static bool IsDiskFull(Exception e) => e.Causes().Any(cause => cause is DiskFullException || (cause is IOException && IsDiskFull(cause.HResult)));

    private static bool IsDiskFull(int code) =>
        OperatingSystem.IsWindows() ? code is HandleDiskFull or DiskFull or QuotaOfWindows
        : code is NoSpace || code == (OperatingSystem.IsMacOS() ? QuotaOfMac : QuotaOfLinux);
}
