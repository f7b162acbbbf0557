using System.Runtime.InteropServices;

namespace CircuitGrid.Client.Commands.Bench.Yardstick;

/// <summary>
/// The environment as native libraries of this process read it. On Unix, what .NET sets or removes is its own copy's, which <c>getenv</c> never sees.
/// </summary>
internal static partial class NativeEnvironment
{
    /// <summary>A variable's value, or <see langword="null"/> where it isn't set.</summary>
    public static string? Get(string name) => OperatingSystem.IsWindows() ? Environment.GetEnvironmentVariable(name) : Marshal.PtrToStringUTF8(GetVariable(name));

    /// <summary>Removes a variable for whatever is loaded from now on.</summary>
    /// <returns>Whether it is gone.</returns>
    public static bool Remove(string name)
    {
        if (OperatingSystem.IsWindows())
        {
            Environment.SetEnvironmentVariable(name, null);
        }
        else
        {
            UnsetVariable(name);
        }

        return Get(name) is null;
    }

    [LibraryImport("libc", EntryPoint = "getenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint GetVariable(string name);

    [LibraryImport("libc", EntryPoint = "unsetenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int UnsetVariable(string name);
}
