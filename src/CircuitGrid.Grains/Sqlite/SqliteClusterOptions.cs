using Orleans.Storage;

namespace CircuitGrid.Grains.Sqlite;

/// <summary>Where silos of one machine keep what they know of each other.</summary>
public sealed class SqliteClusteringOptions
{
    /// <summary>The file; its folder is made if need be.</summary>
    public string Path { get; set; } = "";
}

/// <summary>Where silos of one machine keep reminders.</summary>
public sealed class SqliteReminderOptions
{
    /// <summary>The file; its folder is made if need be.</summary>
    public string Path { get; set; } = "";
}

/// <summary>Where silos of one machine keep the state of grains.</summary>
public sealed class SqliteGrainStorageOptions : IStorageProviderSerializerOptions
{
    /// <summary>The file; its folder is made if need be.</summary>
    public string Path { get; set; } = "";

    /// <summary>Turns state into bytes; Orleans' default where none is set.</summary>
    public IGrainStorageSerializer GrainStorageSerializer { get; set; } = null!;
}
