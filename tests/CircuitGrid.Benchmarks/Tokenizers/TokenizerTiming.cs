using System.Diagnostics;
using System.Globalization;
using CircuitGrid.Models.Tests.Tokenization.Reference;
using CircuitGrid.Models.Tokenization;
using Reference = Tokenizers.DotNet.Tokenizer;

namespace CircuitGrid.Benchmarks.Tokenizers;

/// <summary>
/// How long encoding takes beside Hugging Face's own library: 10,000 prompts with each published tokenizer file, half of them English sentences, half texts of all
/// kinds. Both begin with empty caches.
/// </summary>
internal static class TokenizerTiming
{
    private const int Prompts = 10_000, Repetitions = 3;
    private const double MostAllowed = 2;

    private static readonly string[] s_words =
        ["When", "Mary", "John", "and", "went", "to", "the", "store,", "gave", "a", "drink", "The", "war", "lasted", "from", "year", "1732", "until", "17", "keys", "on", "cabinet", "are", "it's", "don't", "Thursday", "(perhaps)", "2.5", "understanding", "mechanisms"];

    /// <param name="folder">The folder into which <c>npm ci</c> has brought the files.</param>
    /// <returns>1 where a file takes more than twice the library's time.</returns>
    public static int Run(string folder)
    {
        var prompts = MakePrompts();
        var worst = 0.0;
        Console.WriteLine($"{"file",-14} {"here s",8} {"library s",10} {"ratio",6}");
        foreach (var file in Directory.GetFiles(folder, "tokenizer.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            var (here, library) = (double.PositiveInfinity, double.PositiveInfinity);
            for (var i = 0; i < Repetitions; i++)
            {
                here = Math.Min(here, Seconds(prompts, Tokenizer.Load(file).Encode));
                library = Math.Min(library, Seconds(prompts, new Reference(file).Encode));
            }

            worst = Math.Max(worst, here / library);
            var name = Path.GetFileName(Path.GetDirectoryName(Path.GetDirectoryName(file)))!["tokenizer-".Length..];
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-14} {here,8:f3} {library,10:f3} {here / library,6:f2}"));
        }

        return worst > MostAllowed ? 1 : 0;
    }

    private static string[] MakePrompts()
    {
        var random = new Random(1);
        var generator = new TextGenerator(1, []);
        return [.. Enumerable.Range(0, Prompts).Select(i => i % 2 == 0 ? generator.Next() : string.Join(' ', random.GetItems(s_words, 15)))];
    }

    private static double Seconds<T>(string[] prompts, Func<string, T> encode)
    {
        GC.Collect();
        var start = Stopwatch.GetTimestamp();
        foreach (var prompt in prompts)
        {
            encode(prompt);
        }

        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
