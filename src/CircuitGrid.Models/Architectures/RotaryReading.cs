using CircuitGrid.Compute;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Architectures;

/// <summary>
/// Reads rotary positions. Version 4 of transformers states a base beside the other keys and an object <c>rope_scaling</c>; version 5 puts both into an object
/// <c>rope_parameters</c>, in some families with an object in it for each kind of layer. A file may have both if they say the same.
/// </summary>
internal static class RotaryReading
{
    private const string Types = "default, linear, llama3 and yarn are supported";

    /// <summary>Keys of these objects for which <c>null</c> says the same as no key.</summary>
    private static readonly string[] s_nullable = ["attention_factor", "beta_fast", "beta_slow", "mscale", "mscale_all_dim", "original_max_position_embeddings"];

    /// <summary>What turns queries and keys in layers without a window and in windowed ones.</summary>
    /// <param name="json">All of the file.</param>
    /// <param name="rules">The family's.</param>
    /// <param name="headWidth">dh.</param>
    /// <param name="context">Longest sequence of the model.</param>
    /// <param name="foreign">Which keys to ignore, and where to note what is passed over.</param>
    /// <exception cref="InvalidInputException">A value is out of range, contradicts another, or can't be served.</exception>
    public static (Rotary Full, Rotary Windowed) Read(JsonInput json, RotaryRules rules, int headWidth, int context, ForeignKeys foreign)
    {
        var newer = json.FindObject("rope_parameters");
        var older = json.FindObject("rope_scaling");
        var full = rules.HasLayerTypes ? newer?.FindObject("full_attention") : null;
        var windowed = rules.HasLayerTypes ? newer?.FindObject("sliding_attention") : null;
        var reader = new Reader(json, rules, headWidth, context);
        var read = full is null && windowed is null
            ? reader.ReadFlat(newer, older)
            : reader.ReadNested(newer!, full, windowed, older);
        foreach (var rope in new[] { newer, older, full, windowed })
        {
            rope?.RefuseNulls(s_nullable);
            rope?.FinishForeign(ConfigKeys.None, foreign);
        }

        return read;
    }

    private sealed class Reader(JsonInput json, RotaryRules rules, int headWidth, int context)
    {
        public (Rotary Full, Rotary Windowed) ReadFlat(JsonInput? newer, JsonInput? older)
        {
            var isSilent = !json.IsStated("rope_parameters") && !json.IsStated("rope_scaling");
            var scaling = isSilent ? rules.Scaling : ReadScaling(newer, older);
            var rotary = new Rotary(ReadDimensions(newer, older), ReadBase(newer, older) ?? rules.Base, scaling);
            return (rotary, rules.LeavesWindowsUnscaled ? rotary with { Scaling = null } : rotary);
        }

        public (Rotary Full, Rotary Windowed) ReadNested(JsonInput newer, JsonInput? full, JsonInput? windowed, JsonInput? older)
        {
            var ofFull = ReadKind(newer, "full_attention", full, older);
            var ofWindowed = ReadKind(newer, "sliding_attention", windowed, rules.LeavesWindowsUnscaled ? null : older);
            if (ofWindowed.Base != ofFull.Base)
            {
                throw newer.Error("sliding_attention", $"has the base {ofWindowed.Base:R}, and full_attention {ofFull.Base:R}; one base for both is supported");
            }

            return ofWindowed.Scaling is null || ofWindowed.Scaling == ofFull.Scaling
                ? (ofFull, ofWindowed)
                : throw newer.Error("sliding_attention", $"is scaled by {ofWindowed.Scaling}, and full_attention by {Name(ofFull.Scaling)}; no scaling or the same one is supported");
        }

        private Rotary ReadKind(JsonInput newer, string key, JsonInput? rope, JsonInput? older)
        {
            var stated = rope ?? throw newer.Error(key, "is missing beside the other kind of layer");
            return new Rotary(ReadDimensions(stated, older), ReadBase(stated, older) ?? throw stated.Error("rope_theta", "is missing"), ReadScaling(stated, older));
        }

        private double? ReadBase(params JsonInput?[] ropes) => Agree(rules.OlderBase, "rope_theta", ropes);

        private int ReadDimensions(params JsonInput?[] ropes)
        {
            var stated = Agree(rules.OlderShare, "partial_rotary_factor", ropes);
            if (rules.Share is null && stated is not (null or 1))
            {
                throw json.Error("partial_rotary_factor", $"is {stated:R}; only 1 is supported");
            }

            var share = stated ?? rules.Share ?? 1;
            return share is > 0 and <= 1 ? (int)(headWidth * share) : throw json.Error(rules.OlderShare ?? "partial_rotary_factor", $"is {share:R}; it must be above 0 and at most 1");
        }

        /// <summary>A number that may stand in several places, all of which must say the same.</summary>
        private double? Agree(string? older, string newer, JsonInput?[] ropes)
        {
            double? agreed = null;
            foreach (var value in new[] { older is null ? null : json.FindNumber(older), json.FindNumber(newer) }.Concat(ropes.Select(rope => rope?.FindNumber(newer))))
            {
                if (value is not null && agreed is not null && value != agreed)
                {
                    throw older is null
                        ? json.Error(newer, $"is {agreed:R} in one place and {value:R} in another")
                        : json.Error(older, $"and {newer} contradict each other: {agreed:R} and {value:R}");
                }

                agreed ??= value;
            }

            return agreed;
        }

        private RotaryScaling? ReadScaling(JsonInput? newer, JsonInput? older)
        {
            var (ofNewer, ofOlder) = (newer is null ? null : ReadScaling(newer), older is null ? null : ReadScaling(older));
            return ofNewer is not null && ofOlder is not null && ofNewer.Value.Scaling != ofOlder.Value.Scaling
                ? throw json.Error("rope_scaling", $"and rope_parameters contradict each other: {Name(ofOlder.Value.Scaling)} and {Name(ofNewer.Value.Scaling)}")
                : ofNewer is null ? ofOlder?.Scaling : ofNewer.Value.Scaling;
        }

        /// <summary>What an object says about scaling; <see langword="null"/> if it says nothing.</summary>
        private Stated? ReadScaling(JsonInput rope)
        {
            var (stated, olderStated) = (rope.FindString("rope_type"), rope.FindString("type"));
            if (stated is not null && olderStated is not null && !string.Equals(stated, olderStated, StringComparison.Ordinal))
            {
                throw rope.Error("type", $"is {Text.OneLine(olderStated)}, and rope_type {Text.OneLine(stated)}; they must be the same");
            }

            switch (stated ?? olderStated)
            {
                case null:
                    return rope.FindNumber("factor") is { } alone ? throw rope.Error("factor", $"is {alone:R}, and no rope_type says what it stretches; {Types}") : null;
                case "default":
                    return rope.FindNumber("factor") is { } factor && factor != 1 ? throw rope.Error("factor", $"is {factor:R}; with the type default it can only be 1") : new(null);
                case "linear":
                    return Factor(rope) is var linear && linear == 1 ? new(null) : new(new LinearScaling(linear));
                case "llama3":
                    return new(ReadLlama3(rope));
                case "yarn":
                    return new(ReadYarn(rope));
                case var other:
                    throw rope.Error(stated is null ? "type" : "rope_type", $"is {Text.OneLine(other)}; {Types}");
            }
        }

        private static Llama3Scaling ReadLlama3(JsonInput rope)
        {
            var (low, high) = (Positive(rope, "low_freq_factor", null), Positive(rope, "high_freq_factor", null));
            return high > low
                ? new(Factor(rope), low, high, ConfigReading.Size(rope, "original_max_position_embeddings", ConfigReading.MaxContextLength))
                : throw rope.Error("high_freq_factor", $"is {high:R}; it must be above low_freq_factor, {low:R}");
        }

        private YarnScaling ReadYarn(JsonInput rope)
        {
            foreach (var key in new[] { "mscale", "mscale_all_dim" })
            {
                ConfigReading.DemandNothing(rope, key, "another rule for the factor on cosines and sines isn't supported; state attention_factor");
            }

            ConfigReading.Demand(rope, "truncate", true);
            var (factor, fast, slow) = (Factor(rope), Positive(rope, "beta_fast", 32), Positive(rope, "beta_slow", 1));
            var original = ConfigReading.Size(rope, "original_max_position_embeddings", ConfigReading.MaxContextLength, context);
            if (rope.Has("original_max_position_embeddings") && context != factor * original)
            {
                throw rope.Error(
                    "factor",
                    $"is {factor:R}, and max_position_embeddings {(double)context / original:R} times original_max_position_embeddings; versions of transformers take one or the other, so they must be the same");
            }

            return fast >= slow
                ? new(factor, fast, slow, original, Positive(rope, "attention_factor", (0.1 * Math.Log(factor)) + 1))
                : throw rope.Error("beta_fast", $"is {fast:R}; it must be at least beta_slow, {slow:R}");
        }

        private static double Factor(JsonInput rope)
        {
            var factor = rope.FindNumber("factor") ?? throw rope.Error("factor", "is missing");
            return factor >= 1 ? factor : throw rope.Error("factor", $"is {factor:R}; it must be at least 1");
        }

        private static double Positive(JsonInput rope, string key, double? otherwise)
        {
            var value = rope.FindNumber(key) ?? otherwise ?? throw rope.Error(key, "is missing");
            return value > 0 ? value : throw rope.Error(key, $"is {value:R}; it must be above 0");
        }

        private static string Name(RotaryScaling? scaling) => scaling?.ToString() ?? "default";

        /// <summary>What an object says: a scaling, or that there is none.</summary>
        private readonly record struct Stated(RotaryScaling? Scaling);
    }
}
