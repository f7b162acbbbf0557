using System.Collections.Immutable;
using System.Text.Json;
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

    private static string[] Three(Dictionary<string, string> line, string share) => [line[$"{share}_absolute"], line[$"{share}_signed"], line[$"{share}_total"]];

    private static string[] Texts(Dictionary<string, string> line) =>
        [line["name_movers"], line["s_inhibition"], line["induction"], line["circuit_heads"], line["circuit_s_inhibition"], line["circuit_induction"]];

    private static string Rounded(string number) => Math.Round(double.Parse(number, System.Globalization.CultureInfo.InvariantCulture), 9).ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static Dictionary<string, string> Fields(ScoredHeads scored)
    {
        var (headings, fields) = (AlgorithmTable.Heading.Split(','), AlgorithmTable.Row(scored)!.Split(','));
        Assert.Equal(headings.Length, fields.Length);
        return headings.Zip(fields).ToDictionary(p => p.First, p => p.Second, StringComparer.Ordinal);
    }

    private static ScoredHeads Scored(bool inCircuit)
    {
        ImmutableArray<HeadIndex> nameMovers = [new(1, 1)], inhibiting = [new(0, 0)];
        var result = new IoiAlgorithmResult(
            nameMovers, [], [], [], new HeadTable(2, [0.2, 0.35, -0.15, -0.3]), new HeadTable(2, [-0.2, -0.2, 0, 0]), InCircuit: null, AllHeads: null!);
        var values = new HeadTable(2, [0.1, -0.2, 0.5, 0]);
        HashSet<HeadIndex> circuit = [new(0, 0), new(1, 1)];
        result = result with
        {
            AllHeads = IoiAlgorithmShares.Of(result, inhibiting, [new(0, 1)], [], values, _ => true),
            InCircuit = inCircuit ? IoiAlgorithmShares.Of(result, inhibiting, [], [], valueEffects: null, circuit.Contains) : null,
        };
        var cell = new PlannedCell { Id = new CellId("s", "m", 5, CellId.HeadsTask), Tokens = 50, Action = CellAction.Keep, Reason = PlanReason.UpToDate, Why = "" };
        return new(cell, new HeadScores { Roles = ImmutableSortedDictionary<HeadRole, HeadTable>.Empty, Ioi = result, Notes = [] });
    }
}
