using System.Collections.Immutable;
using CircuitGrid.Compute;
using CircuitGrid.Compute.Devices;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Circuits.Published;

/// <summary>Reads the JSON form of published numbers key by key; what the values are is read by <see cref="PublishedValues"/>.</summary>
internal static class PublishedReader
{
    private const int MaxDecimals = 9;

    /// <param name="json">The file's bytes.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="InvalidInputException">It isn't JSON, a key is missing, unknown or there twice, or a value can't be.</exception>
    public static PublishedNumbers Read(ReadOnlySpan<byte> json, string name)
    {
        var root = JsonInput.Parse(name, json);
        var models = ImmutableArray.CreateBuilder<PublishedModel>();
        var (names, ids) = (new HashSet<string>(StringComparer.OrdinalIgnoreCase), new HashSet<string>(StringComparer.Ordinal));
        foreach (var item in root.Require("models").Items())
        {
            var model = Finished(item, ReadModel);
            if (model.Names.Distinct(StringComparer.OrdinalIgnoreCase).FirstOrDefault(n => !names.Add(n)) is { } twice)
            {
                throw item.Error($"goes by the name {Text.OneLine(twice)}, and so does another");
            }

            if (model.Entries.FirstOrDefault(e => !ids.Add(e.Heading.Id)) is { } entry)
            {
                throw item.Error($"has an entry {Text.OneLine(entry.Heading.Id)}, and there is another of that id");
            }

            models.Add(model);
        }

        root.RefuseNulls();
        root.Finish();
        return new(models.ToImmutable());
    }

    /// <summary>Reads an object, and refuses keys that nobody asked for.</summary>
    public static T Finished<T>(JsonInput value, Func<JsonInput, T> read)
    {
        var result = read(value);
        value.RefuseNulls();
        value.Finish();
        return result;
    }

    /// <summary>A text that isn't empty.</summary>
    public static string Said(JsonInput value) => value.AsString() is { Length: > 0 } text ? text : throw value.Error("is empty");

    private static PublishedModel ReadModel(JsonInput model) => new()
    {
        Name = ReadName(model.Require("name")),
        Aliases = [.. model.Find("aliases")?.Items().Select(Said) ?? []],
        Family = Said(model.Require("family")),
        Revision = Said(model.Require("revision")),
        Entries = [.. model.Require("entries").Items().Select(e => Finished(e, ReadEntry))],
    };

    private static string ReadName(JsonInput value) => Said(value) is var name && name.Count(c => c == '/') == 1
        ? name
        : throw value.Error("isn't a repository's name, ORGANIZATION/NAME");

    private static PublishedEntry ReadEntry(JsonInput entry)
    {
        var heading = new PublishedHeading
        {
            Id = Said(entry.Require("id")),
            Precision = ReadPrecision(entry.Require("precision")),
            Tolerance = Finished(entry.Require("tolerance"), ReadTolerance),
            Source = Finished(entry.Require("source"), ReadSource),
            Note = entry.Find("note") is { } note ? Said(note) : "",
            Doubt = entry.Find("doubt") is { } doubt ? Said(doubt) : "",
        };
        var read = PublishedValues.Read(entry, heading);
        var isAccumulated = heading.Precision != WeightPrecision.Float32
            && read is LossEntry or LogitMeansEntry or LogitsEntry or LogitDifferencesEntry or ProbabilitiesEntry;
        return isAccumulated == (heading.Tolerance.Accumulated is not null)
            ? read
            : throw entry.Error(isAccumulated ? "is of half precision, and its tolerance doesn't say what accumulates" : "has a tolerance for half precision, and no number of it");
    }

    private static WeightPrecision ReadPrecision(JsonInput value) => value.AsString() switch
    {
        "float32" => WeightPrecision.Float32,
        "bfloat16" => WeightPrecision.BFloat16,
        "float16" => WeightPrecision.Float16,
        var other => throw value.Error($"is {Text.OneLine(other)}; it must be float32, bfloat16 or float16"),
    };

    private static PublishedTolerance ReadTolerance(JsonInput tolerance) => new()
    {
        Decimals = (int?)tolerance.FindInteger("decimals", 0, MaxDecimals),
        Absolute = Bound(tolerance, "absolute") ?? 0,
        Relative = Bound(tolerance, "relative") ?? 0,
        Accumulated = Bound(tolerance, "accumulated"),
        Origin = Said(tolerance.Require("origin")),
    };

    private static double? Bound(JsonInput tolerance, string key) => tolerance.Find(key) is not { } value ? null
        : value.AsNumber() is > 0 and var number ? number
        : throw value.Error("must be above 0, or left out");

    private static PublishedSource ReadSource(JsonInput source) => new(
        ReadName(source.Require("repository")),
        Said(source.Require("path")),
        ReadCommit(source.Require("commit")),
        Said(source.Require("place")));

    private static string ReadCommit(JsonInput value) => value.AsString() is { Length: 40 } commit && commit.All(c => char.IsAsciiDigit(c) || c is >= 'a' and <= 'f')
        ? commit
        : throw value.Error("isn't a commit of 40 digits");
}
