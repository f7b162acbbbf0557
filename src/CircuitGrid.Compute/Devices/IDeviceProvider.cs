namespace CircuitGrid.Compute.Devices;

/// <summary>The devices a program was built with, chosen by the same words everywhere.</summary>
public interface IDeviceProvider
{
    /// <summary>What may be asked for, for a help text: <c>cpu</c>, <c>cuda:N</c>…</summary>
    IReadOnlyList<string> Words { get; }

    /// <summary>The devices that words ask for, separated by commas: <c>auto</c> is every GPU, or <c>cpu</c> where there is none. One slot each.</summary>
    /// <exception cref="InvalidInputException">A word isn't known here, or there is no such device.</exception>
    IReadOnlyList<string> Resolve(string words);

    /// <summary>Opens a device.</summary>
    /// <exception cref="InvalidInputException">There is no such device, or it can't compute in that precision.</exception>
    IDevice Open(DeviceRequest request);

    /// <summary>What is known of a device: libraries and versions, driver, memory.</summary>
    /// <exception cref="InvalidInputException">There is no such device.</exception>
    IReadOnlyList<DeviceFact> Describe(string device);
}

/// <summary>Something that was found out about a device, for a person.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Value">What was found.</param>
public sealed record DeviceFact(string Name, string Value);
