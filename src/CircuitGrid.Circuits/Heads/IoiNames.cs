using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Compute;

namespace CircuitGrid.Circuits.Heads;

/// <summary>Where the names of an IOI prompt are.</summary>
/// <param name="Io">Position of the indirect object, the one name that occurs once.</param>
/// <param name="S1">Position of the subject.</param>
/// <param name="S2">Position of its second mention.</param>
public readonly record struct IoiNames(int Io, int S1, int S2)
{
    /// <summary>Finds the names by the example's answers: the correct one is the indirect object, the incorrect one the subject.</summary>
    /// <exception cref="InvalidInputException">The prompt doesn't have the correct answer once, and the incorrect one twice after it or around it.</exception>
    public static IoiNames Find(Example example)
    {
        if (example is { Correct: [var io], Incorrect: [var s] }
            && example.Clean.Count(t => t == io) == 1 && example.Clean.Count(t => t == s) == 2
            && new IoiNames(example.Clean.IndexOf(io), example.Clean.IndexOf(s), example.Clean.LastIndexOf(s)) is var names && names.Io < names.S2)
        {
            return names;
        }

        throw new InvalidInputException("IOI prompt", $"of {example.Length} tokens isn't one: the indirect object, its one correct answer, must occur once before the second of two mentions of the subject, its one incorrect answer");
    }
}
