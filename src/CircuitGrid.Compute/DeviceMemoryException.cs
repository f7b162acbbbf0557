using System.Globalization;

namespace CircuitGrid.Compute;

/// <summary>A device has no room for a tensor. Whoever plans memory cuts the batch and tries again.</summary>
public sealed class DeviceMemoryException : Exception
{
    /// <param name="requested">Bytes asked for.</param>
    /// <param name="allocated">Bytes of tensors and weights alive at that moment.</param>
    /// <param name="limit">Bytes the device may use, or null where the machine itself had no more.</param>
    public DeviceMemoryException(long requested, long allocated, long? limit)
        : base(string.Create(
            CultureInfo.InvariantCulture,
            $"{requested:N0} bytes don't fit beside the {allocated:N0} in use: {(limit is { } bytes ? $"the budget is {bytes:N0}" : "the machine has no more memory")}."))
    {
        Requested = requested;
        Allocated = allocated;
        Limit = limit;
    }

    public DeviceMemoryException()
    {
    }

    public DeviceMemoryException(string message)
        : base(message)
    {
    }

    public DeviceMemoryException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Bytes asked for.</summary>
    public long Requested { get; }

    /// <summary>Bytes of tensors and weights alive at that moment.</summary>
    public long Allocated { get; }

    /// <summary>Bytes the device may use, or null where the machine itself had no more.</summary>
    public long? Limit { get; }
}
