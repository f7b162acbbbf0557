using System.Collections.Immutable;

namespace CircuitGrid.Circuits.Tasks;

/// <summary>Examples that nothing can be learnt from: whatever a model does, their metric says nothing about it.</summary>
internal static class DegenerateExample
{
    /// <summary>What is wrong with an example, in words that go after "in which".</summary>
    public static IEnumerable<string> FaultsOf(Example example)
    {
        if (example.Clean.AsSpan().SequenceEqual(example.Corrupted.AsSpan()))
        {
            yield return "the clean and the corrupted prompt are the same up to the answer";
        }

        if (example.AnswersContinue)
        {
            yield break;
        }

        if (example.Correct.ToHashSet().Overlaps(example.Incorrect))
        {
            yield return "an answer is both correct and incorrect";
        }

        if (NamesOneTwice(example.Correct) || NamesOneTwice(example.Incorrect))
        {
            yield return "an answer is named twice on one side";
        }
    }

    private static bool NamesOneTwice(ImmutableArray<int> answers) => answers.ToHashSet().Count < answers.Length;
}
