using System.Collections.Immutable;
using CircuitGrid.Compute;
using CircuitGrid.Models.Tokenization;

namespace CircuitGrid.Circuits.Tests.Tasks;

/// <summary>A small file in the form of a published data set, with prompts of our own, and what its authors' code makes of it, worked out by hand.</summary>
/// <param name="Csv">The file.</param>
/// <param name="Expected">Prompts and the answers' words, row by row.</param>
internal sealed record PublishedForm(string Csv, ImmutableArray<PublishedForm.Row> Expected)
{
    private static readonly ImmutableArray<string> s_years = [.. Enumerable.Range(0, 100).Select(x => x < 10 ? $"0{x}" : $"{x}")];

    /// <summary>Whether the authors' difference of logits is that of this program.</summary>
    public bool HasLogitDifference { get; init; } = true;

    public ImmutableArray<MetricKind> Metrics => HasLogitDifference ? [MetricKind.LogitDifference, MetricKind.ProbabilityDifference] : [MetricKind.ProbabilityDifference];

    /// <summary>Every form, by the data that it is of.</summary>
    /// <param name="tokenizer">Has the nano suite's words.</param>
    public static IReadOnlyDictionary<string, PublishedForm> All(Tokenizer tokenizer)
    {
        Row[] sequence =
        [
            new("1208, 1216, 1256, 12", "1208, 1216, 1301, 13", [.. s_years[57..]], [.. s_years[..57]]),
            new("1605, 1610, 1697, 16", "1605, 1610, 1701, 17", ["98", "99"], [.. s_years[..98]]),
        ];
        Row[] war =
        [
            new("The famine lasted from the year 1732 to the year 17", "The famine lasted from the year 1701 to the year 17", [.. s_years[33..]], [.. s_years[..33]]),
            new("The quest lasted from the year 1204 to the year 12", "The quest lasted from the year 1201 to the year 12", [.. s_years[5..]], [.. s_years[..5]]),
        ];
        Row[] names =
        [
            new("Then Mary and John saw Ruth. Ruth gave a book to", "Then Mary and John saw Ruth. Paul gave a book to", [" Mary"], [" John"]),
            new("Then Kate and Owen saw Ruth. Ruth gave a coin to", "Then Kate and Owen saw Ruth. Mark gave a coin to", [" Owen"], [" Kate"]),
        ];
        Row[] drinks =
        [
            new("The nurse laughed because", "The king laughed because", [" she"], [" he"]),
            new("The king, who had lost a book, laughed because", "The nurse, who had lost a book, laughed because", [" he"], [" she"]),
        ];
        Row[] days =
        [
            new(" June, and after", " July, and after", [" July"], [" August"]),
            new(" Sunday, and after", " Monday, and after", [" Monday"], [" Tuesday"]),
        ];
        Row[] kinds =
        [
            new(", June and other", ", Owen and other", [" January", " March"], [" Mary", " John", " Paul"]),
            new(", Nina and other", ", April and other", [" Mary"], [" March", " July"]),
        ];

        return new Dictionary<string, PublishedForm>(StringComparer.Ordinal)
        {
            ["ioi"] = new(
                Table(",clean,corrupted,corrupted_hard,correct_idx,incorrect_idx", names, (x, i) => $"{826 - (400 * i)},\"{x.Clean}\",\"{x.Corrupted}\",\"Then Mary sat\",{Id(x.Correct[0])},{Id(x.Incorrect[0])}"),
                [.. names]),
            ["wug"] = new(
                Table("clean,corrupted,correct_idx,incorrect_idx,nonce_singular,nonce_plural,label", days, (x, i) => $"\"{x.Clean}\",\"{x.Corrupted}\",{Id(x.Correct[0])},{Id(x.Incorrect[0])},wug,wugs,{i}"),
                [.. days]),
            ["greater-than"] = new("\uFEFF" + Table("clean,corrupted,correct_idx", war, (x, _) => $"{x.Clean},{x.Corrupted},{x.Incorrect.Length - 1}"), [.. war]),
            ["greater-than-sequence"] = new(Table("clean,corrupted,correct_idx", sequence, (x, _) => $"\"{x.Clean}\",\"{x.Corrupted}\",{x.Incorrect.Length - 1}"), [.. sequence]),
            ["greater-than of the library"] = new(Table("clean,corrupted,label", war, (x, _) => $"{x.Clean},{x.Corrupted},{x.Incorrect.Length - 1}"), [.. war]),
            ["gender-bias"] = new(
                Table("clean,corrupted,clean_answer_idx,corrupted_answer_idx,label", drinks, (x, i) => $"\"{x.Clean}\",\"{x.Corrupted}\",{Id(x.Correct[0])},{Id(x.Incorrect[0])},{i}"),
                [.. drinks]),
            ["gender-bias with lists"] = new(
                Table("clean,corrupted,clean_answer_idx,corrupted_answer_idx", kinds, (x, _) => $"\"{x.Clean}\",\"{x.Corrupted}\",\"{Ids(x.Correct)}\",\"{Ids(x.Incorrect)}\""),
                [.. kinds]),
            ["fact-retrieval"] = new(
                Table(
                    "clean,capital,country,country_idx,corrupted,corrupted_capital,corrupted_country,corrupted_country_idx",
                    days,
                    (x, _) => $"\"{x.Clean}\",June,July,{Id(x.Correct[0])},\"{x.Corrupted}\",July,August,{Id(x.Incorrect[0])}"),
                [.. days]),
            ["fact-retrieval-rev"] = new(
                Table(
                    "clean,country,capital,capital_idx,corrupted,corrupted_country,corrupted_capital,corrupted_capital_idx",
                    days,
                    (x, _) => $"\"{x.Clean}\",June,July,{Id(x.Correct[0])},\"{x.Corrupted}\",July,August,{Id(x.Incorrect[0])}"),
                [.. days]),
            ["hypernymy"] = new(
                Table(
                    "clean,h1,hypernym,answers,answers_idx,corrupted,c1,corrupted_hypernym,corrupted_answers,corrupted_answers_idx,clean2,corrupted2,prob_diff",
                    kinds,
                    (x, _) => $"\"{x.Clean}\",June,month,\"['March']\",\"{Ids(x.Correct)}\",\"{x.Corrupted}\",Owen,name,\"['Mary']\",\"{Ids(x.Incorrect)}\",June is a,Owen is a,0.25"),
                [.. kinds])
            {
                HasLogitDifference = false,
            },
            ["colored-objects"] = new(
                Table("clean,clean_label,clean_idx,corrupted,corrupted_label,corrupted_idx", days, (x, _) => $"\"{x.Clean}\",July,{Id(x.Correct[0])},\"{x.Corrupted}\",August,{Id(x.Incorrect[0])}"),
                [.. days]),
            ["npi"] = new(Table("clean,corrupted,clean_idx,corrupted_idx", drinks, (x, _) => $"\"{x.Clean}\",\"{x.Corrupted}\",{Id(x.Correct[0])},{Id(x.Incorrect[0])}"), [.. drinks]),
            ["counterfact"] = new(Table("clean,corrupted,label,corrupted_label", drinks, (x, _) => $"\"{x.Clean}\",\"{x.Corrupted}\",{Id(x.Correct[0])},{Id(x.Incorrect[0])}"), [.. drinks]),
            ["math"] = new(
                Table(
                    "Unnamed: 0,operation,clean,answer,corrupted,corrupted_answer,answer_idx,corrupted_idx",
                    [new("12+13=", "12+14=", ["25"], ["26"]), new("40+17=", "41+17=", ["57"], ["58"])],
                    (x, i) => $"{i},+,{x.Clean},{x.Correct[0]},{x.Corrupted},{x.Incorrect[0]},{Id(x.Correct[0])},{Id(x.Incorrect[0])}"),
                [new("12+13=", "12+14=", ["25"], ["26"]), new("40+17=", "41+17=", ["57"], ["58"])]),
        };

        int Id(string word) => Assert.Single(tokenizer.Encode(word));

        string Ids(ImmutableArray<string> words) => $"[{string.Join(", ", words.Select(Id))}]";
    }

    private static string Table(string header, Row[] rows, Func<Row, int, string> line) => string.Join('\n', rows.Select(line).Prepend(header)) + "\n";

    /// <param name="Clean">The clean prompt.</param>
    /// <param name="Corrupted">The corrupted prompt.</param>
    /// <param name="Correct">Words of the right answers, each one token.</param>
    /// <param name="Incorrect">Words of the wrong answers.</param>
    internal sealed record Row(string Clean, string Corrupted, ImmutableArray<string> Correct, ImmutableArray<string> Incorrect);
}
