using CircuitGrid.Circuits.Heads;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Tests.Fakes;

namespace CircuitGrid.Experiments.Tests.Cells;

public sealed class HeadScoresCodecTests
{
    [Theory]
    [InlineData(3, true, true)]
    [InlineData(4, true, true)]
    [InlineData(3, true, false)]
    [InlineData(3, false, false)]
    public void Decode_WhatEncodeWrote_IsEqualAndEncodesToTheSameBytes(int seed, bool effects, bool inCircuit)
    {
        var scores = FakeResults.Heads(seed, effects, inCircuit ? [new(0, 1), new(1, 2)] : null);
        var bytes = HeadScoresCodec.Encode(scores);
        var read = HeadScoresCodec.Decode(bytes, "x");
        Assert.True(HeadScoresCodec.IsHeadScores(bytes));
        Assert.Equal(scores.Roles.Keys, read.Roles.Keys);
        Assert.All(scores.Roles, r => Assert.Equal(r.Value.Values, read.Roles[r.Key].Values));
        Assert.Equal([5, null, 4], read.Roles.Values.Select(t => t.Samples?.Units));
        foreach (var role in (HeadRole[])[HeadRole.Induction, HeadRole.SInhibition])
        {
            Assert.Equal(scores.Roles[role].Samples!.Numerators, read.Roles[role].Samples!.Numerators);
            Assert.Equal(scores.Roles[role].Samples!.Denominators, read.Roles[role].Samples!.Denominators);
        }

        Assert.Equal((2, 3), (read.Roles[HeadRole.Successor].Layers, read.Roles[HeadRole.Successor].Heads));
        Assert.Equal(scores.Ioi is null, read.Ioi is null);
        if (scores.Ioi is { } ioi)
        {
            Assert.Equal([ioi.NameMovers, ioi.NegativeNameMovers, ioi.CopySuppression, ioi.NegativeCopySuppression], [read.Ioi!.NameMovers, read.Ioi.NegativeNameMovers, read.Ioi.CopySuppression, read.Ioi.NegativeCopySuppression]);
            Assert.Equal(ioi.DirectEffects.Values, read.DirectEffects!.Values);
            Assert.Equal(ioi.QueryEffects?.Values, read.Ioi.QueryEffects?.Values);
            Assert.Equal(ioi.DirectEffects.Samples!.Numerators, read.DirectEffects.Samples!.Numerators);
            Assert.Equal(ioi.QueryEffects?.Samples?.Denominators, read.Ioi.QueryEffects?.Samples?.Denominators);
            Assert.Equal(ioi.AllHeads.Intervals(ioi), read.Ioi.AllHeads.Intervals(read.Ioi));
            Assert.Equal((ioi.AllHeads.Direct, ioi.AllHeads.Queries, ioi.AllHeads.Values), (read.Ioi.AllHeads.Direct, read.Ioi.AllHeads.Queries, read.Ioi.AllHeads.Values));
            Assert.Equal(ioi.AllHeads.SInhibition, read.Ioi.AllHeads.SInhibition);
            Assert.Equal(6, read.Ioi.AllHeads.Heads.Length);
            Assert.Equal((inCircuit, inCircuit), (ioi.InCircuit is not null, read.Ioi.InCircuit is not null));
            if (ioi.InCircuit is { } circuit)
            {
                var again = read.Ioi.InCircuit!;
                Assert.Equal([new HeadIndex(0, 1), new HeadIndex(1, 2)], again.Heads);
                Assert.Equal([circuit.SInhibition, circuit.Induction, circuit.DuplicateToken], [again.SInhibition, again.Induction, again.DuplicateToken]);
                Assert.Equal((circuit.Direct, circuit.Queries, circuit.Values), (again.Direct, again.Queries, again.Values));
                Assert.Equal(circuit.ValueEffects?.Values, again.ValueEffects?.Values);
                Assert.NotEqual(ioi.AllHeads.Direct, again.Direct);
            }
        }

        Assert.Equal(scores.Notes, read.Notes);
        Assert.Equal(bytes, HeadScoresCodec.Encode(read));
    }

    [Fact]
    public void Decode_AnyByteChangedOrCutOff_IsAnErrorThatNamesTheSource()
    {
        var bytes = HeadScoresCodec.Encode(FakeResults.Heads(4, circuit: [new(1, 0)]));
        for (var i = 0; i < bytes.Length; i++)
        {
            byte[] changed = [.. bytes];
            changed[i] ^= 0x41;
            Assert.Equal("store", Assert.Throws<InvalidInputException>(() => HeadScoresCodec.Decode(changed, "store")).Input);
            Assert.Throws<InvalidInputException>(() => HeadScoresCodec.Decode(bytes[..i], "store"));
        }

        bytes[8] = 4;
        Assert.True(HeadScoresCodec.IsOfNewerVersion(bytes));
        Assert.Contains("newer version", Assert.Throws<InvalidInputException>(() => HeadScoresCodec.Decode(bytes, "store")).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Decode_WrongPartsUnderARightChecksum_AreErrors()
    {
        var bytes = HeadScoresCodec.Encode(FakeResults.Heads(5));


        // The first role's six scores end at 76; then come whether it has samples, their units, and whether every head has its own denominators.
        foreach (var (at, value) in ((int, byte)[])
            [(8, 0), (12, 0), (15, 0x7F), (16, 0), (20, 0), (20, 99), (24, 0xFF), (20, 2), (76, 0), (76, 2), (77, 0), (77, 4), (79, 0x7F), (80, 0xFF), (81, 1), (81, 2)])
        {
            byte[] changed = [.. bytes];
            changed[at] = value;
            System.Security.Cryptography.SHA256.HashData(changed.AsSpan(0, changed.Length - 32), changed.AsSpan(changed.Length - 32));
            Assert.Contains("damaged", Assert.Throws<InvalidInputException>(() => HeadScoresCodec.Decode(changed, "store")).Reason, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Decode_FirstVersion_HasScoresWithoutSamples()
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write("CGHEADS\n"u8);
        foreach (var number in (int[])[1, 1, 2, 1, (int)HeadRole.Copying])
        {
            writer.Write(number);
        }

        writer.Write(0.25);
        writer.Write(-0.5);
        writer.Write(false);
        writer.Write(1);
        writer.Write("old");
        writer.Write(System.Security.Cryptography.SHA256.HashData(stream.ToArray()));
        var read = HeadScoresCodec.Decode(stream.ToArray(), "store");
        Assert.Equal([0.25, -0.5], read.Roles[HeadRole.Copying].Values);
        Assert.Null(read.Roles[HeadRole.Copying].Samples);
        Assert.Equal(["old"], read.Notes);
    }

    [Fact]
    public void Decode_SecondVersion_HasEffectsWithoutSamples()
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write("CGHEADS\n"u8);
        foreach (var number in (int[])[2, 1, 2, 1, (int)HeadRole.Copying])
        {
            writer.Write(number);
        }

        void Values(params double[] values) => Array.ForEach(values, writer.Write);
        void Group(params int[] heads) => Array.ForEach([heads.Length, .. heads], writer.Write);
        Values(0.25, -0.5);
        writer.Write(true);
        writer.Write(1);
        writer.Write(false);
        Values(0.5, -1, 2);
        writer.Write(true);
        Group(0);
        for (var i = 0; i < 6; i++)
        {
            Group();
        }

        Values(-0.75, 0.25);
        writer.Write(false);
        writer.Write(false);
        writer.Write(true);
        Group(0);
        Group();
        Group();
        Group();
        writer.Write(false);
        writer.Write(0);
        writer.Write(System.Security.Cryptography.SHA256.HashData(stream.ToArray()));
        var read = HeadScoresCodec.Decode(stream.ToArray(), "store");
        Assert.Equal((2, 75, 100), (read.Roles[HeadRole.Copying].Samples!.Denominators[0], read.Ioi!.AllHeads.Direct.Absolute, read.Ioi.InCircuit!.Direct.Absolute));
        Assert.Equal([-0.75, 0.25], read.DirectEffects!.Values);
        Assert.All(read.Ioi.AllHeads.Intervals(read.Ioi), Assert.Null);
    }

    [Fact]
    public void Digest_ChangesWithEveryTokenAndEveryOption()
    {
        var inputs = new HeadScoreInputs
        {
            Options = new HeadScoreOptions(),
            RepeatedHalves = [[1, 2]],
            SuccessorLists = [new("a", [(1, 2)])],
            Ioi = [new([1, 2, 1], [1, 2, 2], [2], [1])],
            Texts = [[3]],
            FunctionTokens = [4],
            Notes = [],
        };
        HeadScoreInputs[] others =
        [
            inputs, inputs with { RepeatedHalves = [[1], [2]] }, inputs with { SuccessorLists = [new("a", [(2, 1)])] }, inputs with { Texts = [[3, 3]] }, inputs with { FunctionTokens = [5] },
            inputs with { Ioi = [new([1, 2, 1], [1, 2, 2], [1], [2])] },
        ];
        Assert.Distinct(others.Select(HeadInputsDigest.Of));
        Assert.Equal(HeadInputsDigest.Of(inputs), HeadInputsDigest.Of(inputs with { Notes = ["x"], SuccessorLists = [new("b", [(1, 2)])] }));

        var options = inputs.Options;
        HeadScoreOptions[] settings =
        [
            options, options with { TopTokens = 6 }, options with { CopyThreshold = 0.2 }, options with { MeanTexts = 5 }, options with { Texts = 5 }, options with { SourceShare = 0.1 },
            options with { FirstLayer = 0 },
        ];
        Assert.Distinct(settings.Select(o => HeadInputsDigest.Analysis(o)));
        var (one, other) = (CellKey.Of("one"), CellKey.Of("other"));
        Assert.Distinct([HeadInputsDigest.Analysis(options), HeadInputsDigest.Analysis(options, one), HeadInputsDigest.Analysis(options, other)]);
        Assert.Equal((HeadInputsDigest.Analysis(options), one.Value), (HeadInputsDigest.WithoutCircuit(HeadInputsDigest.Analysis(options, one), out var circuit), circuit));
        Assert.Equal(("method=eap;threshold=0.8", null), (HeadInputsDigest.WithoutCircuit("method=eap;threshold=0.8", out circuit), circuit));
        Assert.Equal(["top 5 → 6"], Experiments.Specification.CellAnalysis.Differences(HeadInputsDigest.Analysis(options), HeadInputsDigest.Analysis(settings[1])));
    }
}
