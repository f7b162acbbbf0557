using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using CircuitGrid.Circuits.Published;
using CircuitGrid.Circuits.Tests.Heads;
using CircuitGrid.Compute.Cpu;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Tokenization;
using CircuitGrid.Models.Transformers;

namespace CircuitGrid.Circuits.Tests.Published;

/// <summary>Texts, with a shipped model and its tokenizer.</summary>
public sealed class PublishedTextTests : IDisposable
{
    private const string Prompt = "Then, Mary and John went to the";
    private const int Count = 10;

    private static readonly string s_path = Path.Combine(NanoFolder.Path, "tokenizer.json");

    private readonly CpuDevice device = new(new CpuDeviceOptions { Threads = 2 });
    private readonly Transformer model;
    private readonly Tokenizer tokenizer = Tokenizer.Load(s_path);
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("circuitgrid-");

    public PublishedTextTests()
    {
        using var checkpoint = Checkpoint.Open(Path.Combine(NanoFolder.Path, "nano-2l", NanoFolder.LastStep("nano-2l")));
        model = Transformer.Load(device, checkpoint);
    }

    public void Dispose()
    {
        folder.Delete(recursive: true);
        model.Dispose();
        device.Dispose();
    }

    [Fact]
    public void Check_TextOfTheModel_IsWithinAsTextAndAfterIds()
    {
        var said = Said([.. tokenizer.Encode(Prompt)]);
        Assert.Equal(CheckVerdict.Within, Greedy(new { text = Prompt }, said).Verdict);
        Assert.Equal(CheckVerdict.Within, Greedy(new { ids = tokenizer.Encode(Prompt) }, said).Verdict);
        Assert.Equal(CheckVerdict.Within, Greedy(new { text = Prompt }, said.TrimEnd()).Verdict);
    }

    [Theory]
    [InlineData(1, "float32", CheckVerdict.Outside)]
    [InlineData(6, "float32", CheckVerdict.Outside)]
    [InlineData(1, "bfloat16", CheckVerdict.Outside)]
    [InlineData(6, "bfloat16", CheckVerdict.Warning)]
    public void Check_TextThatForks_SaysAfterHowManyTokens(int agreed, string precision, CheckVerdict verdict)
    {
        var ids = GreedyContinuation.Generate(model, [.. tokenizer.Encode(Prompt)], Count);
        var value = Assert.Single(Greedy(new { text = Prompt }, tokenizer.Decode(ids.AsSpan()[..agreed]) + "%%%", precision).Values);
        Assert.Equal(verdict, value.Verdict);
        Assert.StartsWith($"forks after {agreed} tokens", value.Remark, StringComparison.Ordinal);
        Assert.Equal($"\"{tokenizer.Decode(ids.AsSpan()[..(agreed + 1)])}\"", value.Computed);
    }

    [Fact]
    public void Check_WhatStandsBeforeTheText_IsTheGivenTokenOrTheFilesOwn()
    {
        // tokens of the vocabulary that change what follows
        var (given, configured) = (tokenizer.Encode(" Mary")[0], tokenizer.Encode(" then")[0]);
        File.WriteAllText(Path.Combine(folder.FullName, "config.json"), JsonSerializer.Serialize(new { bos_token_id = configured, model_type = "any" }));
        var losses = new[] { default(int?), given, configured }.Select(id => Loss([.. id is { } begin ? [begin] : (int[])[], .. tokenizer.Encode(Prompt)])).ToArray();
        Assert.Equal(3, losses.Select(l => Math.Round(l, 2)).Distinct().Count());

        Assert.Equal(losses[0], Computed(new { text = Prompt }), 1e-6);
        Assert.Equal(losses[1], Computed(new { text = Prompt, begin = given }), 1e-6);
        Assert.Equal(losses[2], Computed(new { text = Prompt, begin = "configuration" }), 1e-6);
        Assert.Equal(losses[0], Computed(new { text = Prompt, begin = "tokenizer" }), 1e-6);
        var template = """{"type": "Sequence", "processors": [{"type": "ByteLevel"}, {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "</s>", "type_id": 0}}], "pair": [], "special_tokens": {"<s>": {"id": "<s>", "ids": [ID], "tokens": ["<s>"]}, "</s>": {"id": "</s>", "ids": [0], "tokens": ["</s>"]}}}]}""";
        Assert.Equal(losses[1], Computed(new { text = Prompt, begin = "tokenizer" }, template.Replace("ID", $"{given}", StringComparison.Ordinal)), 1e-6);

        var error = Loss(new { text = Prompt, begin = "tokenizer" }, """{"type": "Unheard"}""").Reason;
        Assert.EndsWith("post_processor is of type Unheard; what it puts before a text can't be told, so that the prompt isn't known", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_ProbabilitiesOfTexts_AreThoseOfTheirTokens()
    {
        var id = tokenizer.Encode(" store")[0];
        var values = Loss([.. tokenizer.Encode(Prompt), id]) * tokenizer.Encode(Prompt).Length - (Loss([.. tokenizer.Encode(Prompt)]) * (tokenizer.Encode(Prompt).Length - 1));
        var checkedEntry = Check(MadeUp.Entry(PublishedKinds.Probabilities, new { prompt = new { text = Prompt }, tokens = (string[])[" store"], values = (double[])[Math.Exp(-values)] }));
        Assert.Equal(("\" store\"", CheckVerdict.Within), (checkedEntry.Values[0].Place, checkedEntry.Verdict));
        Assert.InRange(Math.Exp(-values), 0.001, 1);

        var two = Check(MadeUp.Entry(PublishedKinds.Probabilities, new { prompt = new { text = Prompt }, tokens = (string[])["store garden"], values = (double[])[0.5] }));
        Assert.Equal("answer: \"store garden\" is no single token of this tokenizer", two.Reason);
    }

    [Fact]
    public void Check_TokenIds_AreExact()
    {
        string[] texts = [Prompt, " Mary"];
        int[][] ids = [tokenizer.Encode(Prompt), [.. tokenizer.Encode(" Mary"), 1]];
        var checkedEntry = Check(MadeUp.Entry(PublishedKinds.Tokens, new { texts, ids }));
        Assert.Equal([CheckVerdict.Within, CheckVerdict.Outside], checkedEntry.Values.Select(v => v.Verdict));
        Assert.Equal($"{ids[1][0]} 1", checkedEntry.Worst!.Expected);
    }

    [Fact]
    public void Check_TokensThatTheTokenizerHasNot_AreSaid()
    {
        var path = Path.Combine(folder.FullName, "small.json");
        var json = JsonNode.Parse(File.ReadAllText(s_path))!;
        var known = tokenizer.Encode(Prompt)[0];
        json["added_tokens"] = new JsonArray();
        json["model"]!["vocab"] = new JsonObject { [(string)json["model"]!["vocab"]!.AsObject().First(t => (int)t.Value! == known).Key] = known };
        json["model"]!["merges"] = new JsonArray();
        File.WriteAllText(path, json.ToJsonString());
        var small = Tokenizer.Load(path);
        CheckedEntry Of(int[] ids) => MadeUp.Read(MadeUp.Entry(PublishedKinds.Greedy, new { prompt = new { ids }, continuation = "on" }))
            .Check(new() { Model = model, Folder = folder.FullName, TokenizerPath = path, Tokenizer = new(() => small) });

        var said = GreedyContinuation.Generate(model, [known], 1)[^1];
        Assert.NotEqual(known, said);
        var value = Assert.Single(Of([known]).Values);
        Assert.Equal(CheckVerdict.Outside, value.Verdict);
        Assert.Equal($"\"[token {said}, which isn't in the tokenizer]\"", value.Computed);

        var other = Of([known, said]);
        Assert.Equal(CheckVerdict.NotChecked, other.Verdict);
        Assert.Equal($"prompt: token id {said} isn't in the tokenizer", other.Reason);
    }

    private CheckedEntry Greedy(object prompt, string continuation, string precision = "float32") =>
        Check(MadeUp.Entry(PublishedKinds.Greedy, new { prompt, continuation }, precision));

    private CheckedEntry Loss(object prompt, string? postProcessor = null) =>
        Check(MadeUp.Entry(PublishedKinds.Loss, new { prompts = (object[])[prompt], value = 1.0 }), postProcessor);

    private double Computed(object prompt, string? postProcessor = null) => 1 + Loss(prompt, postProcessor).Values[0].Difference!.Value;

    private double Loss(ImmutableArray<int> ids) => Computed(new { ids });

    private CheckedEntry Check(JsonObject entry, string? postProcessor = null)
    {
        var path = Path.Combine(folder.FullName, "tokenizer.json");
        var json = JsonNode.Parse(File.ReadAllText(s_path))!;
        json["post_processor"] = postProcessor is null ? null : JsonNode.Parse(postProcessor);
        File.WriteAllText(path, json.ToJsonString());
        return MadeUp.Read(entry).Check(new() { Model = model, Folder = folder.FullName, TokenizerPath = path, Tokenizer = new(() => tokenizer) });
    }

    private string Said(ImmutableArray<int> prompt) => tokenizer.Decode(GreedyContinuation.Generate(model, prompt, Count).AsSpan());
}
