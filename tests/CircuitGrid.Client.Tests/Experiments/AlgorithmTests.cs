using System.Collections.Immutable;
using System.Text.Json;
using System.Text.RegularExpressions;
using CircuitGrid.Circuits.Heads;
using CircuitGrid.Circuits.Heads.Ioi;
using CircuitGrid.Client.Commands;
using CircuitGrid.Client.Output;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Comparison;
using CircuitGrid.Experiments.Grid;

namespace CircuitGrid.Client.Tests.Experiments;

/// <summary>The shares of the IOI algorithm, each under its name.</summary>
public sealed class AlgorithmTests
{
    [Fact]
    public void Row_SharesInTheCircuitAndOverAllHeads_AreInTheirColumns()
    {
        var line = Fields(Scored(inCircuit: true));

        // In the circuit are a0.h0 (carries C) and a1.h1 (carries B); over all heads a0.h1 and a1.h0 count too.
        Assert.Equal(["60", "300", "0.5"], Three(line, "b_in_circuit").Select(Rounded));
        Assert.Equal(["100", "100", "0.2"], Three(line, "c_in_circuit").Select(Rounded));
        Assert.Equal(["", "", ""], Three(line, "d_in_circuit"));
        Assert.Equal(["30", "-300", "1"], Three(line, "b_all_heads").Select(Rounded));
        Assert.Equal(["50", "50", "0.4"], Three(line, "c_all_heads").Select(Rounded));
        Assert.Equal(["25", "-50", "0.8"], Three(line, "d_all_heads").Select(Rounded));
        Assert.Equal(["a1.h1", "a0.h0", "a0.h1", "a0.h0 a1.h1", "a0.h0", ""], Texts(line));

        var without = Fields(Scored(inCircuit: false));
        Assert.Equal(["", "", "", "30"], [.. Three(without, "b_in_circuit"), Rounded(without["b_all_heads_absolute"])]);
        Assert.Equal("", without["circuit_heads"]);
    }

    [Fact]
    public void Describe_Shares_AreNestedByWhatTheyAreOver()
    {
        var json = JsonDocument.Parse(MachineJson.Serialize(AlgorithmView.Describe(Scored(inCircuit: true))!)).RootElement;
        double Number(string over, string share, string form) => Math.Round(json.GetProperty(over).GetProperty(share).GetProperty(form).GetDouble(), 9);
        Assert.Equal([60, 300, 30, -300], [Number("in_circuit", "b", "absolute"), Number("in_circuit", "b", "signed"), Number("all_heads", "b", "absolute"), Number("all_heads", "b", "signed")]);
        Assert.Equal(JsonValueKind.Null, json.GetProperty("in_circuit").GetProperty("d").ValueKind);
        Assert.Equal(["a0.h0", "a1.h1"], json.GetProperty("in_circuit").GetProperty("heads").EnumerateArray().Select(h => h.GetString()));
    }

    /// <summary>A step-0 model: corruption changes next to nothing, and every head has some share of that.</summary>
    [Fact]
    public void Shares_WhereCorruptionChangesNothing_AreLeftOutWithAReason()
    {
        var scored = Scored(inCircuit: true, lost: 0.002);
        var line = Fields(scored);
        foreach (var column in line.Where(c => c.Key.Contains("_in_circuit", StringComparison.Ordinal) || c.Key.Contains("_all_heads", StringComparison.Ordinal)))
        {
            Assert.Equal(("", column.Key), (column.Value, column.Key));
        }

        Assert.Equal("0.001", Rounded(line["logit_difference_lost"]));
        Assert.Contains("isn't surely more than 0.1 logits", line["no_shares_because"], StringComparison.Ordinal);
        Assert.Equal("", Fields(Scored(inCircuit: true))["no_shares_because"]);

        var json = JsonDocument.Parse(MachineJson.Serialize(AlgorithmView.Describe(scored)!)).RootElement;
        Assert.Contains("isn't surely more than 0.1 logits", json.GetProperty("no_shares_because").GetString(), StringComparison.Ordinal);
        foreach (var over in (string[])["in_circuit", "all_heads"])
        {
            Assert.All(["b", "c", "d"], share => Assert.Equal(JsonValueKind.Null, json.GetProperty(over).GetProperty(share).ValueKind));
            Assert.All(json.GetProperty(over).GetProperty("carriers").EnumerateArray(), c => Assert.Equal(JsonValueKind.Null, c.GetProperty("helping_share").ValueKind));
        }
    }

    [Fact]
    public void Carriers_AreNamedByTheWayTheyWork()
    {
        var line = Fields(Scored(inCircuit: true));
        Assert.Equal(("a1.h1", ""), (line["helping"], line["hindering"]));
        Assert.Equal(("30", "0"), (Rounded(line["b_all_heads_helping"]), Rounded(line["b_all_heads_hindering"])));
        Assert.Equal(("50", "0"), (Rounded(line["c_all_heads_helping"]), Rounded(line["c_all_heads_hindering"])));
        var json = JsonDocument.Parse(MachineJson.Serialize(AlgorithmView.Describe(Scored(inCircuit: true))!)).RootElement;
        var mover = json.GetProperty("all_heads").GetProperty("carriers").EnumerateArray().Single(c => c.GetProperty("role").GetString() == "name-mover");
        Assert.Equal(["a1.h1"], mover.GetProperty("helping").EnumerateArray().Select(h => h.GetString()));
        Assert.Equal(30, mover.GetProperty("helping_share").GetDouble(), 1e-9);
    }

    private static string[] Three(Dictionary<string, string> line, string share) => [line[$"{share}_absolute"], line[$"{share}_signed"], line[$"{share}_total"]];

    private static string[] Texts(Dictionary<string, string> line) =>
        [line["name_movers"], line["s_inhibition"], line["induction"], line["circuit_heads"], line["circuit_s_inhibition"], line["circuit_induction"]];

    private static string Rounded(string number) => Math.Round(double.Parse(number, System.Globalization.CultureInfo.InvariantCulture), 9).ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static Dictionary<string, string> Fields(ScoredHeads scored)
    {
        // a field with commas in it stands in quotation marks
        var headings = AlgorithmTable.Heading.Split(',');
        string[] fields = [.. Regex.Matches(AlgorithmTable.Row(scored)!, "(^|,)(?<field>\"[^\"]*\"|[^,]*)", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture).Select(m => m.Groups["field"].Value)];
        Assert.Equal(headings.Length, fields.Length);
        return headings.Zip(fields).ToDictionary(p => p.First, p => p.Second, StringComparer.Ordinal);
    }

    private static ScoredHeads Scored(bool inCircuit, double lost = 8)
    {
        ImmutableArray<HeadIndex> nameMovers = [new(1, 1)], inhibiting = [new(0, 0)];

        // two prompts in each of two blocks; what heads change matters only to intervals
        HeadTable Table(ImmutableArray<double> effects, ImmutableArray<double> of) => new(2, effects) { Samples = new(2, [.. new double[8]], of) };
        var result = new IoiAlgorithmResult(
            nameMovers, [], [], [], Table([0.2, 0.35, -0.15, -0.3], [lost, lost]), new HeadTable(2, [-0.2, -0.2, 0, 0]), InCircuit: null, AllHeads: null!);
        var values = new HeadTable(2, [0.1, -0.2, 0.5, 0]);
        HashSet<HeadIndex> circuit = [new(0, 0), new(1, 1)];
        result = result with
        {
            AllHeads = IoiAlgorithmShares.Of(result, inhibiting, [new(0, 1)], [], values, _ => true),
            InCircuit = inCircuit ? IoiAlgorithmShares.Of(result, inhibiting, [], [], valueEffects: null, circuit.Contains) : null,
        };
        var cell = new PlannedCell { Id = new CellId("s", "m", 5, CellId.HeadsTask), Tokens = 50, Action = CellAction.Keep, Reason = PlanReason.UpToDate, Why = "" };
        return new(cell, new HeadScores { Roles = ImmutableSortedDictionary<HeadRole, HeadTable>.Empty.Add(HeadRole.Copying, Table([0, 0, 0, 0.5], [6, 6])), Ioi = result, Notes = [] });
    }
}
