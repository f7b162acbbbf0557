using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using CircuitGrid.Compute;

namespace CircuitGrid.Models.Files;

/// <summary>
/// What the file system says of a path, links followed. Looking opens nothing, so that neither a pipe nor a device can hold it up.
/// </summary>
/// <param name="Kind">What stands there.</param>
/// <param name="Length">Bytes of a plain file.</param>
/// <param name="Modified">When its bytes were last written, as the file system says; programs can set it back.</param>
/// <param name="Changed">When anything about it last changed, which no program can set; <see langword="null"/> on systems without it.</param>
/// <param name="Inode">Number of the file in its file system: another file in its place has another one; 0 on systems without it.</param>
public sealed partial record FileStatus(FileKind Kind, long Length, DateTimeOffset Modified, DateTimeOffset? Changed, ulong Inode)
{
    /// <summary>Changes whenever the file does, or another comes into its place.</summary>
    public string Stamp { get; } = string.Create(CultureInfo.InvariantCulture, $"{Length}|{Modified.UtcTicks}|{Changed?.UtcTicks ?? 0}|{Inode}");

    /// <summary>The later of <see cref="Modified"/> and <see cref="Changed"/>.</summary>
    public DateTimeOffset LastTouched => Changed is { } changed && changed > Modified ? changed : Modified;

    /// <summary>Looks at a path.</summary>
    /// <returns><see langword="null"/> where nothing is, or a link leads to nothing.</returns>
    /// <exception cref="InvalidInputException">The path can't be looked at, or is none.</exception>
    public static FileStatus? Of(string path)
    {
        if (path.Length == 0 || path.Contains('\0', StringComparison.Ordinal))
        {
            throw new InvalidInputException(Text.OneLine(path), path.Length == 0 ? "an empty text is no path" : "isn't a path: it holds a NUL character");
        }

        return OperatingSystem.IsLinux() ? OfLinux(path) : OfAny(path);
    }

    private static FileStatus? OfLinux(string path)
    {
        Span<byte> buffer = stackalloc byte[Statx.Bytes];
        if (Statx.Read(Statx.CurrentFolder, path, flags: 0, Statx.BasicStatus, buffer) != 0)
        {
            return Marshal.GetLastPInvokeError() switch
            {
                Statx.NoEntry or Statx.NotAFolder => null,
                Statx.AccessDenied => throw new InvalidInputException(path, "can't be looked at: access is denied"),
                var error => throw new InvalidInputException(path, "can't be looked at: " + Text.OneLine(Marshal.GetPInvokeErrorMessage(error))),
            };
        }

        return new(
            (BinaryPrimitives.ReadUInt16LittleEndian(buffer[28..]) & Statx.KindMask) switch
            {
                Statx.PlainFile => FileKind.Plain,
                Statx.Directory => FileKind.Folder,
                Statx.Fifo => FileKind.Pipe,
                Statx.Socket => FileKind.Socket,
                _ => FileKind.Device,
            },
            BinaryPrimitives.ReadInt64LittleEndian(buffer[40..]),
            Time(buffer[112..]),
            Time(buffer[96..]),
            BinaryPrimitives.ReadUInt64LittleEndian(buffer[32..]));

        static DateTimeOffset Time(ReadOnlySpan<byte> stamp) =>
            DateTimeOffset.UnixEpoch.AddTicks(
                (BinaryPrimitives.ReadInt64LittleEndian(stamp) * TimeSpan.TicksPerSecond) + (BinaryPrimitives.ReadUInt32LittleEndian(stamp[8..]) / TimeSpan.NanosecondsPerTick));
    }

    private static FileStatus? OfAny(string path)
    {
        try
        {
            if (Directory.Exists(path))
            {
                return new(FileKind.Folder, Length: 0, new DateTimeOffset(Directory.GetLastWriteTimeUtc(path)), Changed: null, Inode: 0);
            }

            FileSystemInfo entry = new FileInfo(path);
            if (entry.ResolveLinkTarget(returnFinalTarget: true) is { } target)
            {
                entry = target;
            }

            return entry is FileInfo { Exists: true } file
                ? new(file.Attributes.HasFlag(FileAttributes.Device) ? FileKind.Device : FileKind.Plain, file.Length, new DateTimeOffset(file.LastWriteTimeUtc), Changed: null, Inode: 0)
                : null;
        }
        catch (Exception e) when (SourceFile.IsFileError(e))
        {
            throw new InvalidInputException(path, "can't be looked at: " + Text.OneLine(e.Message), e);
        }
    }

    /// <summary>Linux' statx(2), whose result has the same layout on every processor.</summary>
    private static partial class Statx
    {
        public const int Bytes = 256;
        public const int CurrentFolder = -100;
        public const uint BasicStatus = 0x7FF;

        public const int NoEntry = 2;
        public const int AccessDenied = 13;
        public const int NotAFolder = 20;

        public const int KindMask = 0xF000;
        public const int Fifo = 0x1000;
        public const int Directory = 0x4000;
        public const int PlainFile = 0x8000;
        public const int Socket = 0xC000;

        [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static partial int Read(int folder, string path, int flags, uint mask, Span<byte> status);
    }
}
