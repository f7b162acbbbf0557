using System.Collections.Immutable;
using CircuitGrid.Compute;
using Text = CircuitGrid.Models.Files.Text;

namespace CircuitGrid.Circuits.Tasks.Pairs.Forms;

/// <summary>
/// The forms of the data sets that were published with EAP-IG (Hanna et al. 2024), with its library and with the papers after it. Which one a file has, its set
/// of columns says; no two have the same.
/// </summary>
internal static class CsvForms
{
    private static readonly ImmutableArray<string> s_facts = ["capital", "country", "corrupted_capital", "corrupted_country"];

    private static readonly ImmutableArray<CsvForm> s_forms =
    [
        // IOI, echo, wugs, and what people write themselves or add to the agreement data.
        new AnswerIdsForm("correct_idx", "incorrect_idx", "corrupted_hard", "label", "nonce_singular", "nonce_plural", "group", "plural"),
        // Greater-Than, its prices and its sequences; the library's own example calls the column label.
        new YearForm("correct_idx"),
        new YearForm("label"),
        // Gender bias and gendered pronouns.
        new AnswerIdsForm("clean_answer_idx", "corrupted_answer_idx", "label"),
        // Facts: a capital's country, and the reverse.
        new AnswerIdsForm("country_idx", "corrupted_country_idx", s_facts),
        new AnswerIdsForm("capital_idx", "corrupted_capital_idx", s_facts),
        // Hypernymy.
        new AnswerIdsForm(
            "answers_idx", "corrupted_answers_idx", "answers", "corrupted_answers", "hypernym", "corrupted_hypernym", "h", "h1", "h2", "c", "c1", "c2", "clean2", "corrupted2", "prob_diff")
        {
            AddsLogits = true,
        },
        // Coloured objects and negative polarity items.
        new AnswerIdsForm("clean_idx", "corrupted_idx", "clean_label", "corrupted_label"),
        // Entity tracking and CounterFact.
        new AnswerIdsForm("label", "corrupted_label", "sample_id"),
        // Arithmetic.
        new AnswerIdsForm("answer_idx", "corrupted_idx", "operation", "answer", "corrupted_answer"),
    ];

    private static readonly ImmutableArray<UnreadableForm> s_unreadable =
    [
        new(
            ["group", "plural"],
            "has the columns of the subject-verb agreement data, whose answers are in a list of verbs elsewhere. Use the task sva, or add columns correct_idx and incorrect_idx with the verbs' ids"),
        new(
            ["label1", "label2"],
            "has the columns of Greater-Than in several tokens, whose metric needs the probability of two tokens in a row; metrics here are read at one position"),
    ];

    /// <summary>Columns that say what an example is, in any form.</summary>
    public static ImmutableArray<string> Known { get; } =
    [
        PairColumns.Clean,
        PairColumns.Corrupted,
        .. s_forms.SelectMany(x => x.Required).Concat(s_unreadable.SelectMany(x => x.Columns)).Distinct(StringComparer.Ordinal),
        PairColumns.Position,
        PairColumns.Template,
    ];

    /// <summary>Columns that only describe an example, in any form.</summary>
    public static ImmutableArray<string> Descriptions { get; } = [.. s_forms.SelectMany(x => x.Descriptions).Distinct(StringComparer.Ordinal)];

    /// <summary>The form that has these columns and no others.</summary>
    /// <param name="columns">The columns of a file that aren't passed over.</param>
    /// <param name="place">Where they stand.</param>
    /// <exception cref="InvalidInputException">There is none, or it is one that can't be read.</exception>
    public static CsvForm Find(ImmutableArray<string> columns, string place)
    {
        if (s_forms.SingleOrDefault(x => x.Has(columns)) is { } form)
        {
            return form;
        }

        if (s_unreadable.FirstOrDefault(x => x.Columns.All(c => columns.Contains(c, StringComparer.Ordinal))) is { } unreadable)
        {
            throw new InvalidInputException(place, unreadable.Reason);
        }

        var seen = string.Join(", ", columns.Select(Text.OneLine));
        var forms = string.Join(", or ", s_forms.Select(x => string.Join(" and ", x.Required)));
        throw new InvalidInputException(place, $"has the columns {seen}, which are those of no form that is read. Beside {PairColumns.Clean} and {PairColumns.Corrupted} a form has {forms}");
    }
}
