using System.Text.Json.Nodes;
using CircuitGrid.Client.Tests.Hosting;

namespace CircuitGrid.Client.Tests.Check;

/// <summary>A made-up model's numbers, published by the test itself: right, wrong, in half precision, and what can't be compared.</summary>
public sealed class CheckTests : IDisposable
{
    private const string Head = "CircuitGrid 1.0.0, float32: taken for nano-lab/nano-2l, by its folder's name.";

    private readonly PublishedNano nano = new();

    public void Dispose() => nano.Dispose();

    [Fact]
    public async Task Check_RightAndWrong_AreToldApartWithTheirSource()
    {
        var right = Math.Round(await PublishedNano.DifferenceAsync(), 3);
        nano.AddDifference(right, tolerance: new { decimals = 3, origin = "printed" }, note: "Never shown.");
        var run = (await nano.RunAsync(nano.Folder)).Succeeded();
        var lines = run.Output.TrimEnd().Split('\n');
        Assert.Equal(4, lines.Length);
        Assert.Equal(Head, lines[0]);
        Assert.Matches(
            $"^nano.logitDifferences.0 +float32 +1 +{right:F3} +-?[0-9]+[.][0-9]{{5}} +[+-]?[0-9.e+-]+ +1[.]5e-3 +within +nano-lab/tests@01234567 test_nano.py: test_it *$", lines[2]);
        Assert.Equal("1 within.", lines[3]);

        nano.AddDifference(right + 0.0025, tolerance: new { decimals = 4, origin = "printed" }, note: "Shown where it is outside.");
        run = await nano.RunAsync(nano.Folder);
        Assert.Equal((1, ""), (run.ExitCode, run.Error));
        lines = run.Output.TrimEnd().Split('\n');
        Assert.Contains(" OUTSIDE ", lines[3], StringComparison.Ordinal);
        Assert.Equal(["nano.logitDifferences.1: Shown where it is outside.", "1 within; 1 outside."], lines[4..]);
    }

    [Fact]
    public async Task Check_HalfPrecision_IsAllowedWhatItMovesAndNoMore()
    {
        var right = await PublishedNano.DifferenceAsync();
        nano.AddDifference(right + 0.19, "bfloat16", new { accumulated = 0.2, origin = "x" }).AddDifference(right + 0.19).AddDifference(right + 0.3, "bfloat16", new { accumulated = 0.2, origin = "x" });
        var run = await nano.RunAsync(nano.Folder, "--json");
        Assert.Equal(1, run.ExitCode);
        Assert.Equal(["within", "outside", "outside"], run.Json.GetProperty("entries").EnumerateArray().Select(e => e.GetProperty("verdict").GetString()));
        Assert.Equal(["bfloat16", "float32", "bfloat16"], run.Json.GetProperty("entries").EnumerateArray().Select(e => e.GetProperty("precision").GetString()));
        Assert.Equal((false, 1, 2), (run.Json.GetProperty("passed").GetBoolean(), run.Json.GetProperty("within").GetInt32(), run.Json.GetProperty("outside").GetInt32()));
    }

    [Fact]
    public async Task Check_GreedyTextThatForksLateInHalfPrecision_IsAWarningAndNoFailure()
    {
        var prompt = new { text = "Then, Mary and John went to the" };
        nano.Add("greedy", new { prompt, continuation = "%" });
        var run = await nano.RunAsync(nano.Folder, "--json");
        Assert.Equal(1, run.ExitCode);
        Assert.Equal("forks after 0 tokens", run.Json.GetProperty("entries")[0].GetProperty("values")[0].GetProperty("remark").GetString());

        // the model's own text as far as it is asked for, and then another
        var said = "";
        for (var i = 0; i < 6; i++)
        {
            using var asked = new PublishedNano();
            run = await asked.Add("greedy", new { prompt, continuation = said + "%" }, "bfloat16").RunAsync(asked.Folder, "--json");
            said = run.Json.GetProperty("entries")[0].GetProperty("values")[0].GetProperty("computed").GetString()!.Trim('"');
        }

        using var forked = new PublishedNano();
        run = await forked.Add("greedy", new { prompt, continuation = said }).Add("greedy", new { prompt, continuation = said + "%" }, "bfloat16").RunAsync(forked.Folder);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        var lines = run.Output.TrimEnd().Split('\n');
        Assert.Contains(" within ", lines[2], StringComparison.Ordinal);
        Assert.Contains(" warning ", lines[3], StringComparison.Ordinal);
        Assert.Equal(["nano.greedy.1: forks after 6 tokens in half precision.", "1 within; 1 with a warning."], lines[4..]);
    }

    [Fact]
    public async Task Check_Findings_HaveNoVerdict()
    {
        nano.Add("headRoles", new { roles = new object[] { new { name = "induction", measured = "induction", heads = (int[][])[[1, 0]] }, new { name = "name mover", heads = (int[][])[[1, 1]] } } });
        var run = (await nano.RunAsync(nano.Folder, "--all")).Succeeded();
        Assert.Matches("induction +a1.h0 +a1.h0 [01][.][0-9][0-9] [(]#[0-9] of 8[)] +finding ", run.Output);
        Assert.Matches("name mover +a1.h1 +not measured here +finding ", run.Output);
        Assert.EndsWith("\n2 found by others.\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_WithoutATokenizer_SaysWhatItCouldNotCheck()
    {
        File.Delete(Path.Combine(nano.Folder, "tokenizer.json"));
        nano.AddDifference(await PublishedNano.DifferenceAsync()).Add("tokens", new { texts = (string[])["a", "b"], ids = (int[][])[[1], [2]] });
        var run = (await nano.RunAsync(nano.Folder)).Succeeded();
        Assert.EndsWith($"\nnano.tokens.1 wasn't checked: {nano.Folder}: has neither a tokenizer.json nor a vocab.json with merges.txt, which texts need.\n1 within; 2 not checked.\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_WhereNothingCouldBeCompared_Fails()
    {
        nano.Add("logits", new { prompt = new { ids = (int[])[1_000_000] }, position = 0, firstToken = 0, values = (double[])[1] });
        var run = await nano.RunAsync(nano.Folder);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("nano.logits.0 wasn't checked: prompt: token id 1000000 is outside the model's vocabulary of ", run.Output, StringComparison.Ordinal);
        Assert.EndsWith("\n1 not checked.\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_Name_IsTheFoldersOrTheConfigurationsAndIsSaid()
    {
        nano.AddDifference(await PublishedNano.DifferenceAsync());
        Assert.Contains("taken for nano-lab/nano-2l, as --as says.", (await nano.RunAsync(nano.Copy, "--as", "Smallest")).Succeeded().Output, StringComparison.Ordinal);
        var unknown = await nano.RunAsync(nano.Copy);
        Assert.Equal(2, unknown.ExitCode);
        Assert.Equal(
            $"error: {nano.Copy}: isn't known by its name to be a model that numbers were published for; say with --as which one it is: there are nano-lab/nano-2l, nano-lab/nano-other",
            Assert.Single(unknown.ErrorLines));

        Configure(nano.Copy, "nano-lab/nano-2l");
        Assert.Contains(
            "taken for nano-lab/nano-2l, by _name_or_path in its config.json, which a model keeps that is trained on from it.", (await nano.RunAsync(nano.Copy)).Succeeded().Output, StringComparison.Ordinal);
        Configure(nano.Folder, "nano-lab/nano-other");
        await AssertRefusedAsync($"{nano.Folder}: has the name of nano-lab/nano-2l, and its config.json that of nano-lab/nano-other; say which it is with --as", nano.Folder);
        var snapshot = nano["models--nano-lab--nano-2l/snapshots/0123456789abcdef0123456789abcdef01234567"];
        Directory.CreateDirectory(Path.GetDirectoryName(snapshot)!);
        Configure(nano.Folder, "/somewhere/else");
        Directory.Move(nano.Folder, snapshot);
        Assert.Contains("by its folder's name", (await nano.RunAsync(snapshot)).Succeeded().Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_WhatCannotBe_IsRefused()
    {
        nano.AddDifference(0);
        await AssertRefusedAsync("MODEL: isn't given; name a checkpoint's folder or a model on the hub, or see with --list what there are numbers for");
        await AssertRefusedAsync($"--list: checks nothing; leave out {nano.Folder}, or leave out --list", nano.Folder, "--list");
        await AssertRefusedAsync("--list: checks nothing; leave out --as, or leave out --list", "--list", "--as", "smallest");
        await AssertRefusedAsync("--as nobody: is no model that numbers were published for; there are nano-lab/nano-2l, nano-lab/nano-other", nano.Folder, "--as", "nobody");
        await AssertRefusedAsync($"{nano.Folder}: is a model of type gpt_neox, and nano-lab/nano-other one of type gpt2", nano.Folder, "--as", "nano-other");
        await AssertRefusedAsync($"{nano["nowhere"]}: doesn't exist; name a checkpoint's folder, or a model on the hub (hf:ORGANIZATION/NAME)", nano["nowhere"]);
        await AssertRefusedAsync("hf:nano-lab/{a,b}: isn't one checkpoint; name a repository, hf:ORGANIZATION/NAME, behind it perhaps @ and one revision", "hf:nano-lab/{a,b}");
        await AssertRefusedAsync("hf:nano-lab/nano-2l@step*: isn't one checkpoint; name a repository, hf:ORGANIZATION/NAME, behind it perhaps @ and one revision", "hf:nano-lab/nano-2l@step*");
        await AssertRefusedAsync("hf:nano-lab/nano-2l@step64: is revision step64, and the numbers are of main; to compare it all the same, say --as nano-lab/nano-2l", "hf:nano-lab/nano-2l@step64");
    }

    [Fact]
    public async Task List_SaysWhatThereIsForEachModel()
    {
        nano.AddDifference(0).Add("tokens", new { texts = (string[])["a", "b"], ids = (int[][])[[1], [2]] });
        var run = (await nano.RunAsync("--list")).Succeeded();
        Assert.Matches("\nnano-lab/nano-2l +smallest +gpt_neox +3 +logit differences: 1, texts' tokens: 2 *\n", run.Output);
        var json = (await nano.RunAsync("--list", "--json")).Succeeded().Json;
        Assert.Equal(["nano-lab/nano-2l", "nano-lab/nano-other"], json.EnumerateArray().Select(m => m.GetProperty("name").GetString()));
        Assert.Equal("nano.tokens.1", json[0].GetProperty("entries")[1].GetProperty("id").GetString());

        var shipped = (await ClientRun.OfAsync(["check", "--list"], width: 300)).Succeeded();
        Assert.Matches("\nopenai-community/gpt2 +gpt2-small +gpt2 +[0-9]+ +losses: 3, ", shipped.Output);
    }

    private async Task AssertRefusedAsync(string reason, params string[] args)
    {
        var run = await nano.RunAsync(args);
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Equal($"error: {reason}", Assert.Single(run.ErrorLines));
    }

    private static void Configure(string folder, string name)
    {
        var path = Path.Combine(folder, "config.json");
        var json = JsonNode.Parse(File.ReadAllText(path))!;
        json["_name_or_path"] = name;
        File.WriteAllText(path, json.ToJsonString());
    }
}
